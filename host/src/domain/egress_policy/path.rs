//! Paths: whether a request stays under the prefix that a grant allows, for every server's reading of it.
//!
//! A prefix is compared with the bytes that are sent, undecoded: decoding here would guess how the server
//! decodes. Where a decoding server could climb out of the prefix, the path is refused under any prefix.

use url::Url;

use super::climb::may_climb;

/// A prefix as it would be sent, or why it can be none.
pub(in crate::domain) fn prefix_as_sent(path: &str) -> Result<String, String> {
    let wrong = |why: &str| format!("{path:?} is not a path prefix such as \"/v1/\": {why}");
    if !path.starts_with('/') {
        return Err(wrong("it does not begin with /"));
    }
    if path.contains(['?', '#', '\\']) || path.contains(|c: char| c.is_control()) {
        return Err(wrong("it contains ?, #, a backslash or a control character"));
    }
    if may_climb(path) {
        return Err(wrong("it contains \"..\""));
    }
    // Encoded exactly as the URL of a request is, so that "/ä/" means the path that is sent for it.
    let mut url = Url::parse("http://host/").map_err(|error| wrong(&error.to_string()))?;
    url.set_path(path);
    Ok(url.path().to_owned())
}

/// Whether this path is the prefix, or below it. `/v1` allows `/v1` and `/v1/x` but not `/v10`.
pub(super) fn is_under(path: &str, prefix: &str) -> bool {
    if prefix == "/" {
        return true;
    }
    let Some(rest) = path.strip_prefix(prefix) else { return false };
    let at_a_boundary = prefix.ends_with('/') || rest.is_empty() || rest.starts_with('/');
    at_a_boundary && !may_climb(path)
}

/// Whether all paths under one prefix are under the other. A prefix that cannot be one holds none.
pub(in crate::domain) fn is_within(narrow: &str, wide: &str) -> bool {
    match (prefix_as_sent(narrow), prefix_as_sent(wide)) {
        (Ok(narrow), Ok(wide)) => is_under(&narrow, &wide),
        _ => false,
    }
}

/// The narrowest prefix worth granting for a path: its directory.
pub(super) fn prefix_for(path: &str) -> &str {
    match path.rfind('/') {
        Some(slash) if !may_climb(path) => &path[..=slash],
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_at_a_segment() {
        assert!(is_under("/v1", "/v1") && is_under("/v1/x", "/v1") && is_under("/v1/x", "/v1/"));
        assert!(!is_under("/v10", "/v1") && !is_under("/v1", "/v1/") && !is_under("/", "/v1"));
        assert!(is_under("/anything/../at/all", "/"));
    }

    #[test]
    fn a_path_that_a_server_may_read_as_climbing_is_under_no_prefix() {
        for path in [
            "/v1/%2e%2e/admin",
            "/v1/..%2fadmin",
            "/v1/%2E%2E%2Fadmin",
            "/v1/%252e%252e/admin",
            "/v1/..%5cadmin",
            "/v1/..;/admin",
            "/v1/..;a=b/admin",
            "/v1/..%00/admin",
            "/v1/..%20/admin",
            "/v1/%c0%ae%c0%ae/admin",
            "/v1/%ef%bc%8e%ef%bc%8e/admin",
            "/v1/%u002e%u002e/admin",
        ] {
            assert!(!is_under(path, "/v1/"), "{path}");
            assert!(is_under(path, "/"), "{path} is allowed where every path is");
        }
    }

    #[test]
    fn honest_encodings_stay_allowed() {
        for path in ["/v1/a%2Fb", "/v1/100%", "/v1/a;b/c"] {
            assert!(is_under(path, "/v1/"), "{path}");
        }
        assert!(!is_under("/%76%31/x", "/v1/"), "the bytes that are sent are compared");
    }

    #[test]
    fn a_prefix_is_read_as_it_would_be_sent() {
        assert_eq!(prefix_as_sent("/ä b/").unwrap(), "/%C3%A4%20b/");
        for (path, why) in
            [("", "begin"), ("v1", "begin"), ("/v1?x", "?"), ("/a/../b", ".."), ("/%2e%2e", "..")]
        {
            assert!(prefix_as_sent(path).unwrap_err().contains(why), "{path}");
        }
    }

    #[test]
    fn the_advised_prefix_is_the_directory() {
        assert_eq!(prefix_for("/v1/payment_intents/pi_1"), "/v1/payment_intents/");
        assert_eq!(prefix_for("/"), "/");
        assert_eq!(prefix_for("/v1/..%2fx"), "/");
    }
}
