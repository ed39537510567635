//! The connection pools of the host: one client for each set of granted networks.
//!
//! Why not one client for everybody: a pooled connection is reused without a look at its address. With one
//! pool, a plugin that may not reach `10.0.0.0/8` could be served by a connection that another plugin, which
//! may, has opened to the same name. Checking the address before each request would not help, because the
//! pool, not the check, picks the connection. So grants share a pool exactly when they share `networks`. Nearly
//! all name none and share the first client; a client more costs some kilobytes and its idle connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use reqwest::{Client, ClientBuilder, redirect};

use super::connecting::ConnectingLayer;
use super::lookup::Lookup;
use super::resolver::GuardedResolver;
use super::waiting::CONNECT_MAX;

/// Clients kept at once. Only ever more when grants are rewritten again and again with ever other networks.
const CLIENTS_MAX: usize = 64;

/// Idle connections kept to one server: a burst of ten thousand jobs must not leave ten thousand sockets.
const IDLE_CONNECTIONS_MAX: usize = 256;

/// How long an idle connection is kept: shorter than servers usually keep theirs (a minute and more), so that
/// a request seldom meets a connection that is being closed.
const IDLE_MAX: Duration = Duration::from_secs(45);

/// Makes and keeps the clients.
pub(super) struct Clients {
    lookup: Arc<Lookup>,
    by_networks: Mutex<HashMap<Vec<IpNet>, Client>>,
}

impl Clients {
    pub(super) fn new() -> Self {
        Self { lookup: Arc::new(Lookup::new()), by_networks: Mutex::default() }
    }

    /// The client that reaches public addresses and these networks.
    pub(super) fn reaching(&self, networks: &[IpNet]) -> Result<Client, reqwest::Error> {
        let mut key: Vec<IpNet> = networks.iter().map(IpNet::trunc).collect();
        key.sort();
        key.dedup();
        let mut clients = self.by_networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = self.build(&key)?;
        if clients.len() >= CLIENTS_MAX {
            // Requests in flight hold their client; only idle connections are lost.
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn build(&self, networks: &[IpNet]) -> Result<Client, reqwest::Error> {
        self.settings(networks).build().or_else(|error| {
            // A bare container may have no certificates at all. Plain http must work there none the less.
            tracing::warn!(%error, "no CA certificates were found: https requests of plugins will fail");
            self.settings(networks).tls_certs_only([]).build()
        })
    }

    fn settings(&self, networks: &[IpNet]) -> ClientBuilder {
        Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .no_proxy()
            // One HTTP/2 connection would carry all requests to a server: a hundred at a time at most, each
            // waiting for the lost packets of the others, and all failing with it. HTTP/1 opens one for each.
            .http1_only()
            .dns_resolver(Arc::new(GuardedResolver::new(Arc::clone(&self.lookup), networks)))
            .connector_layer(ConnectingLayer)
            .connect_timeout(CONNECT_MAX)
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn grants_share_a_client_exactly_when_they_name_the_same_networks() {
        let clients = Clients::new();
        for same in [&["10.0.0.0/8", "::1/128"], &["::1/128", "10.0.0.0/8"], &["10.1.2.3/8", "::1/128"]] {
            clients.reaching(&networks(same)).unwrap();
        }
        assert_eq!(clients.by_networks.lock().unwrap().len(), 1);
        clients.reaching(&[]).unwrap();
        assert_eq!(clients.by_networks.lock().unwrap().len(), 2);
    }
}
