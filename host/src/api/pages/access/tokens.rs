//! `/tokens`: the tokens, the form that makes one, and the new token, which is shown once.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::audit::Change;
use crate::api::pages::frame::Frame;
use crate::api::pages::show::{self, PageProblem};
use crate::api::pages::time::When;
use crate::api::problem::Problem;
use crate::api::read::{Params, PathId, RawBody, Unreceived};
use crate::api::v1::token_creation;
use crate::api::wire::TokenBody;
use crate::domain::{ClosedSet, Scope, Timestamp, TokenBounds, TokenId, parse_duration};
use crate::tokens::{Key, NewToken};

#[derive(Template)]
#[template(path = "tokens.html")]
struct TokensPage {
    frame: Frame,
    scopes: Vec<ScopeBox>,
    tokens: Vec<TokenRow>,
    is_open: bool,
    /// The new token.
    made: Option<Made>,
    error: Option<String>,
    name: String,
}

/// A token that was just made.
struct Made {
    name: String,
    text: String,
    closes_host: bool,
}

/// A box to check in the form.
struct ScopeBox {
    name: &'static str,
    docs: &'static str,
}

struct TokenRow {
    id: String,
    name: String,
    scopes: String,
    bounds: String,
    created: Option<When>,
    expires: Option<When>,
    is_expired: bool,
    used: Option<When>,
    is_fixed: bool,
}

impl TokenRow {
    fn new(key: &Key, now: Timestamp) -> Self {
        let token = &key.token;
        let queues = token.bounds.queues.iter().map(|queue| format!("queue {queue}"));
        let tasks = token.bounds.tasks.iter().map(|task| format!("task {}", String::from(task.clone())));
        Self {
            id: token.id().to_string(),
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", "),
            bounds: queues.chain(tasks).collect::<Vec<_>>().join(", "),
            created: (!key.is_fixed).then(|| When::new(token.created_at, now)),
            expires: token.expires_at.map(|at| When::new(at, now)),
            is_expired: token.is_expired(now),
            used: key.used_at().map(|at| When::new(at, now)),
            is_fixed: key.is_fixed,
        }
    }
}

/// The page.
pub(super) async fn show(State(api): State<Api>) -> Response {
    render(&api, StatusCode::OK, None, None, String::new())
}

/// Makes a token and shows it, or the form again with its error.
pub(super) async fn create(
    State(api): State<Api>,
    viewer: Viewer,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let new = read(&body.bytes, api.clock.now())?;
    let name = new.name.clone();
    match api.tokens.create(viewer.token(), new).await {
        Ok(made) => {
            let change = token_creation(&made);
            let made = Made { name, text: made.text, closes_host: made.closes_host };
            Ok((change, render(&api, StatusCode::OK, Some(made), None, String::new())).into_response())
        }
        Err(error) => {
            let problem = Problem::from(error);
            let error = Some(problem.detail().to_owned());
            Ok(render(&api, problem.status(), None, error, name))
        }
    }
}

/// Revokes a token.
pub(super) async fn revoke(
    State(api): State<Api>,
    viewer: Viewer,
    PathId(id): PathId<TokenId>,
) -> Result<(Change, Redirect), PageProblem> {
    let key = api.tokens.revoke(viewer.token(), id).await?;
    let change = Change::removal(&TokenBody::from(&*key)).of(format!("tokens/{id}"));
    Ok((change, Redirect::to("/tokens")))
}

fn render(
    api: &Api,
    status: StatusCode,
    made: Option<Made>,
    error: Option<String>,
    name: String,
) -> Response {
    let now = api.clock.now();
    let scope = |member: &crate::domain::Member| ScopeBox { name: member.text, docs: member.docs.trim() };
    let page = TokensPage {
        frame: Frame::of(api, &Viewer::of_page(), "tokens"),
        scopes: Scope::MEMBERS.iter().map(scope).collect(),
        tokens: api.tokens.list().iter().map(|key| TokenRow::new(key, now)).collect(),
        is_open: api.tokens.is_open(),
        made,
        error,
        name,
    };
    show::page(status, &page)
}

/// The token that a form describes: a box for each scope, queues and tasks with commas, and the time that it is valid.
fn read(form: &[u8], now: Timestamp) -> Result<NewToken, Problem> {
    let mut params = Params::of(form);
    let name = params.text("name").unwrap_or_default().trim().to_owned();
    let scopes = Scope::ALL.into_iter().filter(|scope| params.text(scope.as_str()).is_some()).collect();
    let queues = params.read("queue_names", list).unwrap_or_default();
    let tasks = params.read("task_names", list).unwrap_or_default();
    let expires_in = params.read("expires_in", |text| match text {
        "" => Ok(None),
        text => parse_duration(text).map(Some),
    });
    params.finish()?;
    let expires_at = expires_in.flatten().map(|time| now.plus(time));
    Ok(NewToken { name, scopes, bounds: TokenBounds { queues, tasks }, expires_at })
}

fn list<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<Vec<T>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| part.parse().map_err(|error: T::Err| error.to_string())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_boxes_and_lists() {
        let now = Timestamp::from_millis(1_000);
        let form = b"name=ci&submit=on&jobs%3Acancel=on&queue_names=mail%2C+sms&task_names=&expires_in=1h";
        let new = read(form, now).unwrap();
        assert_eq!(new.scopes, [Scope::Submit, Scope::JobsCancel]);
        assert_eq!(new.bounds.queues.len(), 2);
        assert_eq!(new.expires_at, Some(Timestamp::from_millis(3_601_000)));
        assert!(read(b"name=ci&queue_names=A+B", now).is_err());
    }
}
