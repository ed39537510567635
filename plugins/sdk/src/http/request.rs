//! Requests: method, URL, headers, body, timeouts.

use std::time::Duration;

use serde::Serialize;

use super::{Error, Response, Timeouts, exchange};

/// A request to send.
#[derive(Debug, Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, Vec<u8>)>,
    pub(super) body: Vec<u8>,
    pub(super) timeouts: Timeouts,
}

/// A GET request.
pub fn get(url: impl Into<String>) -> Request {
    Request::new("GET", url)
}

/// A POST request.
pub fn post(url: impl Into<String>) -> Request {
    Request::new("POST", url)
}

impl Request {
    /// A request with any method.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeouts: Timeouts::default(),
        }
    }

    /// Adds a header. [`send`](Self::send) reports an invalid value.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a bearer token. For a granted secret, pass the placeholder that `config` returns.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sends these bytes.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends this value as JSON.
    pub fn json(self, value: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(value)
            .map_err(|error| Error::Invalid(format!("the body is not JSON: {error}")))?;
        Ok(self.header("content-type", "application/json").body(body))
    }

    /// Sets the timeout of each phase.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sets the same timeout for all phases.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.timeouts(Timeouts::all(timeout))
    }

    /// Sends the request and waits for the whole response.
    ///
    /// A response of any status is `Ok`; an [`Error`] is the reason why there is no response.
    pub fn send(self) -> Result<Response, Error> {
        exchange::send(self)
    }

    /// The headers to send, with the length, so that the body is not sent in chunks, which some servers refuse.
    pub(super) fn wire_headers(&self) -> Vec<(String, Vec<u8>)> {
        let mut headers = self.headers.clone();
        let named = |(name, _): &(String, _)| name.eq_ignore_ascii_case("content-length");
        let bodiless = self.body.is_empty() && matches!(self.method.as_str(), "GET" | "HEAD");
        if !bodiless && !headers.iter().any(named) {
            let length = self.body.len().to_string();
            headers.push(("content-length".to_owned(), length.into_bytes()));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of(request: &Request) -> Option<Vec<u8>> {
        let mut headers = request.wire_headers().into_iter();
        headers.find_map(|(name, value)| (name == "content-length").then_some(value))
    }

    #[test]
    fn a_body_names_its_length() {
        assert_eq!(length_of(&post("http://a/").body("four")), Some(b"4".into()));
        assert_eq!(length_of(&post("http://a/")), Some(b"0".into()));
        assert_eq!(length_of(&get("http://a/")), None);
    }

    #[test]
    fn json_names_its_type() {
        let request = post("http://a/").json(&[1, 2]).expect("numbers are JSON");
        assert_eq!(request.body, b"[1,2]");
        let content_type = ("content-type".to_owned(), b"application/json".to_vec());
        assert!(request.headers.contains(&content_type));
    }
}
