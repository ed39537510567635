//! The server of a stand-in: bound to a loopback port, stopped with its handle.

use std::io;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A server that runs until this handle is stopped or dropped.
#[derive(Debug)]
pub(super) struct Server {
    address: SocketAddr,
    stop_on_drop: DropGuard,
    served: JoinHandle<()>,
}

impl Server {
    /// Serves `router` on `address` until `stopping` is cancelled, which the handle does.
    ///
    /// Only on loopback: the ledger needs no key, and its keys are not secret.
    pub(super) async fn start(
        address: SocketAddr,
        router: Router,
        stopping: CancellationToken,
    ) -> io::Result<Self> {
        if !address.ip().is_loopback() {
            let refusal = format!("a stand-in serves loopback addresses only, and {address} is none");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, refusal));
        }
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let stopped = stopping.clone().cancelled_owned();
        let served = tokio::spawn(async move {
            // Serving ends only when it is stopped: axum retries failed accepts by itself.
            let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
        });
        Ok(Self { address, stop_on_drop: stopping.drop_guard(), served })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) async fn stop(self) {
        drop(self.stop_on_drop);
        // The only error is a panic of the server's task; there is nothing left to stop then.
        let _ = self.served.await;
    }
}
