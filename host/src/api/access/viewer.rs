//! Who looks at a page, for what the page offers.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::Need;
use crate::api::problem::Problem;
use crate::domain::{AccessToken, Scope};
use crate::tokens::Key;

tokio::task_local! {
    /// The viewer of the page that is made now. All pages show it in their frame, so that none has to hand it on.
    static VIEWER: Viewer;
}

/// The caller of a request with the rights of its token.
#[derive(Clone, Default)]
pub(in crate::api) struct Viewer {
    key: Option<Arc<Key>>,
    /// Whether the host has no tokens, so that everybody may do everything.
    is_open: bool,
    /// Whether a session shows who it is, which can be ended.
    is_in_session: bool,
}

impl Viewer {
    /// A caller of a host without tokens.
    pub(super) fn anyone() -> Self {
        Self { is_open: true, ..Self::default() }
    }

    /// A caller with this token.
    pub(super) fn with(key: Arc<Key>, is_in_session: bool) -> Self {
        Self { key: Some(key), is_open: false, is_in_session }
    }

    /// Answers with this viewer as the one of the page that is made.
    pub(super) async fn scope<T>(self, answer: impl Future<Output = T>) -> T {
        VIEWER.scope(self, answer).await
    }

    /// The viewer of the page that is made now; outside of a request one who may do nothing.
    pub(in crate::api) fn of_page() -> Self {
        VIEWER.try_with(Clone::clone).unwrap_or_default()
    }

    /// The token, if there is one.
    pub(in crate::api) fn token(&self) -> Option<&AccessToken> {
        self.key.as_deref().map(|key| &key.token)
    }

    /// The name of the token of a session, which can be ended.
    pub(in crate::api) fn session_name(&self) -> Option<&str> {
        self.token().filter(|_| self.is_in_session).map(|token| token.name.as_str())
    }

    /// Whether the viewer may do what this scope allows.
    pub(in crate::api) fn may(&self, scope: Scope) -> bool {
        self.is_open || self.key.as_ref().is_some_and(|key| key.may(scope))
    }

    /// Whether the viewer may do what requires this access.
    pub(in crate::api) fn meets(&self, need: Need) -> bool {
        let is_unbound = self.token().is_none_or(|token| token.bounds.is_empty() || need.fits_bounds());
        is_unbound && need.scopes().iter().any(|scope| self.may(*scope))
    }

    /// Whether the viewer may submit jobs and place orders.
    pub(in crate::api) fn may_submit(&self) -> bool {
        self.may(Scope::Submit)
    }

    /// Whether the viewer may see and change tokens.
    pub(in crate::api) fn may_change_tokens(&self) -> bool {
        self.may(Scope::Tokens)
    }

    /// Whether the viewer may read the audit log.
    pub(in crate::api) fn may_audit(&self) -> bool {
        self.may(Scope::Audit)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let viewer = parts.extensions.get::<Viewer>().cloned();
        viewer.ok_or_else(|| Problem::internal("a route that needs no token asks who looks at it"))
    }
}
