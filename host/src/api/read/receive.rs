//! Taking in the body of a request, and no more of all bodies together than there is memory for.

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

/// What a body costs while it comes in, for each of its bytes: it is gathered in a buffer that doubles.
const COST_RECEIVED: u64 = 2;

/// What a request costs until it is stored and answered, for each byte of its body. What is read of it, what is
/// written of it and the answer each hold its inputs once, some of them twice for a while.
const COST_READ: u64 = 8;

/// What any request costs beside.
const COST_BASE: u64 = 4 * 1024;

/// How long the rest of a refused body is taken and thrown away. Few clients read an answer before they have
/// sent everything.
const DISCARD_FOR: Duration = Duration::from_secs(1);

/// After how many seconds a caller may try again what there was no memory for.
const RETRY_SECONDS: u32 = 2;

/// A body, and the memory that its request may use until it is answered.
#[derive(Debug)]
pub(in crate::api) struct Received {
    pub(in crate::api) bytes: Bytes,
    pub(in crate::api) share: Share,
}

/// Why a body was not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Unreceived {
    /// It is larger than the call takes.
    TooLarge,
    /// It ended before its end.
    BrokeOff,
    /// It came too slowly.
    TooSlow,
    /// All requests together have no memory left.
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

/// The answer to a request that there is no memory for.
pub(in crate::api) fn no_memory() -> Problem {
    let detail = "the host has no memory left for this request; try again later";
    Problem::new(Kind::OVERLOADED, detail).with_header(RETRY_AFTER, RETRY_SECONDS.into())
}

/// Takes in a body of which nothing is read yet.
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

/// Takes in a body that will be read, stored and answered.
pub(super) async fn receive(request: Request, api: &Api) -> Result<Received, Unreceived> {
    let mut received = receive_raw(request, api).await?;
    let further = (COST_READ - COST_RECEIVED) * received.bytes.len() as u64 + COST_BASE;
    if received.share.grow(further) { Ok(received) } else { Err(Unreceived::NoMemory) }
}

/// Reads a body to its end. Most come in one piece, which is not copied.
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
