//! Request bodies with a `Content-Encoding` are refused: the host decodes none.

use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue};

use super::problem::{Kind, Problem};

/// The encoding that leaves a body unchanged.
const IDENTITY: &str = "identity";

/// Refuses the headers of an encoded body, and names the encodings that are accepted (RFC 9110, 15.5.16).
pub(super) fn refuse_encoded_bodies(headers: &HeaderMap) -> Result<(), Problem> {
    encoding(headers).map_or(Ok(()), |encoding| Err(unsupported(&encoding)))
}

/// The first encoding that would have to be decoded.
fn encoding(headers: &HeaderMap) -> Option<String> {
    let lists = headers.get_all(CONTENT_ENCODING).iter().map(HeaderValue::as_bytes);
    let mut names = lists.flat_map(|list| list.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let encoding = names.find(|name| !name.is_empty() && !name.eq_ignore_ascii_case(IDENTITY.as_bytes()))?;
    Some(String::from_utf8_lossy(encoding).into_owned())
}

fn unsupported(encoding: &str) -> Problem {
    let detail = format!(
        "the body has the Content-Encoding {encoding:?}, which this host does not decode; send it without one, or \
         with {IDENTITY:?}"
    );
    let taken = HeaderValue::from_static(IDENTITY);
    Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE, detail).with_header(ACCEPT_ENCODING, taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(CONTENT_ENCODING, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        encoding(&headers)
    }

    #[test]
    fn only_the_encoding_that_is_none_is_taken() {
        for taken in [&[][..], &["identity"], &["Identity, identity"], &[""], &["identity", " "]] {
            assert_eq!(found(taken), None, "{taken:?}");
        }
        for (refused, name) in [
            (&["gzip"][..], "gzip"),
            (&["identity, br"], "br"),
            (&["identity", "GZIP"], "GZIP"),
            (&["\u{fc}"], "\u{fc}"),
        ] {
            assert_eq!(found(refused).as_deref(), Some(name));
        }
    }
}
