//! Making tokens.

use std::sync::Arc;

use super::key::may;
use super::{Key, TokenError, Tokens};
use crate::domain::{
    AccessToken, Digest, RequestProblem, Scope, Submitter, TOKEN_BOUNDS_MAX, TOKENS_MAX, Timestamp,
    TokenBounds, token_name_problem,
};
use crate::finishing::to_its_end;

/// The beginning of every token, by which scanners of sources find one that leaked.
const PREFIX: &str = "taskbox_";

/// A token to make.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewToken {
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// The queues and tasks that it is bound to.
    pub bounds: TokenBounds,
    /// The end of its validity.
    pub expires_at: Option<Timestamp>,
}

/// A token that was made.
pub struct Made {
    /// What is kept of it.
    pub key: Arc<Key>,
    /// The token itself, which is known now and never again.
    pub text: String,
    /// Whether it is the first, before which the host was open.
    pub closes_host: bool,
}

impl Tokens {
    /// Makes a token. It finishes even if the caller disconnects.
    ///
    /// `by` is the token of the caller, if it has one: without the scope `operate` it gives only scopes that it has itself.
    pub async fn create(
        self: &Arc<Self>,
        by: Option<&AccessToken>,
        new: NewToken,
    ) -> Result<Made, TokenError> {
        let (now, was_open) = (self.clock.now(), self.is_open());
        let problems = problems(&new, was_open, now);
        if !problems.is_empty() {
            return Err(TokenError::Invalid(problems));
        }
        check_covered(by, &new.scopes)?;
        let text = format!("{PREFIX}{}", self.ids.secret());
        let token = AccessToken {
            name: new.name,
            digest: Digest::of(text.as_bytes()),
            scopes: new.scopes,
            bounds: new.bounds,
            created_at: now,
            created_by: by.map_or_else(Submitter::default, |by| Submitter::token(&by.name)),
            expires_at: new.expires_at,
            last_used_at: None,
        };
        let tokens = Arc::clone(self);
        to_its_end(async move {
            let _changing = tokens.changing.lock().await;
            if tokens.ring().keys.len() >= TOKENS_MAX {
                return Err(TokenError::TooMany);
            }
            tokens.storage.put_token(token.clone()).await?;
            tokens.refresh().await?;
            Ok(Made { key: Arc::new(Key::new(token, false, None)), text, closes_host: was_open })
        })
        .await
    }
}

/// Refuses scopes that a caller without `operate` lacks.
pub(super) fn check_covered(by: Option<&AccessToken>, scopes: &[Scope]) -> Result<(), TokenError> {
    let Some(by) = by.filter(|by| !by.scopes.contains(&Scope::Operate)) else { return Ok(()) };
    let lacking: Vec<_> =
        scopes.iter().filter(|scope| !may(&by.scopes, **scope)).map(|scope| scope.as_str()).collect();
    if lacking.is_empty() { Ok(()) } else { Err(TokenError::NotCovered(lacking.join(", "))) }
}

fn problems(new: &NewToken, is_first: bool, now: Timestamp) -> Vec<RequestProblem> {
    let wrong = |pointer: &str, detail: &str| RequestProblem {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    };
    let too_many = |count: usize| count > TOKEN_BOUNDS_MAX;
    let fits = |scope: &Scope| scope.fits_bounds();
    let mut problems = Vec::new();
    problems.extend(token_name_problem(&new.name).map(|detail| wrong("/name", &detail)));
    if new.scopes.is_empty() {
        problems.push(wrong("/scopes", "must name at least one scope"));
    }
    if is_first && !new.scopes.contains(&Scope::Operate) {
        let detail =
            "must include operate: this is the first token, after which the host answers tokens only";
        problems.push(wrong("/scopes", detail));
    }
    if !new.bounds.is_empty() && !new.scopes.iter().all(fits) {
        let detail = "of a token that is bound to queues or tasks must be submit, read, queues, jobs:cancel, jobs:retry or jobs:delete";
        problems.push(wrong("/scopes", detail));
    }
    for (pointer, count) in [("/queues", new.bounds.queues.len()), ("/tasks", new.bounds.tasks.len())] {
        if too_many(count) {
            problems.push(wrong(pointer, &format!("must have at most {TOKEN_BOUNDS_MAX} entries")));
        }
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        problems.push(wrong("/expires_at", "must be in the future"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn new() -> NewToken {
        let bounds = TokenBounds::default();
        NewToken { name: "ci".to_owned(), scopes: vec![Scope::Submit], bounds, expires_at: None }
    }

    fn pointers(new: &NewToken, is_first: bool) -> Vec<String> {
        problems(new, is_first, NOW).into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn every_wrong_value_is_named() {
        assert!(pointers(&new(), false).is_empty());
        assert_eq!(pointers(&new(), true), ["/scopes"], "the first token must operate");
        let bound = TokenBounds { queues: vec!["mail".parse().unwrap()], tasks: Vec::new() };
        assert!(pointers(&NewToken { bounds: bound.clone(), ..new() }, false).is_empty());
        let operates = NewToken { bounds: bound, scopes: vec![Scope::Operate], ..new() };
        assert_eq!(pointers(&operates, false), ["/scopes"]);
        let wrong = NewToken { name: "a b".to_owned(), scopes: Vec::new(), expires_at: Some(NOW), ..new() };
        assert_eq!(pointers(&wrong, false), ["/name", "/scopes", "/expires_at"]);
    }

    #[test]
    fn a_token_without_operate_gives_only_what_it_has() {
        let by = |scopes: &[Scope]| AccessToken {
            name: "lead".to_owned(),
            digest: Digest::of(b""),
            scopes: scopes.to_vec(),
            bounds: TokenBounds::default(),
            created_at: NOW,
            created_by: Submitter::default(),
            expires_at: None,
            last_used_at: None,
        };
        assert!(check_covered(None, &[Scope::Operate]).is_ok());
        assert!(check_covered(Some(&by(&[Scope::Operate])), &[Scope::Submit]).is_ok());
        let lead = by(&[Scope::Tokens, Scope::Submit]);
        assert!(check_covered(Some(&lead), &[Scope::Submit]).is_ok());
        assert!(check_covered(Some(&lead), &[Scope::Submit, Scope::Operate]).is_err());
    }
}
