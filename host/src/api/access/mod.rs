//! Access control, before any handler runs.
//!
//! On a host with tokens, a request must carry one with a scope that its route [requires](Need), or the cookie of a
//! session that was opened with one. A host without tokens serves loopback only, and refuses web pages that send requests
//! through the operator's browser. The rights on jobs and orders of other tokens are a rule of the domain: [`Caller`].

mod bounds;
mod caller;
mod client;
mod credentials;
mod headers;
mod host_port;
mod login;
mod need;
mod on_token;
mod rate_limit;
mod same_site;
mod viewer;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

pub(super) use bounds::{check_queue, within_bounds};
pub(super) use caller::{CalledBy, check_read};
pub use client::Peer;
pub(super) use client::{client_address, is_encrypted};
pub(super) use credentials::{SESSION_COOKIE, session_cookie};
pub(super) use headers::{accepts_pages, well_formed};
pub(super) use need::Need;
pub use on_token::OnToken;
pub(super) use rate_limit::RateLimit;
pub(super) use same_site::require_own_page;
pub(super) use viewer::Viewer;

use super::Api;
use super::problem::{Kind, Problem};
use crate::domain::transition::Action;
use crate::domain::{AccessToken, Caller, Reach, Scope, Submitter};
use crate::tokens::{Key, Tokens};
use credentials::Credentials;

/// The guard of a route.
#[derive(Clone)]
pub(super) struct Guard {
    /// The host, for its tokens.
    pub(super) api: Api,
    /// The scopes that the route requires.
    pub(super) need: Need,
}

/// Passes a request with its [`Caller`] to the handler, or responds 401 or 403; a person in a browser is led to the page
/// to log in.
pub(super) async fn guard(
    State(Guard { api, need }): State<Guard>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    api.limits.take_of_address(&request)?;
    if need == Need::Nothing {
        return Ok(next.run(request).await);
    }
    let viewer = match admit(&api.tokens, need, request.method(), request.headers()).await {
        Ok(viewer) => viewer,
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            return login::redirect(&request)
                .ok_or_else(|| challenge_browsers(problem, request.uri().path()));
        }
        Err(problem) => return Err(problem),
    };
    api.limits.take_of_token(viewer.token())?;
    if let Some(on_token) = request.extensions().get::<OnToken>() {
        on_token.seen();
    }
    let caller = viewer.token().map_or_else(|| Caller::unrestricted(Submitter::default()), caller_of);
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(viewer.clone());
    Ok(viewer.scope(next.run(request)).await)
}

/// Whether the caller of a route that requires no token may see which tasks there are: with any scope, or on a host
/// without tokens.
pub(super) async fn may_see_tasks(tokens: &Tokens, headers: &HeaderMap) -> bool {
    admit(tokens, Need::SeeOne, &Method::GET, headers).await.is_ok()
}

async fn admit(tokens: &Tokens, need: Need, method: &Method, headers: &HeaderMap) -> Result<Viewer, Problem> {
    if tokens.is_open() {
        same_site::require_loopback_host(headers)?;
        same_site::refuse_foreign_change(method, headers)?;
        return Ok(Viewer::anyone());
    }
    let (key, is_in_session) = match Credentials::of(headers).ok_or_else(unauthenticated)? {
        Credentials::Bearer(text) => (tokens.find(&text), false),
        Credentials::Basic(text) => {
            // A browser adds these credentials by itself, even to a request that another site causes.
            same_site::refuse_foreign_change(method, headers)?;
            (tokens.find(&text), false)
        }
        Credentials::Session(text) => {
            require_own_page(method, headers)?;
            (tokens.session(&text).await?, true)
        }
    };
    let key = key.ok_or_else(unauthenticated)?;
    check_scopes(&key, need)?;
    Ok(Viewer::with(key, is_in_session))
}

fn check_scopes(key: &Arc<Key>, need: Need) -> Result<(), Problem> {
    let token = &key.token;
    let scopes = need.scopes();
    if !scopes.iter().any(|scope| token.scopes.contains(scope)) {
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let detail = format!("the token {:?} lacks the scope {}", token.name, names.join(" or "));
        return Err(Problem::new(Kind::FORBIDDEN, detail));
    }
    if !token.bounds.is_empty() && !need.fits_bounds() {
        let detail =
            format!("the token {:?} is bound to queues or tasks, and this is beyond them", token.name);
        return Err(Problem::new(Kind::FORBIDDEN, detail));
    }
    Ok(())
}

fn caller_of(token: &AccessToken) -> Caller {
    let reach = token.scopes.iter().map(|scope| reach(*scope)).max().unwrap_or(Reach::Own);
    let acts = token.scopes.iter().filter_map(|scope| act(*scope));
    Caller::new(Submitter::token(&token.name), reach).acting(acts).bound(&token.bounds)
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

/// The challenge for pages: programs can send a name and a password, and the password is the token. Callers of the API
/// never get it.
fn challenge_browsers(problem: Problem, path: &str) -> Problem {
    if path.starts_with("/v1/") {
        return problem;
    }
    let challenge = HeaderValue::from_static("Basic realm=\"taskbox: any name, a token as password\"");
    problem.with_header(WWW_AUTHENTICATE, challenge)
}
