//! The viewer of a page: what a page may offer to do.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::{Need, Scope};
use crate::api::problem::Problem;

/// What the token of a request allows beyond the request itself. Pages show no button for what would be refused.
#[derive(Debug, Clone)]
pub(in crate::api) struct Viewer {
    /// `None` on a host without tokens, where everything is allowed.
    scopes: Option<Vec<Scope>>,
}

impl Viewer {
    /// The viewer with a token of these scopes.
    pub(super) fn with(scopes: &[Scope]) -> Self {
        Self { scopes: Some(scopes.to_vec()) }
    }

    /// A viewer of a host without tokens.
    pub(super) fn unrestricted() -> Self {
        Self { scopes: None }
    }

    /// Whether an operation with this need would be allowed.
    pub(in crate::api) fn may(&self, need: Need) -> bool {
        let has_one = |scopes: &Vec<Scope>| need.scopes().iter().any(|scope| scopes.contains(scope));
        self.scopes.as_ref().is_none_or(has_one)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let viewer = parts.extensions.get::<Self>().cloned();
        viewer.ok_or_else(|| Problem::internal("a route that needs no token asks who views it"))
    }
}
