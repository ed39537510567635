//! The conditions of requests to a stand-in: delays, error responses, broken connections.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use tokio_util::sync::CancellationToken;

use super::{Options, Pace};

/// The `Retry-After` of a server in trouble: the shortest that HTTP can express.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// The conditions of every request.
#[derive(Debug)]
pub(super) struct Conditions {
    pace: Pace,
    fault_rate: f64,
    rng: Mutex<StdRng>,
    faults: AtomicU64,
    /// An error response in the form of this server.
    error_answer: fn(StatusCode, &str) -> Response,
    stopping: CancellationToken,
}

/// A fault of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// An error response instead of the work.
    Refusal(StatusCode),
    /// The connection is closed instead of the work.
    ClosedBefore,
    /// The connection is closed after the work, so that only an idempotency key reveals the result.
    ClosedAfter,
}

const FAULTS: [Fault; 5] = [
    Fault::Refusal(StatusCode::INTERNAL_SERVER_ERROR),
    Fault::Refusal(StatusCode::SERVICE_UNAVAILABLE),
    Fault::Refusal(StatusCode::TOO_MANY_REQUESTS),
    Fault::ClosedBefore,
    Fault::ClosedAfter,
];

impl Conditions {
    pub(super) fn new(options: &Options, error_answer: fn(StatusCode, &str) -> Response) -> Self {
        Self {
            pace: options.pace,
            fault_rate: options.fault_rate.clamp(0.0, 1.0),
            rng: Mutex::new(StdRng::seed_from_u64(options.seed)),
            faults: AtomicU64::new(0),
            error_answer,
            stopping: CancellationToken::new(),
        }
    }

    pub(super) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Number of requests with a random fault.
    pub(super) fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// An error response, with `Retry-After` if its status has one.
    pub(super) fn refusal(&self, status: StatusCode) -> Response {
        let mut response = (self.error_answer)(status, "a fault that was asked for");
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }

    /// Sends no response until the stand-in stops.
    pub(super) async fn silence(&self) -> Response {
        self.stopping.cancelled().await;
        closed_connection()
    }

    fn draw(&self) -> (Duration, Option<Fault>) {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        let delay = self.pace.draw(&mut *rng);
        let meets_fault = rng.random_bool(self.fault_rate);
        let fault = if meets_fault { FAULTS.choose(&mut *rng).copied() } else { None };
        (delay, fault)
    }
}

/// Handles a request under the conditions of its stand-in.
///
/// The delay comes after the work: a caller that does not wait for the response finds the work done, as with the real
/// servers.
pub(super) async fn apply(
    State(conditions): State<Arc<Conditions>>,
    request: Request,
    next: Next,
) -> Response {
    let (delay, fault) = conditions.draw();
    if fault.is_some() {
        conditions.faults.fetch_add(1, Ordering::Relaxed);
    }
    match fault {
        Some(Fault::Refusal(status)) => return conditions.refusal(status),
        Some(Fault::ClosedBefore) => return closed_connection(),
        Some(Fault::ClosedAfter) | None => {}
    }
    let response = next.run(request).await;
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = conditions.stopping.cancelled() => {}
    }
    if fault == Some(Fault::ClosedAfter) { closed_connection() } else { response }
}

/// Closes the connection without a response.
///
/// A body that fails at once does it: the server drops the connection before it has sent the first byte.
pub(super) fn closed_connection() -> Response {
    let failure = Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionReset));
    Body::from_stream(futures::stream::iter([failure])).into_response()
}
