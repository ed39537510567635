//! The way of a browser without a session to the page where a person logs in, and back.

use axum::extract::Request;
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded::byte_serialize;

use super::accepts_pages;

/// The redirect of a request for a page, if it is one of a browser.
pub(super) fn redirect(request: &Request) -> Option<Response> {
    if !accepts_pages(request.headers()) || request.uri().path().starts_with("/v1/") {
        return None;
    }
    // After a form of a session that is over, a person comes back to where the form stood, and not into its effect.
    let back = match request.method().is_safe() {
        true => request.uri().path_and_query().map_or("/", |path| path.as_str()),
        false => "/",
    };
    let next: String = byte_serialize(back.as_bytes()).collect();
    Some(Redirect::to(&format!("/login?next={next}")).into_response())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::header::{ACCEPT, LOCATION};

    use super::*;

    fn target(method: &str, uri: &str, accept: &str) -> Option<String> {
        let request = Request::builder().method(method).uri(uri).header(ACCEPT, accept);
        let redirect = redirect(&request.body(Body::empty()).unwrap())?;
        Some(redirect.headers()[LOCATION].to_str().unwrap().to_owned())
    }

    #[test]
    fn a_browser_is_led_to_the_login_and_back_and_a_program_is_not() {
        let browser = "text/html,application/xhtml+xml";
        assert_eq!(target("GET", "/?cursor=a&b", browser).unwrap(), "/login?next=%2F%3Fcursor%3Da%26b");
        assert_eq!(target("POST", "/tokens", browser).unwrap(), "/login?next=%2F");
        assert_eq!(target("GET", "/", "*/*"), None);
        assert_eq!(target("GET", "/v1/jobs", browser), None);
    }
}
