//! The body of a request: its media type, its size and its syntax, before any field is read.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::value::RawValue;

use super::receive::{self, Received, Unreceived};
use super::value::{Read, Value};
use crate::api::Api;
use crate::api::problem::{Kind, Problem};
use crate::domain::{Digest, Json, json_fingerprint};
use crate::ports::Share;

/// The memory of one row of a submission until the response, beside its bytes. A row is a job, a tag, or a parent.
/// Storage holds a copy of a page for each until all are written.
const COST_ROW: u64 = 4 * 1024;

/// A request body that is declared as JSON.
pub(in crate::api) struct Body(Received);

impl Body {
    /// Reads the body's value.
    pub(in crate::api) fn read<T>(&self, read: impl FnOnce(Value<'_>) -> Read<T>) -> Result<T, Problem> {
        let raw: &RawValue = serde_json::from_slice(self.bytes()).map_err(|error| self.not_json(&error))?;
        read(Value::new(raw, String::new())).map_err(Problem::fields)
    }

    /// The digest of the body's meaning.
    pub(in crate::api) fn fingerprint(&self) -> Digest {
        json_fingerprint(&String::from_utf8_lossy(self.bytes()))
    }

    /// Drops the text. Returns the memory of the request with so many rows, to hold until they are stored.
    pub(in crate::api) fn into_share(self, rows: usize) -> Result<Share, Problem> {
        let mut share = self.0.share;
        let cost = (rows as u64).saturating_mul(COST_ROW);
        if share.grow(cost) { Ok(share) } else { Err(receive::no_memory()) }
    }

    fn bytes(&self) -> &[u8] {
        &self.0.bytes
    }

    fn not_json(&self, error: &serde_json::Error) -> Problem {
        let detail = match self.bytes().is_empty() {
            true => "the request has no body; it must be a JSON object".to_owned(),
            false => format!("the request body is not JSON: {error}"),
        };
        Problem::new(Kind::MALFORMED, detail)
    }
}

impl FromRequest<Api> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        refuse_other_media_types(request.headers())?;
        Ok(Self(receive::receive(request, api).await?))
    }
}

/// Reads JSON that is there already.
pub(in crate::api) fn read_json<T>(json: &Json, read: impl FnOnce(Value<'_>) -> Read<T>) -> Read<T> {
    let raw: &RawValue = serde_json::from_str(json.as_str()).expect("its text was checked");
    read(Value::new(raw, String::new()))
}

/// A request body that is not parsed.
pub(in crate::api) struct RawBody {
    pub(in crate::api) bytes: Bytes,
    /// To hold as long as the bytes.
    pub(in crate::api) share: Share,
}

impl FromRequest<Api> for RawBody {
    type Rejection = Unreceived;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Unreceived> {
        let Received { bytes, share } = receive::receive_raw(request, api).await?;
        Ok(Self { bytes, share })
    }
}

/// Requires the media type of JSON, which browsers do not send across sites without permission, unlike forms and plain
/// text.
fn refuse_other_media_types(headers: &HeaderMap) -> Result<(), Problem> {
    let written = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let essence = written.map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let is_json =
        essence.as_deref().is_some_and(|name| name == "application/json" || name.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    let found =
        written.map_or_else(|| "and the header is missing".to_owned(), |text| format!("not {text:?}"));
    let detail = format!("the Content-Type must be application/json, {found}");
    Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE, detail))
}
