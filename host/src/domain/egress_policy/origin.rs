//! Origins: the servers that requests go to.

use std::fmt;

use url::{Host, Url};

/// How a request travels.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scheme {
    /// In the clear.
    Http,
    /// Encrypted.
    Https,
}

impl Scheme {
    fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// Scheme, host and port of a server. Host names are lower case, without a trailing dot.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Origin {
    scheme: Scheme,
    pub(super) host: Host<String>,
    port: u16,
}

impl Origin {
    /// The origin of a URL that the URL standard's parser has read, and so already brought into one form:
    /// lower case, punycode, `127.1` and `0x7f000001` as `127.0.0.1`.
    pub fn of(url: &Url) -> Result<Self, String> {
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            other => return Err(format!("{other:?} cannot be sent; only http and https can")),
        };
        let host = match url.host().ok_or("it names no host")? {
            Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(name).to_owned()),
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => Host::Ipv6(address),
        };
        if matches!(&host, Host::Domain(name) if name.is_empty()) {
            return Err("it names no host".to_owned());
        }
        Ok(Self { scheme, host, port: url.port().unwrap_or(scheme.default_port()) })
    }

    /// How requests travel to it.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its name or address.
    pub fn host(&self) -> &Host<String> {
        &self.host
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Result<Origin, String> {
        Origin::of(&Url::parse(text).unwrap())
    }

    #[test]
    fn an_origin_is_shown_without_its_default_port() {
        assert_eq!(origin("HTTPS://A.b.:443/x").unwrap().to_string(), "https://a.b");
        assert_eq!(origin("http://[::1]:9100").unwrap().to_string(), "http://[::1]:9100");
    }

    #[test]
    fn only_web_servers_are_origins() {
        assert!(origin("ftp://a").unwrap_err().contains("only http and https"));
        assert!(origin("https://.").unwrap_err().contains("no host"));
    }
}
