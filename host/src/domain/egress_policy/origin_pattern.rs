//! Patterns of origins: what the lines of a grant are written in.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use url::{Host, Url};

use super::Origin;

/// Origins that a grant names: one, or with `*.` before its host all subdomains of it, but not itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OriginPattern {
    origin: Origin,
    subdomains: bool,
}

impl OriginPattern {
    /// Whether the pattern names this origin.
    pub fn matches(&self, origin: &Origin) -> bool {
        if self.subdomains { self.is_above(origin) } else { self.origin == *origin }
    }

    /// Whether every origin of the other pattern is one of this pattern too.
    pub fn covers(&self, other: &OriginPattern) -> bool {
        match (self.subdomains, other.subdomains) {
            (false, true) => false,
            (true, true) => self.origin == other.origin || self.is_above(&other.origin),
            (_, false) => self.matches(&other.origin),
        }
    }

    fn is_above(&self, origin: &Origin) -> bool {
        let (Host::Domain(parent), Host::Domain(name)) = (&self.origin.host, &origin.host) else {
            return false;
        };
        let below = name.strip_suffix(parent.as_str()).and_then(|rest| rest.strip_suffix('.'));
        self.origin.scheme() == origin.scheme()
            && self.origin.port() == origin.port()
            && below.is_some_and(|labels| !labels.is_empty())
    }
}

impl FromStr for OriginPattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| {
            format!(
                "{text:?} is not scheme://host[:port] such as \"https://api.stripe.com\" or \"https://*.example.com\": {why}"
            )
        };
        refuse_hidden_parts(text).map_err(wrong)?;
        let url = Url::parse(text).map_err(|error| wrong(&error.to_string()))?;
        if url.path() != "/" {
            return Err(wrong("a path belongs into \"path\""));
        }
        let mut origin = Origin::of(&url).map_err(|why| wrong(&why))?;
        let Host::Domain(name) = &origin.host else {
            return Ok(Self { origin, subdomains: false });
        };
        let parent = name.strip_prefix("*.");
        let subdomains = parent.is_some();
        let parent = parent.unwrap_or(name).to_owned();
        if parent.contains('*') {
            return Err(wrong("a * stands only for the whole first part of the host name"));
        }
        if subdomains && parent.parse::<Ipv4Addr>().is_ok() {
            return Err(wrong("an address has no subdomains"));
        }
        origin.host = Host::Domain(parent);
        Ok(Self { origin, subdomains })
    }
}

impl fmt::Display for OriginPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin.to_string();
        match origin.split_once("://") {
            Some((scheme, host)) if self.subdomains => write!(f, "{scheme}://*.{host}"),
            _ => f.write_str(&origin),
        }
    }
}

/// Refuses what the parser would read, and silently drop or reinterpret, in a text that should be an origin.
fn refuse_hidden_parts(text: &str) -> Result<(), &'static str> {
    if text.contains('@') {
        return Err("it has a user name; credentials belong in a secret");
    }
    if text.contains(['?', '#']) {
        return Err("a query or fragment is no part of it");
    }
    if text.contains(|c: char| c == '\\' || c.is_whitespace() || c.is_control()) {
        return Err("it contains a backslash, a space or a control character");
    }
    if !text.contains("://") {
        return Err("it does not begin with http:// or https://");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> OriginPattern {
        text.parse().unwrap()
    }

    fn origin(text: &str) -> Origin {
        Origin::of(&Url::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn a_pattern_is_shown_as_it_is_written() {
        for text in
            ["https://api.stripe.com", "http://*.example.com:8080", "http://[::1]", "https://10.0.0.1"]
        {
            assert_eq!(pattern(text).to_string(), text);
        }
    }

    #[test]
    fn one_server_is_one_origin_however_it_is_written() {
        let stripe = pattern("https://api.stripe.com");
        for same in ["https://API.Stripe.COM", "https://api.stripe.com:443/", "https://api.stripe.com./v1"] {
            assert!(stripe.matches(&origin(same)), "{same}");
        }
        for other in [
            "http://api.stripe.com",
            "https://api.stripe.com:8443",
            "https://api.stripe.com.evil.example",
            "https://xapi.stripe.com",
            "https://stripe.com",
        ] {
            assert!(!stripe.matches(&origin(other)), "{other}");
        }
    }

    #[test]
    fn addresses_are_compared_as_addresses() {
        assert!(pattern("http://127.0.0.1:9100").matches(&origin("http://0x7f.1:9100")));
        assert!(pattern("http://[::1]:80").matches(&origin("http://[0:0:0:0:0:0:0:1]/")));
        assert!(!pattern("http://127.0.0.1").matches(&origin("http://[::ffff:127.0.0.1]")));
    }

    #[test]
    fn a_star_stands_for_subdomains_only() {
        let wild = pattern("https://*.example.com");
        assert!(wild.matches(&origin("https://a.example.com")));
        assert!(wild.matches(&origin("https://a.b.EXAMPLE.com.")));
        for other in ["https://example.com", "https://badexample.com", "https://a.example.com:8443"] {
            assert!(!wild.matches(&origin(other)), "{other}");
        }
    }

    #[test]
    fn a_pattern_covers_what_it_matches_in_whole() {
        let wild = pattern("https://*.example.com");
        assert!(wild.covers(&pattern("https://a.example.com")) && wild.covers(&wild));
        assert!(wild.covers(&pattern("https://*.a.example.com")));
        assert!(!pattern("https://a.example.com").covers(&wild));
        assert!(!wild.covers(&pattern("https://*.com")));
    }

    #[test]
    fn what_is_no_origin_is_refused_with_the_reason() {
        for (text, why) in [
            ("api.stripe.com", "http://"),
            ("ftp://a", "only http"),
            ("https://", "host"),
            ("https://me@a", "user name"),
            ("https://a/v1", "\"path\""),
            ("https://a?b", "query"),
            ("https://a\\@b", "user name"),
            ("https://a\\b", "backslash"),
            ("https://*", "*"),
            ("https://a.*.com", "*"),
            ("https://a:99999", "port"),
        ] {
            let error = text.parse::<OriginPattern>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
