//! Access control, before any handler runs.
//!
//! On a host with tokens, a request must carry one with a scope that its route [requires](Need). A host without
//! tokens serves loopback only, and refuses web pages that send requests through the operator's browser. The rights
//! on jobs and orders of other tokens are a rule of the domain: [`Caller`].

mod caller;
mod client;
mod headers;
mod host_port;
mod need;
mod on_token;
mod same_site;
mod tokens;

use axum::extract::{Request, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

pub(super) use caller::{CalledBy, check_read};
pub use client::Peer;
pub(super) use client::client_address;
pub(super) use headers::well_formed;
pub(super) use need::Need;
pub use on_token::OnToken;
pub use tokens::{Token, Tokens};

use super::Api;
use super::problem::{Kind, Problem};
use crate::domain::transition::Action;
use crate::domain::{Caller, Reach, Scope, Submitter};
use tokens::Shown;

/// The guard of a route.
#[derive(Clone)]
pub(super) struct Guard {
    /// The host, for its tokens.
    pub(super) api: Api,
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
        let caller = admit(&guard.api.tokens, guard.need, request.method(), request.headers());
        let caller = caller.map_err(|problem| challenge_browsers(problem, request.uri().path()))?;
        if let Some(on_token) = request.extensions().get::<OnToken>() {
            on_token.seen();
        }
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

/// Whether the caller of a route that requires no token may see which tasks there are: with any scope, or on a host
/// without tokens.
pub(super) fn may_see_tasks(tokens: &Tokens, headers: &HeaderMap) -> bool {
    admit(tokens, Need::SeeOne, &Method::GET, headers).is_ok()
}

fn admit(tokens: &Tokens, need: Need, method: &Method, headers: &HeaderMap) -> Result<Caller, Problem> {
    if tokens.is_empty() {
        same_site::require_loopback_host(headers)?;
        same_site::refuse_foreign_change(method, headers)?;
        return Ok(Caller::unrestricted(Submitter::default()));
    }
    let (token, shown) = tokens.find(headers).ok_or_else(unauthenticated)?;
    if shown == Shown::Basic {
        // A browser adds these credentials by itself, even to a request that another site causes.
        same_site::refuse_foreign_change(method, headers)?;
    }
    let scopes = need.scopes();
    if !scopes.iter().any(|scope| token.scopes.contains(scope)) {
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let detail = format!("the token {:?} lacks the scope {}", token.name, names.join(" or "));
        return Err(Problem::new(Kind::FORBIDDEN, detail));
    }
    Ok(caller_of(token))
}

fn caller_of(token: &Token) -> Caller {
    let reach = token.scopes.iter().map(|scope| reach(*scope)).max().unwrap_or(Reach::Own);
    let acts = token.scopes.iter().filter_map(|scope| act(*scope));
    Caller::new(Submitter::token(&token.name), reach).acting(acts)
}

/// The access that a scope gives to what others submitted.
fn reach(scope: Scope) -> Reach {
    match scope {
        Scope::Operate => Reach::Operate,
        Scope::Read => Reach::Read,
        _ => Reach::Own,
    }
}

/// The action that a scope allows on all jobs.
fn act(scope: Scope) -> Option<Action> {
    match scope {
        Scope::JobsCancel => Some(Action::Cancel),
        Scope::JobsRetry => Some(Action::Retry),
        Scope::JobsDelete => Some(Action::Delete),
        _ => None,
    }
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
