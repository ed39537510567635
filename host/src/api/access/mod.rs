//! Who may call what, decided before any handler runs.
//!
//! With tokens, a request shows one that has a scope its route [needs](Need). Without tokens the host
//! serves loopback only, and what is left to refuse is a web page that speaks through the operator's
//! browser. What a caller may do with the jobs and orders of others is the domain's to say: [`Caller`].

mod caller;
mod headers;
mod host_port;
mod need;
mod on_token;
mod same_site;
mod scope;
mod tokens;

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

use super::problem::{Kind, Problem};
use crate::domain::{Caller, Reach, Submitter};
use tokens::Shown;

/// What stands before a route.
#[derive(Clone)]
pub(super) struct Guard {
    /// The tokens that the host knows.
    pub(super) tokens: Tokens,
    /// What the route needs.
    pub(super) need: Need,
}

/// Lets a request through to its handler, which then knows its [`Caller`]; or answers 401 or 403.
pub(super) async fn guard(
    State(guard): State<Guard>,
    mut request: Request,
    next: Next,
) -> Result<Response, Problem> {
    if guard.need != Need::Nothing {
        let caller = guard.admit(request.method(), request.headers());
        let caller = caller.map_err(|problem| ask_a_browser_for_a_token(problem, request.uri().path()))?;
        if let Some(on_token) = request.extensions().get::<OnToken>() {
            on_token.seen();
        }
        request.extensions_mut().insert(caller);
    }
    Ok(next.run(request).await)
}

impl Guard {
    fn admit(&self, method: &Method, headers: &HeaderMap) -> Result<Caller, Problem> {
        if self.tokens.is_empty() {
            same_site::require_loopback_host(headers)?;
            same_site::refuse_foreign_change(method, headers)?;
            return Ok(Caller::unrestricted(Submitter::default()));
        }
        let (token, shown) = self.tokens.find(headers).ok_or_else(unauthenticated)?;
        if shown == Shown::Basic {
            // A browser sends these credentials by itself, also when another site makes it ask.
            same_site::refuse_foreign_change(method, headers)?;
        }
        let scopes = self.need.scopes();
        if !scopes.iter().any(|scope| token.scopes.contains(scope)) {
            let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
            let detail = format!("the token {:?} lacks the scope {}", token.name, names.join(" or "));
            return Err(Problem::new(Kind::FORBIDDEN, detail));
        }
        Ok(caller_of(token))
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

/// Pages are opened by browsers, and what those can ask for is a name and a password: the password is
/// the token. Programs are never asked that way.
fn ask_a_browser_for_a_token(problem: Problem, path: &str) -> Problem {
    if problem.status() == StatusCode::UNAUTHORIZED && !path.starts_with("/v1/") {
        let challenge = HeaderValue::from_static("Basic realm=\"taskbox: any name, a token as password\"");
        return problem.with_header(WWW_AUTHENTICATE, challenge);
    }
    problem
}
