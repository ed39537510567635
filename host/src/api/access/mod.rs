//! Who may call what, decided before any handler runs.
//!
//! With tokens, a request shows one that has the scope its call needs. Without tokens the host serves
//! loopback only, and what is left to refuse is a web page that speaks through the operator's browser.

mod same_site;
mod scope;
mod tokens;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;

pub use scope::Scope;
pub use tokens::{Token, Tokens};

use super::problem::{Kind, Problem};
use crate::domain::{Caller, Reach, Submitter};
use scope::Need;
use tokens::Shown;

/// Who sent a request, as the guard found out.
pub(super) struct CalledBy(pub(super) Caller);

impl<S: Send + Sync> FromRequestParts<S> for CalledBy {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let caller = parts.extensions.get::<Caller>().cloned();
        caller.map(Self).ok_or_else(|| Problem::internal("nobody asked who calls here"))
    }
}

/// Lets a request through to its handler, which then knows the [`Caller`]; or answers 401 or 403.
pub(super) async fn guard(
    State(tokens): State<Tokens>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let path = request.uri().path().to_owned();
    if let Need::AnyOf(scopes) = scope::need(request.method(), &path) {
        let caller = admit(&tokens, scopes, request.method(), request.headers())
            .map_err(|problem| ask_a_browser_for_a_token(problem, &path))?;
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

fn admit(tokens: &Tokens, scopes: &[Scope], method: &Method, headers: &HeaderMap) -> Result<Caller, Problem> {
    if tokens.is_empty() {
        same_site::require_loopback_host(headers)?;
        same_site::refuse_foreign_change(method, headers)?;
        return Ok(Caller::unrestricted(Submitter::default()));
    }
    let (token, shown) = tokens.find(headers).ok_or_else(unauthenticated)?;
    if shown == Shown::Basic {
        // A browser sends these credentials by itself, also when another site makes it ask.
        same_site::refuse_foreign_change(method, headers)?;
    }
    if !scopes.iter().any(|scope| token.scopes.contains(scope)) {
        let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
        let detail = format!("the token {:?} lacks the scope {}", token.name, names.join(" or "));
        return Err(Problem::new(Kind::FORBIDDEN, detail));
    }
    Ok(Caller { submitter: Submitter::token(&token.name), reach: reach(&token.scopes) })
}

/// How far a token with these scopes reaches.
fn reach(scopes: &[Scope]) -> Reach {
    let reach = |scope: &Scope| match scope {
        Scope::Submit => Reach::Own,
        Scope::Read => Reach::Read,
        Scope::Operate => Reach::Operate,
    };
    scopes.iter().map(reach).max().unwrap_or(Reach::Own)
}

fn unauthenticated() -> Problem {
    let detail = "send a valid token: Authorization: Bearer <token>";
    let challenge = HeaderValue::from_static("Bearer realm=\"taskbox\"");
    Problem::new(Kind::UNAUTHENTICATED, detail).with_header(WWW_AUTHENTICATE, challenge)
}

/// Pages are opened by browsers, and what those can ask for is a name and a password: the password is
/// the token. Programs are never asked that way.
fn ask_a_browser_for_a_token(problem: Problem, path: &str) -> Problem {
    if problem.status() == axum::http::StatusCode::UNAUTHORIZED && !path.starts_with("/v1/") {
        let challenge = HeaderValue::from_static("Basic realm=\"taskbox: any name, a token as password\"");
        return problem.with_header(WWW_AUTHENTICATE, challenge);
    }
    problem
}
