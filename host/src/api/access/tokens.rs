//! Bearer tokens. The host keeps only their digests, from which no token can be read.

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq;

use crate::domain::{Digest, Scope};

/// A token of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its name, to which jobs belong.
    pub name: String,
    /// The SHA-256 digest of the token itself.
    pub digest: Digest,
    /// Its scopes.
    pub scopes: Vec<Scope>,
}

/// All tokens of a host. Without any, everything is open, and the host must not be reachable from other machines.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Arc<[Token]>);

impl FromIterator<Token> for Tokens {
    fn from_iter<I: IntoIterator<Item = Token>>(tokens: I) -> Self {
        Self(tokens.into_iter().collect())
    }
}

/// The way in which a request carries its token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A program sent it on purpose.
    Bearer,
    /// A browser sent it as a password that was typed once.
    Basic,
}

impl Tokens {
    /// Whether everything is open.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The token of a request, if it is valid.
    pub(super) fn find(&self, headers: &HeaderMap) -> Option<(&Token, Shown)> {
        let (text, shown) = shown(headers)?;
        let digest = Digest::of(text.as_bytes());
        // Every token is compared, and in constant time, so that the time reveals nothing.
        let is_it = |token: &Token| bool::from(token.digest.as_bytes().ct_eq(digest.as_bytes()));
        let found =
            self.0.iter().fold(None, |found, token| if is_it(token) { Some(token) } else { found })?;
        Some((found, shown))
    }
}

fn shown(headers: &HeaderMap) -> Option<(String, Shown)> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some((credentials.to_owned(), Shown::Bearer));
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
        let (_, password) = text.split_once(':')?;
        return Some((password.to_owned(), Shown::Basic));
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::domain::tests::nearly;

    proptest! {
        #[test]
        fn any_authorization_is_found_or_not(
            text in nearly(&["Bearer tb_secret", "Basic bWU6dGJfc2VjcmV0", "basic ====", "Bearer"]),
        ) {
            if let Ok(value) = HeaderValue::from_bytes(text.as_bytes()) {
                shown(&HeaderMap::from_iter([(AUTHORIZATION, value)]));
            }
        }
    }

    fn found(authorization: &str) -> Option<Shown> {
        let token = Token { name: "ci".into(), digest: Digest::of(b"tb_secret"), scopes: vec![Scope::Read] };
        let tokens: Tokens = [token].into_iter().collect();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, authorization.parse().unwrap())]);
        tokens.find(&headers).map(|(_, shown)| shown)
    }

    #[test]
    fn a_token_is_found_as_bearer_and_as_password() {
        assert_eq!(found("Bearer tb_secret"), Some(Shown::Bearer));
        assert_eq!(found("bearer  tb_secret"), Some(Shown::Bearer));
        let basic = format!("Basic {}", STANDARD.encode("me:tb_secret"));
        assert_eq!(found(&basic), Some(Shown::Basic));
        for wrong in ["Bearer tb_secre", "Bearer", "tb_secret", "Digest tb_secret", "Basic ???"] {
            assert_eq!(found(wrong), None, "{wrong}");
        }
    }
}
