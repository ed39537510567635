//! The question before a production host is changed.

use tokio::sync::OnceCell;

use super::UsageError;
use super::ask;

/// Lets the first change of a command pass only when the name of its context was typed; the others follow it.
#[derive(Debug)]
pub(super) struct Guard {
    context: String,
    /// The name that was given on the command line.
    confirmed: Option<String>,
    passed: OnceCell<()>,
}

impl Guard {
    /// The guard of this context.
    pub(super) fn of(context: String, confirmed: Option<String>) -> Self {
        Self { context, confirmed, passed: OnceCell::new() }
    }

    /// Asks for the name of the context, unless it was typed before.
    pub(super) async fn pass(&self, host: &str) -> anyhow::Result<()> {
        self.passed.get_or_try_init(|| self.check(host)).await.map(|&()| ())
    }

    async fn check(&self, host: &str) -> anyhow::Result<()> {
        let Self { context, confirmed, .. } = self;
        let typed = match confirmed {
            Some(name) => name.clone(),
            None if ask::can_ask() => {
                ask::line(format!("{context} ({host}) is a production host. Type its name to change it: "))
                    .await?
            }
            None => {
                let words = format!(
                    "{context} is a production host, and there is no terminal to ask at; to change it, add --confirm {context}"
                );
                return Err(UsageError(words).into());
            }
        };
        if typed == *context {
            return Ok(());
        }
        Err(UsageError(format!("nothing was changed: {typed:?} is not {context:?}, the name of the context"))
            .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_name_of_the_context_opens_it() {
        let guard = |confirmed: &str| Guard::of("prod".to_owned(), Some(confirmed.to_owned()));
        assert!(guard("prod").pass("http://a").await.is_ok());
        let error = guard("staging").pass("http://a").await.unwrap_err();
        assert!(error.is::<UsageError>() && error.to_string().contains("nothing was changed"), "{error}");
    }
}
