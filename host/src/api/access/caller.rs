//! The caller of a request, for handlers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::api::problem::{Kind, Problem};
use crate::domain::{Caller, Submitter};

/// The caller of a request, which the guard of its route determined.
pub(in crate::api) struct CalledBy(pub(in crate::api) Caller);

impl<S: Send + Sync> FromRequestParts<S> for CalledBy {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.map(Self).ok_or_else(|| Problem::internal("a route that needs no token asks who calls it"))
    }
}

/// Refuses a resource of another token to a caller that may see only its own.
pub(in crate::api) fn check_read(caller: &Caller, owner: &Submitter, what: &str) -> Result<(), Problem> {
    if caller.may_read(owner) {
        return Ok(());
    }
    let detail = format!("this {what} was submitted by another token; to see it requires the scope read");
    Err(Problem::new(Kind::FORBIDDEN, detail))
}
