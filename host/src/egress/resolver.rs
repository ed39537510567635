//! The resolver that the client asks: it hands out only addresses that may be connected to.
//!
//! Checking here, and not before the request, is what binds the check to the connection: the connector gets
//! these very addresses, and there is no second resolution that could answer otherwise (DNS rebinding).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use ipnet::IpNet;
use tower_service::Service;

use super::connecting::BoxError;
use super::lookup::Lookup;
use crate::domain::egress_policy::{RefusedAddress, guard_address};

/// Resolves names for the grants of one set of networks.
#[derive(Clone)]
pub(super) struct GuardedResolver {
    lookup: Arc<Lookup>,
    networks: Arc<[IpNet]>,
}

impl GuardedResolver {
    pub(super) fn new(lookup: Arc<Lookup>, networks: &[IpNet]) -> Self {
        Self { lookup, networks: networks.into() }
    }
}

impl Service<Name> for GuardedResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (lookup, networks) = (Arc::clone(&self.lookup), Arc::clone(&self.networks));
        async move {
            let addresses = lookup.resolve(name.as_str()).await?;
            let allowed = allowed(&addresses, &networks)?;
            // Port 0 lets the connector put in the port of the URL.
            let addresses = allowed.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(addresses.collect::<Vec<_>>().into_iter())
        }
        .boxed()
    }
}

/// The addresses that may be connected to. A name may have others beside them, as `localhost` has `::1`
/// beside `127.0.0.1`; only a name with none that is allowed is refused, for the first of them.
fn allowed(addresses: &[IpAddr], networks: &[IpNet]) -> Result<Vec<IpAddr>, RefusedAddress> {
    let mut refused = None;
    let mut allowed = Vec::new();
    for &address in addresses {
        match guard_address(address, networks) {
            Ok(()) => allowed.push(address),
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match refused {
        Some(refusal) if allowed.is_empty() => Err(refusal),
        _ => Ok(allowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn only_allowed_addresses_are_handed_out() {
        let mixed = addresses(&["10.0.0.1", "1.1.1.1", "::1"]);
        assert_eq!(allowed(&mixed, &[]).unwrap(), addresses(&["1.1.1.1"]));
        let networks = ["10.0.0.0/8".parse().unwrap()];
        assert_eq!(allowed(&mixed, &networks).unwrap(), addresses(&["10.0.0.1", "1.1.1.1"]));
    }

    #[test]
    fn a_name_with_no_allowed_address_is_refused_for_the_first() {
        let refused = allowed(&addresses(&["10.0.0.1", "::1"]), &[]).unwrap_err();
        assert_eq!(refused.address.to_string(), "10.0.0.1");
    }
}
