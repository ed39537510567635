//! The value of `Host`: a host, or a host and a port (RFC 9110, 7.2), and no other part of a URL.

use std::net::{Ipv4Addr, Ipv6Addr};

/// A host, without its port.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum HostPort<'a> {
    /// A name.
    Name(&'a str),
    /// An address.
    V4(Ipv4Addr),
    /// An address in brackets.
    V6(Ipv6Addr),
}

impl<'a> HostPort<'a> {
    /// Reads `host` or `host:port`.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest.split_once(']')?;
            let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
            return address.parse().ok().filter(|_| is_port).map(Self::V6);
        }
        let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
        if !is_name(host) || !port.is_none_or(is_port) {
            return None;
        }
        Some(host.parse().map_or(Self::Name(host), Self::V4))
    }

    /// Whether it is a name or address of this machine, without asking a name server.
    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => {
                let name = name.to_ascii_lowercase();
                name == "localhost" || name.ends_with(".localhost")
            }
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

/// An empty port is valid: it is the default one.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && (text.is_empty() || text.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_has_a_name_or_an_address_and_perhaps_a_port() {
        assert_eq!(HostPort::parse("shop.example:8080"), Some(HostPort::Name("shop.example")));
        assert_eq!(HostPort::parse("127.0.0.1"), Some(HostPort::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(HostPort::parse("[::1]:80"), Some(HostPort::V6(Ipv6Addr::LOCALHOST)));
        assert!(HostPort::parse("LOCALHOST:").is_some_and(|host| host.is_loopback()));
    }

    #[test]
    fn what_else_a_url_may_hold_is_no_host() {
        let wrong = [
            "",
            ":80",
            "me@localhost",
            "localhost/x",
            "localhost?x",
            "localhost#x",
            "localhost:80/",
            "a b",
            "localhost:x",
            "localhost:65536",
            "localhost:1:2",
            "::1",
            "[::1",
            "[::1]x",
            "[localhost]",
            "a,b",
            "http://localhost",
            "localhost\\x",
        ];
        for text in wrong {
            assert_eq!(HostPort::parse(text), None, "{text:?}");
        }
    }
}
