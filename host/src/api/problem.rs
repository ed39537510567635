//! The form of all error responses: `application/problem+json` (RFC 9457).
//!
//! A problem is for the caller. Details that only the operator may know go to the log, never into a problem.

use std::borrow::Cow;

use axum::http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The most field errors in one response; those of a wrong batch of ten thousand jobs repeat.
pub(crate) const ERRORS_MAX: usize = 100;

/// An error of one field of the body, or of one parameter of the query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON Pointer (RFC 6901) into the request body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/user_id")]
    pub(crate) pointer: Option<String>,
    /// Name of a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parameter: Option<String>,
    /// The error, and how to correct it.
    pub(crate) detail: String,
}

impl FieldError {
    /// An error in the body.
    pub(crate) fn at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.into() }
    }

    /// The error with its place, as one text.
    pub(crate) fn in_words(&self) -> String {
        match self.pointer.as_deref().or(self.parameter.as_deref()) {
            Some("") => format!("the body {}", self.detail),
            Some(place) => format!("{place}: {}", self.detail),
            None => self.detail.clone(),
        }
    }

    /// An error in the query.
    pub(crate) fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.into()), detail: detail.into() }
    }
}

/// A kind of problem that programs can distinguish: a slug for `type`, a constant title, and a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    slug: &'static str,
    title: &'static str,
    status: StatusCode,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $status:ident, $title:literal;)*) => {
        impl Kind {
            $(pub(crate) const $name: Kind =
                Kind { slug: $slug, title: $title, status: StatusCode::$status };)*
        }
    };
}

kinds! {
    MALFORMED = "malformed", BAD_REQUEST, "The request cannot be read";
    UNAUTHENTICATED = "unauthenticated", UNAUTHORIZED, "A token is needed";
    FORBIDDEN = "forbidden", FORBIDDEN, "Not allowed";
    NOT_FOUND = "not-found", NOT_FOUND, "Not found";
    METHOD_NOT_ALLOWED = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    CONFLICT = "conflict", CONFLICT, "Not possible in the present state";
    TOO_SLOW = "too-slow", REQUEST_TIMEOUT, "The request body came too slowly";
    TOO_LARGE = "too-large", PAYLOAD_TOO_LARGE, "The request body is too large";
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "Unsupported media type";
    INVALID = "invalid", UNPROCESSABLE_ENTITY, "The request is not valid";
    KEY_REUSED = "key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used for another request";
    UNFIT = "unfit-component", UNPROCESSABLE_ENTITY, "The component does not fit";
    TOO_MANY_REQUESTS = "too-many-requests", TOO_MANY_REQUESTS, "Too many requests";
    DISK_FULL = "disk-full", SERVICE_UNAVAILABLE, "The disk is full";
    OVERLOADED = "overloaded", SERVICE_UNAVAILABLE, "The host has too much to do";
    UNAVAILABLE = "unavailable", SERVICE_UNAVAILABLE, "Not possible now";
    INTERNAL = "internal", INTERNAL_SERVER_ERROR, "Something went wrong in the host";
}

/// A part of the host, in the answer of a probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PartState {
    /// Its name.
    #[schema(example = "storage")]
    pub(crate) name: &'static str,
    /// Whether it is ready.
    pub(crate) ready: bool,
    /// Why it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

/// An error for the caller.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    parts: Vec<PartState>,
    // Boxed, so that results of handlers are not as large as a header map.
    headers: Option<Box<HeaderMap>>,
}

impl Problem {
    /// A problem of this kind, described in one sentence.
    pub(crate) fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), errors: Vec::new(), parts: Vec::new(), headers: None }
    }

    /// The body has these wrong fields.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        Self::with_errors(Kind::INVALID, errors)
    }

    /// The caller may not request the value of this field.
    pub(crate) fn forbidden(error: FieldError) -> Self {
        Self::with_errors(Kind::FORBIDDEN, vec![error])
    }

    /// The query has these wrong parameters.
    pub(crate) fn parameters(errors: Vec<FieldError>) -> Self {
        Self::with_errors(Kind::MALFORMED, errors)
    }

    /// There is no resource of this name.
    pub(crate) fn no_such(what: &str, id: impl std::fmt::Display) -> Self {
        Self::new(Kind::NOT_FOUND, format!("there is no {what} {id}"))
    }

    /// A failure of the host. The caller sees only that it failed; the log has the reason.
    pub(crate) fn internal(reason: impl std::fmt::Display) -> Self {
        tracing::error!(%reason, "a request failed");
        Self::new(
            Kind::INTERNAL,
            "the host failed to handle the request; its log has the reason, under the x-request-id of the request",
        )
    }

    /// The same problem, with the parts of the host of which some are not ready.
    pub(crate) fn with_parts(self, parts: Vec<PartState>) -> Self {
        Self { parts, ..self }
    }

    /// The same problem, with one more response header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.get_or_insert_default().insert(name, value);
        self
    }

    /// The sentence for the caller.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The wrong fields, if the request had any.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.errors
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        self.kind.status
    }

    fn with_errors(kind: Kind, mut errors: Vec<FieldError>) -> Self {
        let count = errors.len();
        let detail = match errors.as_slice() {
            [only] => only.in_words(),
            [first, ..] if first.parameter.is_some() => format!("{count} parameters are wrong"),
            // A long list is not read to its end once it has more than that.
            _ if count > ERRORS_MAX => format!("more than {ERRORS_MAX} fields are wrong"),
            _ => format!("{count} fields are wrong"),
        };
        errors.truncate(ERRORS_MAX);
        Self { errors, ..Self::new(kind, detail) }
    }
}

/// The body of every error response.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody<'a> {
    /// URN of the kind of problem, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:taskbox:problem:invalid")]
    kind: String,
    /// The kind of problem in words, the same for every problem of the kind.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The problem of this request.
    detail: &'a str,
    /// The errors of fields or parameters.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// The parts of the host, if some are not ready.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    parts: &'a [PartState],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("urn:taskbox:problem:{}", self.kind.slug),
            title: self.kind.title,
            status: self.kind.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
            parts: &self.parts,
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        let mut response = (self.kind.status, text).into_response();
        response.headers_mut().extend(self.headers.map(|headers| *headers).unwrap_or_default());
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(CONTENT_TYPE, media_type);
        response
    }
}
