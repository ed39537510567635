//! Header fields that name the host, origin and site of a request: each at most once, and well-formed.
//!
//! Of two fields a proxy in front might check the first and this host the second.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, HOST, ORIGIN};

use super::host_port::HostPort;
use crate::api::problem::{Kind, Problem};

/// Refuses headers that repeat the host, the origin or the site, or whose host is malformed.
pub(in crate::api) fn well_formed(headers: &HeaderMap) -> Result<(), Problem> {
    for name in [HOST.as_str(), ORIGIN.as_str(), "sec-fetch-site"] {
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(Problem::new(Kind::MALFORMED, format!("the header {name} is given twice")));
        }
    }
    match headers.get(HOST) {
        Some(host) if host.to_str().ok().and_then(HostPort::parse).is_none() => {
            Err(Problem::new(Kind::MALFORMED, "the header host must be a host, or a host and a port"))
        }
        _ => Ok(()),
    }
}

/// Whether the client shows pages, as a browser does.
pub(in crate::api) fn accepts_pages(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(pairs: &[(&'static str, &'static str)]) -> Result<(), String> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        well_formed(&headers).map_err(|problem| problem.detail().to_owned())
    }

    #[test]
    fn where_a_request_is_from_and_for_whom_is_said_once() {
        assert_eq!(answer(&[]), Ok(()));
        assert_eq!(
            answer(&[("host", "shop.example:80"), ("origin", "null"), ("sec-fetch-site", "none")]),
            Ok(())
        );
        for name in ["host", "origin", "sec-fetch-site"] {
            let twice = answer(&[(name, "localhost"), (name, "localhost")]);
            assert!(twice.unwrap_err().contains("given twice"), "{name}");
        }
        assert!(answer(&[("host", "me@localhost")]).unwrap_err().contains("a host and a port"));
    }
}
