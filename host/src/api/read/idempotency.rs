//! The `Idempotency-Key` header: the caller's key for one request.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::api::access::CalledBy;
use crate::api::problem::{Kind, Problem};
use crate::domain::{Digest, Submitter};
use crate::ports::RequestKey;

/// The longest key, in characters.
const KEY_LENGTH_MAX: usize = 255;

/// The request's key, if it has one, and its caller.
pub(in crate::api) struct KeyHeader {
    key: Option<String>,
    submitter: Submitter,
}

impl KeyHeader {
    /// The key of this operation, for a body with the digest `fingerprint`. Keys of other operations and of other callers
    /// are separate.
    pub(in crate::api) fn of(self, call: &str, fingerprint: impl FnOnce() -> Digest) -> Option<RequestKey> {
        let key = self.key?;
        Some(RequestKey { scope: key_scope(call, &self.submitter), key, fingerprint: fingerprint() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KeyHeader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all("idempotency-key").iter();
        let key = given.next().map(|value| read(value.as_bytes())).transpose()?;
        if given.next().is_some() {
            return Err(Problem::new(Kind::MALFORMED, "the header Idempotency-Key is given twice"));
        }
        let CalledBy(caller) = CalledBy::from_request_parts(parts, state).await?;
        Ok(Self { key, submitter: caller.submitter })
    }
}

/// The scope of a key: one operation of one caller.
pub(in crate::api) fn key_scope(call: &str, submitter: &Submitter) -> String {
    match submitter.name() {
        Some(name) => format!("{call} by {name}"),
        None => call.to_owned(),
    }
}

fn read(bytes: &[u8]) -> Result<String, Problem> {
    let fits = (1..=KEY_LENGTH_MAX).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    match std::str::from_utf8(bytes) {
        Ok(text) if fits => Ok(text.to_owned()),
        _ => {
            let detail = format!("an Idempotency-Key has 1 to {KEY_LENGTH_MAX} visible ASCII characters");
            Err(Problem::new(Kind::MALFORMED, detail))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_key_is_short_and_visible() {
        assert_eq!(read(b"order-17").unwrap(), "order-17");
        for wrong in [b"".as_slice(), b"a b", "ä".as_bytes(), &[b'x'; 256]] {
            assert!(read(wrong).unwrap_err().detail().contains("1 to 255"));
        }
    }
}
