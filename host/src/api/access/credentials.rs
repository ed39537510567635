//! What a request carries to show who calls: a token, or the cookie of a session.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The name of the cookie of a session.
pub(in crate::api) const SESSION_COOKIE: &str = "taskbox_session";

/// Credentials that a request carries, which may be wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Credentials {
    /// A token that a program sent on purpose.
    Bearer(String),
    /// A token that a browser sends as a password that was typed once.
    Basic(String),
    /// The text of the cookie that a browser got when a person logged in.
    Session(String),
}

impl Credentials {
    /// The credentials of a request. A token goes before a cookie.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.contains_key(AUTHORIZATION) {
            true => token(headers),
            false => session_cookie(headers).map(Self::Session),
        }
    }
}

fn token(headers: &HeaderMap) -> Option<Credentials> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credentials::Bearer(credentials.to_owned()));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
        let (_, password) = text.split_once(':')?;
        return Some(Credentials::Basic(password.to_owned()));
    }
    None
}

/// The text of the cookie of a session.
pub(in crate::api) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == SESSION_COOKIE).map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::tests::nearly;

    proptest! {
        #[test]
        fn any_authorization_is_read_or_not(
            text in nearly(&["Bearer tb_secret", "Basic bWU6dGJfc2VjcmV0", "basic ====", "Bearer"]),
        ) {
            if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                Credentials::of(&HeaderMap::from_iter([(AUTHORIZATION, value.clone()), (COOKIE, value)]));
            }
        }
    }

    fn of(pairs: &[(axum::http::HeaderName, &str)]) -> Option<Credentials> {
        let pairs = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap()));
        Credentials::of(&pairs.collect())
    }

    #[test]
    fn a_token_is_read_as_bearer_and_as_password() {
        let bearer = Some(Credentials::Bearer("tb_secret".to_owned()));
        assert_eq!(of(&[(AUTHORIZATION, "Bearer tb_secret")]), bearer);
        assert_eq!(of(&[(AUTHORIZATION, "bearer  tb_secret")]), bearer);
        let basic = format!("Basic {}", STANDARD.encode("me:tb_secret"));
        assert_eq!(of(&[(AUTHORIZATION, &basic)]), Some(Credentials::Basic("tb_secret".to_owned())));
        for wrong in ["Bearer", "tb_secret", "Digest tb_secret", "Basic ???"] {
            assert_eq!(of(&[(AUTHORIZATION, wrong)]), None, "{wrong}");
        }
    }

    #[test]
    fn a_cookie_is_found_among_others_and_a_token_goes_before_it() {
        let cookies = (COOKIE, "a=1; taskbox_session=text; b=2");
        assert_eq!(of(std::slice::from_ref(&cookies)), Some(Credentials::Session("text".to_owned())));
        assert_eq!(of(&[(COOKIE, "taskbox_sessions=text")]), None);
        assert_eq!(of(&[cookies, (AUTHORIZATION, "Bearer t")]), Some(Credentials::Bearer("t".to_owned())));
    }
}
