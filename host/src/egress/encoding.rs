//! Answers that are encoded: a secret in them could not be seen, and so not be hidden.

use http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue, IF_RANGE, RANGE, TRANSFER_ENCODING,
};

/// Asks for an answer that can be searched: not encoded, and not cut into parts that the guest chose.
pub(super) fn ask_for_plain(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers.remove(RANGE);
    headers.remove(IF_RANGE);
}

/// How an answer is encoded, if it is.
pub(super) fn encoding(headers: &HeaderMap) -> Option<String> {
    let listed = headers.get_all(CONTENT_ENCODING).into_iter().chain(headers.get_all(TRANSFER_ENCODING));
    let codings = listed.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    let codings = codings.map(|coding| String::from_utf8_lossy(coding).trim().to_ascii_lowercase());
    codings.into_iter().find(|coding| !matches!(coding.as_str(), "" | "identity" | "chunked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        fields.iter().map(|&(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_plain_answer_is_asked_for() {
        let mut asked = headers(&[("accept-encoding", "gzip"), ("range", "bytes=0-1"), ("if-range", "x")]);
        ask_for_plain(&mut asked);
        assert_eq!(asked, headers(&[("accept-encoding", "identity")]));
    }

    #[test]
    fn whatever_is_not_plain_is_encoded() {
        for plain in ["", "identity", "Identity, identity"] {
            assert_eq!(encoding(&headers(&[("content-encoding", plain)])), None, "{plain}");
        }
        assert_eq!(encoding(&headers(&[("transfer-encoding", "chunked")])), None);
        let gzip = Some("gzip".to_owned());
        assert_eq!(encoding(&headers(&[("content-encoding", "identity, GZIP")])), gzip);
        assert_eq!(encoding(&headers(&[("transfer-encoding", "gzip, chunked")])), gzip);
    }
}
