//! The accept loop: every connection in a task of its own, at most as many as there are slots, and none kept for a
//! client that sends or reads nothing.

mod address;
mod proxies;
mod slots;
mod tls;
mod write_timeout;

use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use axum::middleware::{AddExtension, map_request};
use axum::{Extension, Router};
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_layer::Layer;
use tracing::{debug, warn};

use crate::api::{OnToken, Peer};
use crate::metering::catalog::CONNECTIONS_CLOSED;
use address::Address;
pub use proxies::Proxies;
use slots::{Bounds, Full, Slot, Slots};
pub(super) use tls::Tls;
use write_timeout::WriteTimeout;

/// The pause after a failed accept, most often for lack of files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The most bytes of one connection that are read ahead or wait to be written; also the largest head of a request.
const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Most requests at the same time on one connection of HTTP/2.
const STREAMS_MAX: u32 = 100;

/// The largest head of a request of HTTP/2, in bytes.
const HEADER_BYTES_MAX: u32 = 64 * 1024;

/// The limits of clients.
#[derive(Debug, Clone)]
pub(super) struct ClientLimits {
    /// Most connections at the same time. Further ones wait in the queue of the system.
    pub(super) connections: usize,
    /// Most connections at the same time from one remote address.
    pub(super) per_address: usize,
    /// Addresses of proxies, behind which there are many clients; they are not counted.
    pub(super) proxies: Proxies,
    /// The longest time without a byte from a client before and within the headers of a request, thus also between two
    /// requests, and without progress of a write to it. Responses may take any time. The rate of a body is checked where
    /// it is read.
    pub(super) silence: Duration,
    /// Whether the host has tokens, which distinguish clients from anonymous ones.
    pub(super) have_tokens: Arc<AtomicBool>,
}

/// Serves until `closing`, then finishes the current requests.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ClientLimits,
    tls: Option<Arc<Tls>>,
    closing: CancellationToken,
) {
    let silence = limits.silence;
    let mut acceptor = Acceptor::new(listener, limits, tls.is_some());
    // HTTP/2 has no `Host`.
    let router = if tls.is_some() { router.layer(map_request(name_host)) } else { router };
    let connections = TaskTracker::new();
    while let Some((stream, peer, slot)) = closing.run_until_cancelled(acceptor.next()).await {
        let tls = tls.clone();
        let connection = Connection { stream, peer, tls, router: router.clone(), silence, slot };
        connections.spawn(connection.serve(closing.clone()));
    }
    drop(acceptor);
    connections.close();
    connections.wait().await;
}

/// The source of connections.
struct Acceptor {
    listener: TcpListener,
    slots: Arc<Slots>,
    proxies: Proxies,
    is_full: bool,
    is_tls: bool,
}

impl Acceptor {
    fn new(listener: TcpListener, limits: ClientLimits, is_tls: bool) -> Self {
        let slots = Slots::new(Bounds {
            in_all: limits.connections,
            per_address: limits.per_address,
            tells_strangers: limits.have_tokens,
        });
        Self { listener, slots, proxies: limits.proxies, is_full: false, is_tls }
    }

