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

/// The codings that an answer may name. What a server writes in their place may be a secret that it repeats.
const CODINGS: [&str; 7] = ["gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "zstd"];

/// How an answer is encoded, if it is, in a word of the host's own.
pub(super) fn encoding(headers: &HeaderMap) -> Option<&'static str> {
    let listed = headers.get_all(CONTENT_ENCODING).into_iter().chain(headers.get_all(TRANSFER_ENCODING));
    let mut codings = listed.flat_map(|value| value.as_bytes().split(|&byte| byte == b','));
    codings.find_map(|coding| {
        let coding = coding.trim_ascii();
        let is = |word: &str| coding.eq_ignore_ascii_case(word.as_bytes());
        if is("") || is("identity") || is("chunked") {
            return None;
        }
        Some(CODINGS.into_iter().find(|word| is(word)).unwrap_or("unknown"))
    })
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
        assert_eq!(encoding(&headers(&[("content-encoding", "identity, GZIP")])), Some("gzip"));
        assert_eq!(encoding(&headers(&[("transfer-encoding", "gzip, chunked")])), Some("gzip"));
        assert_eq!(encoding(&headers(&[("content-encoding", "sk_live_1")])), Some("unknown"));
    }
}
