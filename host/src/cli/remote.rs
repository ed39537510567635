//! The flags that all commands share: the host to call, and the form of the output.

use clap::Args;

use super::client::{Client, USUAL_HOST};
use super::contexts::{Contexts, Named};
use super::guard::Guard;

/// The host to call, and the form of the output.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection and output")]
pub(super) struct Remote {
    /// URL of the host [default: that of the current context, else http://127.0.0.1:8080].
    #[arg(long, value_name = "URL", env = "TASKBOX_HOST", global = true)]
    pub(super) host: Option<String>,
    /// Access token. Prefer the variable TASKBOX_TOKEN, which other users of the machine cannot see.
    #[arg(long, value_name = "TOKEN", env = "TASKBOX_TOKEN", hide_env_values = true, global = true)]
    pub(super) token: Option<String>,
    /// Context whose host to call; see `taskbox context`.
    #[arg(long, value_name = "NAME", global = true)]
    context: Option<String>,
    /// Change the host of this production context without a question.
    #[arg(long, value_name = "NAME", global = true)]
    confirm: Option<String>,
    /// Print JSON instead of a table.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl Remote {
    /// What the environment says where no flag is given.
    pub(super) fn of_environment() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (host, token) = (variable("TASKBOX_HOST"), variable("TASKBOX_TOKEN"));
        Self { host, token, context: None, confirm: None, json: false }
    }

    /// A client of that host: of the context that is named, of the URL that is given, of the current context, or of the
    /// usual host, the first of them that there is.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let context = match (&self.context, &self.host) {
            (Some(name), _) => Some(Contexts::read()?.named(name)?),
            (None, Some(_)) => None,
            (None, None) => Contexts::read()?.current()?,
        };
        match context {
            Some(named) => self.client_in(named),
            None => {
                let client = Client::new(base(self.host.as_deref().unwrap_or(USUAL_HOST)))?;
                Ok(client.with_token(self.token.clone()))
            }
        }
    }

    fn client_in(&self, Named { name, context }: Named) -> anyhow::Result<Client> {
        let guard = context.production.then(|| Guard::of(name, self.confirm.clone()));
        let token = self.token.clone().or(context.token);
        Ok(Client::new(base(&context.host))?.with_token(token).guarded(guard))
    }
}

/// A URL to which paths are added.
fn base(url: &str) -> &str {
    url.trim_end_matches('/')
}
