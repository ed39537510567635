//! Requests: method, URL, headers, body, timeouts.

use serde::de::DeserializeOwned;

use super::{Timeouts, response};

/// A request, as a [test](crate::testing::TestJob::requests) sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) timeouts: Timeouts,
}

impl Request {
    pub(crate) fn new(method: String, url: String) -> Self {
        Self { method, url, headers: Vec::new(), body: Vec::new(), timeouts: Timeouts::default() }
    }

    /// The method, such as `GET`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The first header of this name, in any letter case, if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        response::find(&self.headers, name)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, parsed as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The timeout of each phase.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The headers to send, with the length, so that the body is not sent in chunks, which some servers refuse.
    pub(crate) fn wire_headers(&self) -> Vec<(String, Vec<u8>)> {
        let mut headers = self.headers.clone();
        let bodiless = self.body.is_empty() && matches!(self.method.as_str(), "GET" | "HEAD");
        if !bodiless && self.header("content-length").is_none() {
            let length = self.body.len().to_string();
            headers.push(("content-length".to_owned(), length.into_bytes()));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of(method: &str, body: &[u8]) -> Option<Vec<u8>> {
        let mut request = Request::new(method.to_owned(), "http://a/".to_owned());
        request.body = body.to_vec();
        let mut headers = request.wire_headers().into_iter();
        headers.find_map(|(name, value)| (name == "content-length").then_some(value))
    }

    #[test]
    fn a_body_names_its_length() {
        assert_eq!(length_of("POST", b"four"), Some(b"4".into()));
        assert_eq!(length_of("POST", b""), Some(b"0".into()));
        assert_eq!(length_of("GET", b""), None);
    }
}
