//! The JSON body of a request: its media type, its size and its syntax, before anybody reads a field.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde_json::value::RawValue;

use super::canonical::fingerprint;
use super::value::{Read, Value};
use crate::api::problem::{Kind, Problem};
use crate::domain::Digest;

/// A request body that says it is JSON.
pub(in crate::api) struct Body(Bytes);

impl Body {
    /// Reads the body's value.
    pub(in crate::api) fn read<T>(&self, read: impl FnOnce(Value<'_>) -> Read<T>) -> Result<T, Problem> {
        let raw: &RawValue = serde_json::from_slice(&self.0).map_err(|error| self.not_json(&error))?;
        read(Value::new(raw, String::new())).map_err(Problem::fields)
    }

    /// The digest of what the body means.
    pub(in crate::api) fn fingerprint(&self) -> Digest {
        fingerprint(&String::from_utf8_lossy(&self.0))
    }

    fn not_json(&self, error: &serde_json::Error) -> Problem {
        let detail = match self.0.is_empty() {
            true => "the request has no body; it must be a JSON object".to_owned(),
            false => format!("the request body is not JSON: {error}"),
        };
        Problem::new(Kind::MALFORMED, detail)
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        refuse_other_media_types(request.headers())?;
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        Ok(Self(bytes))
    }
}

/// Why a body could not be taken in.
pub(in crate::api) fn unread(rejection: &BytesRejection) -> Problem {
    match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(Kind::TOO_LARGE, "the request body is larger than this call takes")
        }
        _ => Problem::new(Kind::MALFORMED, "the request body broke off"),
    }
}

/// JSON must be called JSON: a browser sends a form or a plain text across sites without asking, JSON it
/// does not.
fn refuse_other_media_types(headers: &HeaderMap) -> Result<(), Problem> {
    let written = headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
    let essence = written.map(|text| text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let is_json =
        essence.as_deref().is_some_and(|name| name == "application/json" || name.ends_with("+json"));
    if is_json {
        return Ok(());
    }
    let found = written.map_or_else(|| "and there is none".to_owned(), |text| format!("not {text:?}"));
    let detail = format!("the Content-Type must be application/json, {found}");
    Err(Problem::new(Kind::UNSUPPORTED_MEDIA_TYPE, detail))
}
