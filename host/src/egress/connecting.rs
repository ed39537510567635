//! Whether a request is waiting for a connection or for an answer.
//!
//! The guest sets one time for connecting and one for the answer, but the client does both in one call and
//! takes its connect timeout for all requests together. A service round the connector knows the difference.
//! A request reaches it by a task-local value, because the pool connects within the task that asks.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::watch;
use tower_service::Service;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

tokio::task_local! {
    static REQUEST: Connecting;
}

/// The signals of one request to and from the connector.
#[derive(Clone)]
pub(super) struct Connecting {
    limit: Duration,
    under_way: watch::Sender<bool>,
}

/// A connection that did not stand in time.
#[derive(Debug, thiserror::Error)]
#[error("no connection in time")]
pub(super) struct ConnectTimedOut;

impl Connecting {
    /// A request that gives the connector this long.
    pub(super) fn within(limit: Duration) -> Self {
        Self { limit, under_way: watch::Sender::new(false) }
    }

    /// Shows `true` while the request waits for the connector.
    pub(super) fn under_way(&self) -> watch::Receiver<bool> {
        self.under_way.subscribe()
    }

    /// Sends a request under these wishes.
    pub(super) async fn scope<F: Future>(self, request: F) -> F::Output {
        REQUEST.scope(self, request).await
    }

    async fn watch<T>(self, connect: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
        let _mark = Mark::set(&self.under_way);
        match tokio::time::timeout(self.limit, connect).await {
            Ok(connected) => connected,
            Err(_) => Err(ConnectTimedOut.into()),
        }
    }
}

/// Keeps the flag up, and takes it down also when the connector is dropped on its way.
struct Mark<'a>(&'a watch::Sender<bool>);

impl<'a> Mark<'a> {
    fn set(flag: &'a watch::Sender<bool>) -> Self {
        flag.send_replace(true);
        Self(flag)
    }
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.0.send_replace(false);
    }
}

/// A connector that knows for which request it works.
#[derive(Clone)]
pub(super) struct ConnectingService<S> {
    connector: S,
}

impl<S> ConnectingService<S> {
    pub(super) fn new(connector: S) -> Self {
        Self { connector }
    }
}

impl<S, Destination> Service<Destination> for ConnectingService<S>
where
    S: Service<Destination, Error = BoxError>,
    S::Future: Send + 'static,
    S::Response: 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, destination: Destination) -> Self::Future {
        let connect = self.connector.call(destination);
        match REQUEST.try_with(Connecting::clone) {
            Ok(request) => Box::pin(request.watch(connect)),
            // Outside of a request, the connector's own timeout still holds.
            Err(_) => Box::pin(connect),
        }
    }
}
