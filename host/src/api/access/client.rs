//! The client of a request: its address, and whether its connection is encrypted.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::HeaderMap;

/// The other end of a connection. The server puts one into the extensions of the requests of each connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: IpAddr,
    /// Whether it is a proxy of the settings, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub is_proxy: bool,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

/// The address of the client: behind a proxy, the one that the proxy saw.
pub(in crate::api) fn client_address(request: &Request) -> Option<IpAddr> {
    let peer = request.extensions().get::<Peer>()?;
    let forwarded = if peer.is_proxy { last(request.headers(), "x-forwarded-for") } else { None };
    Some(forwarded.and_then(|text| text.parse().ok()).unwrap_or(peer.address).to_canonical())
}

/// Whether the client's connection is encrypted: to this host, or to the proxy before it.
pub(in crate::api) fn is_encrypted(peer: Option<&Peer>, headers: &HeaderMap) -> bool {
    let by_proxy = || last(headers, "x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    peer.is_some_and(|peer| peer.is_tls || peer.is_proxy && by_proxy())
}

/// The last of the values of a header, which the nearest proxy added: earlier ones may be the client's own.
fn last<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let values = headers.get_all(name).iter().next_back()?.to_str().ok()?;
    values.rsplit(',').next().map(str::trim)
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(is_proxy: bool, forwarded: &str) -> Request {
        let peer = Peer { address: "192.0.2.1".parse().unwrap(), is_proxy, is_tls: false };
        let request = Request::builder().header("x-forwarded-for", forwarded).extension(peer);
        request.header("x-forwarded-proto", "https").body(Body::empty()).unwrap()
    }

    fn address(is_proxy: bool, forwarded: &str) -> String {
        client_address(&request(is_proxy, forwarded)).unwrap().to_string()
    }

    #[test]
    fn only_a_proxy_is_believed_and_only_what_it_added_itself() {
        assert_eq!(address(true, "10.0.0.1, 203.0.113.5"), "203.0.113.5");
        assert_eq!(address(false, "203.0.113.5"), "192.0.2.1");
        assert_eq!(address(true, "unknown"), "192.0.2.1");
        for is_proxy in [true, false] {
            let request = request(is_proxy, "");
            let peer = request.extensions().get::<Peer>();
            assert_eq!(is_encrypted(peer, request.headers()), is_proxy);
        }
    }
}
