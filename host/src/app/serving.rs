//! The accept loop: every connection in a task of its own, no more of them than there are places, and none
//! kept for a client that says nothing.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tracing::{debug, warn};

/// How long no connection is accepted after the system could not give one, most often for want of files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// What clients may take of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClientLimits {
    /// Connections at the same time. Further ones wait in the system's queue.
    pub(super) connections: usize,
    /// How long a client may be silent where it should speak: before and within the headers of a request,
    /// so also between two requests, and between two parts of a body. Answers may take as long as they want.
    pub(super) silence: Duration,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self { connections: 10_000, silence: Duration::from_secs(30) }
    }
}

/// Serves until `closing`, then finishes the requests that are under way.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: ClientLimits,
    closing: CancellationToken,
) {
    let router = router.layer(RequestBodyTimeoutLayer::new(limits.silence));
    let mut door = Door { listener, places: Arc::new(Semaphore::new(limits.connections)), is_full: false };
    let connections = TaskTracker::new();
    while let Some((stream, place)) = closing.run_until_cancelled(door.next()).await {
        let connection =
            Connection { stream, router: router.clone(), silence: limits.silence, _place: place };
        connections.spawn(connection.serve(closing.clone()));
    }
    drop(door);
    connections.close();
    connections.wait().await;
}

/// Where connections come in.
struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    is_full: bool,
}

impl Door {
    /// The next connection, when there is a place for it.
    async fn next(&mut self) -> (TcpStream, OwnedSemaphorePermit) {
        let place = self.place().await;
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) => return (stream, place),
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    async fn place(&mut self) -> OwnedSemaphorePermit {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            self.is_full = false;
            return place;
        }
        if !std::mem::replace(&mut self.is_full, true) {
            warn!("as many clients are connected as the setting `connections` allows; further ones wait");
        }
        Arc::clone(&self.places).acquire_owned().await.expect("the semaphore is never closed")
    }
}

/// Whether the client went away before it was accepted.
fn is_of_the_client(error: &io::Error) -> bool {
    let kinds = [ErrorKind::ConnectionRefused, ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset];
    kinds.contains(&error.kind())
}

struct Connection {
    stream: TcpStream,
    router: Router,
    silence: Duration,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, closing: CancellationToken) {
        // An event of a stream is small, and must not wait for the one after it.
        let _ = self.stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.silence)
            .serve_connection(TokioIo::new(self.stream), TowerToHyperService::new(self.router));
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = closing.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            debug!(%error, "a connection broke off");
        }
    }
}
