//! Headers that belong to one connection and not to the message: they end at the host, both ways.

use http::header::{
    CONNECTION, HOST, HeaderMap, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};

/// The fields that RFC 9110 (7.6.1) calls hop-by-hop, and their unofficial relatives.
const HOP_BY_HOP: [HeaderName; 11] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
    HeaderName::from_static("http2-settings"),
    HeaderName::from_static("proxy-authentication-info"),
];

/// Takes out what the client writes by itself: the connection's fields, and `Host`, which has to name the
/// server that was judged. With another `Host` a shared front server would answer for a host that is not granted.
pub(super) fn clean_request(headers: &mut HeaderMap) {
    clean_response(headers);
    headers.remove(HOST);
}

/// Takes out the connection's fields.
pub(super) fn clean_response(headers: &mut HeaderMap) {
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::tests::nearly;

    proptest! {
        #[test]
        fn any_list_of_a_connection_is_obeyed_as_far_as_it_names_fields(
            list in nearly(&["close, x-one", "keep-alive,,\u{e9}, content-length", "x-one;q=1"]),
        ) {
            let mut headers = HeaderMap::new();
            if let Ok(value) = http::HeaderValue::from_bytes(list.as_bytes()) {
                headers.insert(CONNECTION, value);
            }
            headers.insert("x-one", http::HeaderValue::from_static("1"));
            let names_it = headers.get(CONNECTION).and_then(|value| value.to_str().ok());
            let names_it = names_it.is_some_and(|list| list.split(',').any(|name| name.trim().eq_ignore_ascii_case("x-one")));
            clean_request(&mut headers);
            prop_assert_eq!(headers.contains_key("x-one"), !names_it);
            prop_assert!(!headers.contains_key(CONNECTION));
        }
    }

    #[test]
    fn what_belongs_to_the_connection_or_names_the_server_is_taken_out() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Mine"),
            ("connection", "x-other"),
            ("x-mine", "1"),
            ("x-other", "1"),
            ("host", "evil.example"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("te", "trailers"),
            ("accept", "text/html"),
        ] {
            headers.append(name, value.parse().unwrap());
        }
        clean_request(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    }
}
