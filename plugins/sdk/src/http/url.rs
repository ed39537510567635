//! The parts of a URL that wasi:http takes separately.

use super::Error;

/// The parts of an `http` or `https` URL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Url<'a> {
    pub(crate) secure: bool,
    /// The host, and the port unless it is the default of the scheme.
    pub(crate) authority: &'a str,
    pub(crate) path_and_query: String,
}

/// Splits a URL. A fragment is dropped, because it is never sent.
pub(crate) fn parse(url: &str) -> Result<Url<'_>, Error> {
    let refuse = |why: &str| Error::Invalid(format!("{url:?} is not a URL to send to: {why}"));
    let (scheme, rest) =
        url.split_once("://").ok_or_else(|| refuse("it does not begin with http:// or https://"))?;
    let secure = match scheme.to_ascii_lowercase().as_str() {
        "http" => false,
        "https" => true,
        _ => return Err(refuse("only http and https can be sent")),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.is_empty() {
        return Err(refuse("it names no host"));
    }
    if authority.contains('@') {
        return Err(refuse("a name and password belong in a header"));
    }
    if url.contains(|c: char| c.is_ascii_control() || c == ' ') {
        return Err(refuse("it contains a space or a control character"));
    }
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok(Url { secure, authority, path_and_query: format!("{slash}{path}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> (bool, &str, String) {
        let url = parse(url).expect("an address");
        (url.secure, url.authority, url.path_and_query)
    }

    #[test]
    fn an_address_is_taken_apart() {
        let whole = parts("https://api.example.com/v1/things?limit=3");
        assert_eq!(whole, (true, "api.example.com", "/v1/things?limit=3".into()));
        assert_eq!(parts("http://[::1]:80"), (false, "[::1]:80", "/".into()));
        assert_eq!(parts("HTTP://a?b#c"), (false, "a", "/?b".into()));
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        for url in ["", "a/b", "ftp://a/", "http:///b", "http://me:pw@a/", "http://a/b c", "http://a/\n"] {
            assert!(matches!(parse(url), Err(Error::Invalid(_))), "{url:?}");
        }
    }
}
