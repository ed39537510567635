//! The scripted reply to a request.

use std::time::Duration;

use serde::Serialize;

use super::script::to_json;
use crate::http::{Error, Request, Response};

/// The reply to the next request, which must have this method and URL.
#[derive(Debug, Clone)]
#[must_use = "a reply is for `TestJob::with_reply`"]
pub struct Reply {
    method: String,
    url: String,
    result: Result<Response, Error>,
    pub(super) takes: Duration,
    pub(super) cancels: bool,
}

impl Reply {
    /// A reply with status 200 and no body, to a request with this method and URL.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            result: Ok(Response::new(200, Vec::new(), Vec::new())),
            takes: Duration::ZERO,
            cancels: false,
        }
    }

    /// The same, to a GET request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// The same, to a POST request.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// Sets the status.
    pub fn status(self, status: u16) -> Self {
        self.change(|response| response.status = status)
    }

    /// Adds a header.
    pub fn header(self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.change(|response| response.headers.push((name.into(), value.into())))
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.change(|response| response.body = body.into())
    }

    /// Sets the body to this value as JSON.
    ///
    /// # Panics
    ///
    /// If the value is not JSON, such as a map whose keys are not strings.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        self.header("content-type", "application/json").body(to_json(value))
    }

    /// Fails the request, in place of a response.
    pub fn fails(self, error: Error) -> Self {
        Self { result: Err(error), ..self }
    }

    /// Moves the clock of the job on by this duration.
    pub fn takes(self, duration: Duration) -> Self {
        Self { takes: duration, ..self }
    }

    /// Cancels the job while the request is under way.
    pub fn cancels(self) -> Self {
        Self { cancels: true, ..self }
    }

    pub(super) fn to(self, request: &Request) -> Result<Response, Error> {
        let wanted = (self.method.as_str(), self.url.as_str());
        assert_eq!(
            (request.method(), request.url()),
            wanted,
            "the task sent another request than the next reply is for"
        );
        self.result
    }

    fn change(mut self, change: impl FnOnce(&mut Response)) -> Self {
        if let Ok(response) = &mut self.result {
            change(response);
        }
        self
    }
}
