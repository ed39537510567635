//! Protection from web pages in a browser on this machine: DNS rebinding, and forged requests.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};

use super::host_port::HostPort;
use crate::api::problem::{Kind, Problem};

/// Refuses a request whose `Host` is a foreign name: a page can point such a name at loopback to read the responses.
pub(super) fn require_loopback_host(headers: &HeaderMap) -> Result<(), Problem> {
    let host = text(headers, HOST.as_str());
    if host.and_then(HostPort::parse).is_some_and(|host| host.is_loopback()) {
        return Ok(());
    }
    let detail = "this host has no tokens, so it answers only to localhost, 127.0.0.1 and [::1]; \
                  configure tokens to use another name";
    Err(Problem::new(Kind::FORBIDDEN, detail))
}

/// Refuses a change that a page of another origin requests. Programs send neither of these headers.
pub(super) fn refuse_foreign_change(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    let site = text(headers, "sec-fetch-site");
    let foreign_site = site.is_some_and(|site| !matches!(site, "same-origin" | "none"));
    let origin = headers.get(ORIGIN).map(|origin| origin.to_str().unwrap_or_default());
    let foreign_origin = origin.is_some_and(|origin| !is_origin_of(origin, text(headers, HOST.as_str())));
    if foreign_site || foreign_origin {
        return Err(Problem::new(Kind::FORBIDDEN, "a page of another site may not do this"));
    }
    Ok(())
}

/// Refuses a change by a session unless a page of this host requests it. A browser adds the cookie by itself.
///
/// Every browser of today sends `Origin` with a form by POST, and `Sec-Fetch-Site` to hosts that it trusts, and no page can
/// set or remove either. So a form needs no token of its own: a request that names another origin is refused, and so is one
/// that names none. `SameSite=Lax` keeps the cookie itself from requests of other sites by POST.
pub(in crate::api) fn require_own_page(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    refuse_foreign_change(method, headers)?;
    let names_none = !headers.contains_key(ORIGIN) && !headers.contains_key("sec-fetch-site");
    if !method.is_safe() && names_none {
        let detail =
            "a change by a session must come from a page of this host; programs send a token instead";
        return Err(Problem::new(Kind::FORBIDDEN, detail));
    }
    Ok(())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_origin_of(origin: &str, host: Option<&str>) -> bool {
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::tests::nearly;

    proptest! {
        #[test]
        fn any_host_is_answered_or_refused(
            text in nearly(&["127.0.0.1:8080", "[::1]", "localhost.", "evil.example#@localhost", "[::1", "0x7f.1:"]),
        ) {
            if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                let headers = HeaderMap::from_iter([(HOST, value.clone()), (ORIGIN, value)]);
                let _ = require_loopback_host(&headers);
                prop_assert!(refuse_foreign_change(&Method::POST, &headers).is_err());
            }
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_loopback_names_are_answered() {
        for good in ["localhost:8080", "127.0.0.1", "127.8.8.8:1", "[::1]:8080", "shop.localhost"] {
            assert!(require_loopback_host(&headers(&[("host", good)])).is_ok(), "{good}");
        }
        for bad in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "evil.example#@localhost",
            "me@localhost",
            "localhost/",
            "",
        ] {
            assert!(require_loopback_host(&headers(&[("host", bad)])).is_err(), "{bad}");
        }
        assert!(require_loopback_host(&HeaderMap::new()).is_err());
    }

    #[test]
    fn a_change_by_a_session_comes_from_a_page_of_this_host() {
        let of = |method, pairs| require_own_page(&method, &headers(pairs)).is_ok();
        assert!(of(Method::POST, &[("host", "a.example"), ("origin", "https://a.example")]));
        assert!(of(Method::POST, &[("sec-fetch-site", "same-origin")]));
        assert!(of(Method::GET, &[("host", "a.example")]));
        assert!(!of(Method::POST, &[("host", "a.example")]), "no browser of today sends neither");
        assert!(!of(Method::POST, &[("host", "a.example"), ("origin", "https://b.example")]));
    }

    #[test]
    fn a_change_asked_for_by_another_origin_is_refused() {
        let change = |pairs| refuse_foreign_change(&Method::POST, &headers(pairs)).is_ok();
        assert!(change(&[("host", "localhost:80")]));
        assert!(change(&[("host", "localhost:80"), ("origin", "http://localhost:80")]));
        assert!(change(&[("sec-fetch-site", "same-origin")]) && change(&[("sec-fetch-site", "none")]));
        assert!(!change(&[("sec-fetch-site", "cross-site")]) && !change(&[("sec-fetch-site", "same-site")]));
        assert!(!change(&[("host", "localhost:80"), ("origin", "http://localhost:81")]));
        assert!(!change(&[("host", "localhost:80"), ("origin", "null")]));
        assert!(refuse_foreign_change(&Method::GET, &headers(&[("sec-fetch-site", "cross-site")])).is_ok());
    }
}
