//! Receiving the body of a request, within the memory for all requests.

use std::error::Error;
use std::time::Duration;

use axum::RequestExt;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, LengthLimitError};

use super::pace::{Pace, TooSlow};
use crate::api::Api;
use crate::api::problem::{Kind, Problem};
use crate::ports::Share;

/// The memory of a body while it is received, per byte: it is gathered in a buffer that doubles.
const COST_RECEIVED: u64 = 2;

/// The memory of a request until the response, per byte of its body. The parsed request, the records and the response
/// each hold its inputs once, some of them twice for a while.
const COST_READ: u64 = 8;

/// The memory of any request beside its body.
const COST_BASE: u64 = 4 * 1024;

/// The time for which the rest of a refused body is read and dropped: few clients read a response before they have
/// sent the whole body.
const DISCARD_FOR: Duration = Duration::from_secs(1);

/// Seconds until a retry after a lack of memory.
const RETRY_SECONDS: u32 = 2;

/// A body, and the memory of its request until the response.
#[derive(Debug)]
pub(in crate::api) struct Received {
    pub(in crate::api) bytes: Bytes,
    pub(in crate::api) share: Share,
}

/// The reason why a body was not received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Unreceived {
    /// It is larger than the operation accepts.
    TooLarge,
    /// The connection broke within it.
    BrokeOff,
    /// It arrived too slowly.
    TooSlow,
    /// The memory for all requests is used up.
    NoMemory,
}

impl From<Unreceived> for Problem {
    fn from(unreceived: Unreceived) -> Self {
        match unreceived {
            Unreceived::TooLarge => {
                Problem::new(Kind::TOO_LARGE, "the request body is larger than this operation accepts")
            }
            Unreceived::BrokeOff => {
                Problem::new(Kind::MALFORMED, "the connection broke within the request body")
            }
            Unreceived::TooSlow => Problem::new(
                Kind::TOO_SLOW,
                "the request body arrived too slowly: no pause may be longer than the setting `client_timeout`, and \
                 after that time the average must be at least 64 KiB per second",
            ),
            Unreceived::NoMemory => no_memory(),
        }
    }
}

impl From<TooSlow> for Unreceived {
    fn from(TooSlow: TooSlow) -> Self {
        Self::TooSlow
    }
}

impl IntoResponse for Unreceived {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// The response to a request for which there is no memory.
pub(in crate::api) fn no_memory() -> Problem {
    let detail = "the host has no memory left for this request; try again later";
    Problem::new(Kind::OVERLOADED, detail).with_header(RETRY_AFTER, RETRY_SECONDS.into())
}

/// Receives a body that is not parsed.
pub(super) async fn receive_raw(request: Request, api: &Api) -> Result<Received, Unreceived> {
    let mut share = Share::of(api.requests.clone());
    let mut body = request.into_limited_body();
    match gather(&mut body, &mut share, Pace::new(api.client_timeout)).await {
        Ok(bytes) => Ok(Received { bytes, share }),
        Err(unreceived) => {
            drop(share);
            let rest = async { while let Some(Ok(_)) = body.frame().await {} };
            let _ = tokio::time::timeout(DISCARD_FOR, rest).await;
            Err(unreceived)
        }
    }
}

/// Receives a body that will be parsed and stored.
pub(super) async fn receive(request: Request, api: &Api) -> Result<Received, Unreceived> {
    let mut received = receive_raw(request, api).await?;
    let further = (COST_READ - COST_RECEIVED) * received.bytes.len() as u64 + COST_BASE;
    if received.share.grow(further) { Ok(received) } else { Err(Unreceived::NoMemory) }
}

/// Reads a body to its end. Most arrive in one piece, which is not copied.
async fn gather(body: &mut Body, share: &mut Share, mut pace: Pace) -> Result<Bytes, Unreceived> {
    let (mut first, mut all) = (Bytes::new(), Vec::new());
    while let Some(frame) = pace.wait_for(body.frame()).await? {
        let Ok(data) = frame.map_err(|error| why(&error))?.into_data() else { continue };
        pace.came(data.len());
        if !share.grow(COST_RECEIVED * data.len() as u64) {
            return Err(Unreceived::NoMemory);
        }
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        all.extend_from_slice(&std::mem::take(&mut first));
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.into() })
}

fn why(error: &axum::Error) -> Unreceived {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return Unreceived::TooLarge;
        }
        cause = error.source();
    }
    Unreceived::BrokeOff
}