    /// The next connection, as soon as there is a slot for it.
    async fn next(&mut self) -> (TcpStream, Peer, Arc<Slot>) {
        loop {
            self.vacancy().await;
            match self.listener.accept().await {
                Ok((stream, remote)) => {
                    if let Some(slot) = self.slot(remote.ip()).await {
                        return (stream, self.peer(remote.ip()), slot);
                    }
                }
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn peer(&self, remote: IpAddr) -> Peer {
        let address = remote.to_canonical();
        Peer { address, is_proxy: self.proxies.contains(address), is_tls: self.is_tls }
    }

    async fn vacancy(&mut self) {
        if self.slots.is_vacant() {
            self.is_full = false;
            return;
        }
        if !std::mem::replace(&mut self.is_full, true) {
            warn!("as many clients are connected as the setting `connections` allows; further ones wait");
        }
        self.slots.vacancy().await;
    }

    /// A slot for an accepted client; `None` when its address has the most that it may. If the last anonymous connection
    /// has just shown a token, the client waits, as it would have before it was accepted.
    async fn slot(&mut self, remote: IpAddr) -> Option<Arc<Slot>> {
        let address = Address::counted(remote, &self.proxies);
        loop {
            match self.slots.take(address) {
                Ok(slot) => return Some(slot),
                Err(Full::Host) => self.vacancy().await,
                Err(Full::Address) => {
                    debug!(%remote, "refused: it has as many connections as `connections_per_address` allows");
                    CONNECTIONS_CLOSED.with(["per-address"]).increment(1);
                    return None;
                }
            }
        }
    }
}

/// Whether the client disconnected before it was accepted.
fn is_of_the_client(error: &io::Error) -> bool {
    let kinds = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset];
    kinds.contains(&error.kind())
}

/// Gives a request of HTTP/2 the `Host` that it has as its authority, by which access is controlled.
async fn name_host(mut request: Request) -> Request {
    let authority = request.uri().authority().map(|authority| HeaderValue::from_str(authority.as_str()));
    if let Some(Ok(authority)) = authority
        && !request.headers().contains_key(HOST)
    {
        request.headers_mut().insert(HOST, authority);
    }
    request
}

struct Connection {
    stream: TcpStream,
    peer: Peer,
    tls: Option<Arc<Tls>>,
    router: Router,
    silence: Duration,
    slot: Arc<Slot>,
}

impl Connection {
    async fn serve(self, closing: CancellationToken) {
        // An event of a stream is small, and must not wait for the next one.
        let _ = self.stream.set_nodelay(true);
        let known = Arc::clone(&self.slot);
        let on_token = Extension(OnToken::new(move || known.keep()));
        let router = on_token.layer(Extension(self.peer).layer(self.router));
        let stream = WriteTimeout::new(self.stream, self.silence);
        let served = async {
            let Some(tls) = self.tls else { return http1(stream, router, self.silence, closing).await };
            let handshake = tokio::time::timeout(self.silence, tls.acceptor().accept(stream));
            let stream = handshake.await.map_err(io::Error::from)??;
            match stream.get_ref().1.alpn_protocol() {
                Some(b"h2") => http2(stream, router, self.silence, closing).await,
                _ => http1(stream, router, self.silence, closing).await,
            }
        };
        let ended: Result<(), Broken> = tokio::select! {
            ended = served => ended,
            () = self.slot.lost() => return,
        };
        if let Err(error) = ended {
            debug!(%error, "a connection broke off");
        }
    }
}

/// The routes of the host for one connection.
type Service = AddExtension<AddExtension<Router, Peer>, OnToken>;

/// Why a connection ended early.
type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Serves HTTP/1.1 on a stream until the client or the host closes it.
async fn http1(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: Service,
    silence: Duration,
    closing: CancellationToken,
) -> Result<(), Broken> {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(silence)
        .max_buf_size(BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => Ok(ended?),
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            Ok(connection.await?)
        }
    }
}

/// The same with HTTP/2. A client that is silent is asked for a sign of life, and must give it within the same time.
async fn http2(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    service: Service,
    silence: Duration,
    closing: CancellationToken,
) -> Result<(), Broken> {
    let connection = http2::Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(silence)
        .keep_alive_timeout(silence)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => Ok(ended?),
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            Ok(connection.await?)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::pin::pin;

    use super::*;

    async fn acceptor(connections: usize) -> Acceptor {
        let limits = ClientLimits {
            connections,
            per_address: connections,
            proxies: Proxies::default(),
            silence: Duration::from_secs(30),
            have_tokens: Arc::new(true.into()),
        };
        Acceptor::new(TcpListener::bind("127.0.0.1:0").await.unwrap(), limits, false)
    }

    #[tokio::test]
    async fn a_client_that_is_here_waits_when_the_last_stranger_turns_out_to_be_known() {
        let mut acceptor = acceptor(1).await;
        let remote = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let known = acceptor.slot(remote).await.unwrap();
        // An anonymous connection holds the only slot, so that the next client is accepted. Then it shows a token.
        assert!(acceptor.slots.is_vacant());
        known.keep();
        let mut waiting = pin!(acceptor.slot(remote));
        tokio::select! {
            biased;
            slot = waiting.as_mut() => panic!("it has to wait: {}", slot.is_some()),
            () = std::future::ready(()) => {}
        }
        drop(known);
        let slot = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        assert!(slot.expect("it is let in").is_some());
    }

    #[tokio::test]
    async fn an_address_full_of_known_clients_is_refused() {
        let mut acceptor = acceptor(1).await;
        let remote = IpAddr::from([192, 0, 2, 1]);
        let known = acceptor.slot(remote).await.unwrap();
        known.keep();
        assert!(acceptor.slot(remote).await.is_none());
    }
}
