//! `/login` and `/logout`: a token becomes a session, which ends when it is idle, after a week, or with its token.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use crate::api::Api;
use crate::api::access::{Peer, SESSION_COOKIE, is_encrypted, require_own_page, session_cookie};
use crate::api::pages::frame::Frame;
use crate::api::pages::show::{self, PageProblem};
use crate::api::problem::Problem;
use crate::api::read::{Params, RawBody, Unreceived};
use crate::domain::SESSION_AGE_MAX;

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    frame: Frame,
    /// The page to go to.
    next: String,
    error: Option<&'static str>,
}

impl LoginPage {
    fn render(status: StatusCode, next: String, error: Option<&'static str>) -> Response {
        show::page(status, &LoginPage { frame: Frame::bare(), next, error })
    }
}

/// The form. A host without tokens has no use for it.
pub(super) async fn show(State(api): State<Api>, mut params: Params) -> Result<Response, PageProblem> {
    let next = own_path(params.text("next"));
    params.finish()?;
    if api.tokens.is_open() {
        return Ok(Redirect::to(&next).into_response());
    }
    Ok(LoginPage::render(StatusCode::OK, next, None))
}

/// Opens a session, and leads to the page that was asked for.
pub(super) async fn log_in(
    State(api): State<Api>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    // Otherwise a foreign page could log a person in with a token of its own.
    require_own_page(&Method::POST, &headers)?;
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let (token, next) = (params.text("token").unwrap_or_default(), own_path(params.text("next")));
    params.finish()?;
    let Some(key) = api.tokens.find(token.trim()) else {
        let error = "This is no valid token of this host, or it has expired.";
        return Ok(LoginPage::render(StatusCode::UNPROCESSABLE_ENTITY, next, Some(error)));
    };
    let text = api.tokens.open_session(&key).await?;
    let secure = is_encrypted(peer.as_deref(), &headers);
    let cookie = cookie(&text, SESSION_AGE_MAX.as_secs(), secure)?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
}

/// Ends the session.
pub(super) async fn log_out(State(api): State<Api>, headers: HeaderMap) -> Result<Response, PageProblem> {
    require_own_page(&Method::POST, &headers)?;
    if let Some(text) = session_cookie(&headers) {
        api.tokens.close_session(&text).await?;
    }
    Ok(([(SET_COOKIE, cookie("", 0, false)?)], Redirect::to("/login")).into_response())
}

/// The header of a cookie that scripts cannot read and that other sites cannot make a browser send with a change.
fn cookie(text: &str, seconds: u64, is_secure: bool) -> Result<HeaderValue, Problem> {
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{SESSION_COOKIE}={text}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    HeaderValue::try_from(cookie).map_err(Problem::internal)
}

/// A path of this host, to which a page may lead; else the first page.
fn own_path(next: Option<String>) -> String {
    let is_own = |next: &String| {
        let second = next.as_bytes().get(1);
        next.starts_with('/')
            && !matches!(second, Some(b'/' | b'\\'))
            && next.bytes().all(|byte| byte.is_ascii_graphic())
    };
    next.filter(is_own).unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_no_other_site() {
        assert_eq!(own_path(Some("/audit?actor=a".to_owned())), "/audit?actor=a");
        for foreign in
            ["//evil.example", "/\\evil.example", "https://evil.example", "", "/\t/evil.example", "/a\r\nb"]
        {
            assert_eq!(own_path(Some(foreign.to_owned())), "/", "{foreign:?}");
        }
    }

    #[test]
    fn a_cookie_is_secure_where_the_connection_is() {
        let text = |is_secure| cookie("abc", 60, is_secure).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text(false), "taskbox_session=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        assert!(text(true).ends_with("; Secure"));
    }
}
