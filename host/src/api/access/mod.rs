//! Access control, before any handler runs.
//!
//! On a host with tokens, a request must carry one with a scope that its route [requires](Need). A host without
//! tokens serves loopback only, and refuses web pages that send requests through the operator's browser. The rights
//! on jobs and orders of other tokens are a rule of the domain: [`Caller`].

mod caller;
mod headers;
mod host_port;
mod need;
mod on_token;
mod same_site;
mod scope;
mod tokens;
mod viewer;

use axum::extract::{Request, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

pub(super) use caller::{CalledBy, check_read};
pub(super) use headers::well_formed;
pub(super) use need::Need;
pub use on_token::OnToken;
pub use scope::Scope;
pub use tokens::{Token, Tokens};
pub(super) use viewer::Viewer;

use super::problem::{Kind, Problem};
use crate::domain::{Caller, Reach, Submitter};
use tokens::Shown;

/// The guard of a route.
#[derive(Clone)]
pub(super) struct Guard {
    /// The tokens of the host.
    pub(super) tokens: Tokens,
    /// The scopes that the route requires.
    pub(super) need: Need,
}

/// Passes a request with its [`Caller`] to the handler, or responds 401 or 403.
pub(super) async fn guard(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if guard.need != Need::Nothing {
        let admitted = guard.admit(request.method(), request.headers());
        let (caller, viewer) =
            admitted.map_err(|problem| challenge_browsers(problem, request.uri().path()))?;
        if let Some(on_token) = request.extensions().get::<OnToken>() {
            on_token.seen();
        }
        request.extensions_mut().insert(caller);
        request.extensions_mut().insert(viewer);
    }
    Ok(next.run(request).await)
}

/// Whether the caller of a route that requires no token may see which tasks there are: with any scope, or on a host
/// without tokens.
pub(super) fn may_see_tasks(tokens: &Tokens, headers: &HeaderMap) -> bool {
    let guard = Guard { tokens: tokens.clone(), need: Need::SeeOne };
    guard.admit(&Method::GET, headers).is_ok()
}

impl Guard {
    fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<(Caller, Viewer), Problem> {
        if self.tokens.is_empty() {
            same_site::require_loopback_host(headers)?;
            same_site::refuse_foreign_change(method, headers)?;
            return Ok((Caller::unrestricted(Submitter::default()), Viewer::unrestricted()));
        }
        let (token, shown) = self.tokens.find(headers).ok_or_else(unauthenticated)?;
        if shown == Shown::Basic {
            // A browser adds these credentials by itself, even to a request that another site causes.
            same_site::refuse_foreign_change(method, headers)?;
        }
        let scopes = self.need.scopes();
        if !scopes.iter().any(|scope| token.scopes.contains(scope)) {
            let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
            let detail = format!("the token {:?} lacks the scope {}", token.name, names.join(" or "));
            return Err(Problem::new(Kind::FORBIDDEN, detail));
        }
        Ok((caller_of(token), Viewer::with(&token.scopes)))
    }
}

fn caller_of(token: &Token) -> Caller {
    let reach = token.scopes.iter().map(|scope| scope.reach()).max().unwrap_or(Reach::Own);
    Caller { submitter: Submitter::token(&token.name), reach }
}

fn unauthenticated() -> Problem {
    let detail = "send a valid token: Authorization: Bearer <token>";
    let challenge = HeaderValue::from_static("Bearer realm=\"taskbox\"");
    Problem::new(Kind::UNAUTHENTICATED, detail).with_header(WWW_AUTHENTICATE, challenge)
}

/// The challenge for pages: browsers can prompt for a name and a password, and the password is the token. Programs
/// never get it.
fn challenge_browsers(problem: Problem, path: &str) -> Problem {
    if problem.status() == StatusCode::UNAUTHORIZED && !path.starts_with("/v1/") {
        let challenge = HeaderValue::from_static("Basic realm=\"taskbox: any name, a token as password\"");
        return problem.with_header(WWW_AUTHENTICATE, challenge);
    }
    problem
}
