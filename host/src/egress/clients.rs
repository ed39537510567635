//! The connection pools of the host: one client for each set of granted networks.
//!
//! Why not one client for all plugins: a pooled connection is reused without a look at its address. With one
//! pool, a plugin that may not reach `10.0.0.0/8` could be served by a connection that another plugin, which
//! may, has opened to the same name. Checking the address before each request would not help, because the
//! pool, not the check, picks the connection. So grants share a pool exactly when they share `networks`. Nearly
//! all name none and share the first client; a client more costs some kilobytes and its idle connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use ipnet::IpNet;
use rustls::ClientConfig;

use super::budget::BUFFER_BYTES_MAX;
use super::budgeted::BudgetedConnector;
use super::connecting::ConnectingService;
use super::lookup::Lookup;
use super::resolver::GuardedResolver;
use super::waiting::CONNECT_MAX;
use crate::ports::Body;

/// Sends requests over the connections of one pool. It follows no redirect and asks no proxy.
pub(super) type Client = HyperClient<ConnectingService<HttpsConnector<BudgetedConnector>>, Body>;

/// Clients kept at once. Only ever more when grants are rewritten again and again with ever other networks.
const CLIENTS_MAX: usize = 64;

/// Idle connections kept to one server: a burst of ten thousand jobs must not leave ten thousand sockets.
const IDLE_CONNECTIONS_MAX: usize = 256;

/// Time for which an idle connection is kept: shorter than servers usually keep theirs (a minute and more), so that
/// a request seldom meets a connection that is being closed.
const IDLE_MAX: Duration = Duration::from_secs(45);

/// Period of pings on a silent connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Most pings in a row without an answer.
const KEEP_ALIVE_TRIES: u32 = 3;

/// Makes and keeps the clients.
pub(super) struct Clients {
    lookup: Arc<Lookup>,
    tls: ClientConfig,
    by_networks: Mutex<HashMap<Vec<IpNet>, Client>>,
}

impl Clients {
    /// Makes none yet. `tls` says which servers are believed.
    pub(super) fn new(tls: ClientConfig) -> Self {
        Self { lookup: Arc::new(Lookup::new()), tls, by_networks: Mutex::default() }
    }

    /// The client that reaches public addresses and these networks.
    pub(super) fn reaching(&self, networks: &[IpNet]) -> Client {
        let mut key: Vec<IpNet> = networks.iter().map(IpNet::trunc).collect();
        key.sort();
        key.dedup();
        let mut clients = self.by_networks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return client.clone();
        }
        let client = self.build(&key);
        if clients.len() >= CLIENTS_MAX {
            // Requests in flight hold their client; only idle connections are lost.
            clients.clear();
        }
        clients.insert(key, client.clone());
        client
    }

    fn build(&self, networks: &[IpNet]) -> Client {
        let resolver = GuardedResolver::new(Arc::clone(&self.lookup), networks);
        let mut tcp = HttpConnector::new_with_resolver(resolver);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_MAX));
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(KEEP_ALIVE_TRIES));
        let connector = HttpsConnector::from((BudgetedConnector(tcp), self.tls.clone()));
        HyperClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_MAX)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .http1_max_buf_size(BUFFER_BYTES_MAX)
            .build(ConnectingService::new(connector))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tls;
    use super::*;

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn grants_share_a_client_exactly_when_they_name_the_same_networks() {
        let clients = Clients::new(tls::config().unwrap());
        for same in [&["10.0.0.0/8", "::1/128"], &["::1/128", "10.0.0.0/8"], &["10.1.2.3/8", "::1/128"]] {
            clients.reaching(&networks(same));
        }
        assert_eq!(clients.by_networks.lock().unwrap().len(), 1);
        clients.reaching(&[]);
        assert_eq!(clients.by_networks.lock().unwrap().len(), 2);
    }
}
