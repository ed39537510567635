//! Requests: method, URL, headers, body, timeouts.

use serde::de::DeserializeOwned;

use super::{Error, Timeouts, response, url};

/// A request, as a [test](crate::testing::TestJob::requests) sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    pub(crate) timeouts: Timeouts,
    /// Whether the body is JSON, which its type says if nothing else does.
    pub(crate) is_json: bool,
}

impl Request {
    pub(crate) fn new(method: String, url: String) -> Self {
        let (headers, body) = (Vec::new(), Vec::new());
        Self { method, url, headers, body, timeouts: Timeouts::default(), is_json: false }
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

    /// The same with the headers that it lacks: the type of JSON, and the length, so that the body is not sent in chunks,
    /// which some servers refuse.
    pub(super) fn complete(mut self) -> Self {
        if self.is_json {
            self.default_header("content-type", "application/json");
        }
        let bodiless = self.body.is_empty() && matches!(self.method.as_str(), "GET" | "HEAD");
        if !bodiless {
            self.default_header("content-length", &self.body.len().to_string());
        }
        self
    }

    fn default_header(&mut self, name: &str, value: &str) {
        if !self.headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            self.headers.push((name.to_owned(), value.into()));
        }
    }

    /// Fails if the request cannot be sent.
    pub(crate) fn check(&self) -> Result<(), Error> {
        url::parse(&self.url)?;
        for (name, value) in &self.headers {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            if name.is_empty() || !name.bytes().all(token) {
                return Err(Error::Invalid(format!("{name:?} is not the name of a header")));
            }
            if value.iter().any(|&byte| byte != b'\t' && byte.is_ascii_control()) {
                return Err(Error::Invalid(format!("the header {name:?} contains a control character")));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length_of(method: &str, body: &[u8]) -> Option<String> {
        let mut request = Request::new(method.to_owned(), "http://a/".to_owned());
        request.body = body.to_vec();
        request.complete().header("content-length").map(str::to_owned)
    }

    #[test]
    fn a_body_names_its_length() {
        assert_eq!(length_of("POST", b"four").as_deref(), Some("4"));
        assert_eq!(length_of("POST", b"").as_deref(), Some("0"));
        assert_eq!(length_of("GET", b""), None);
    }
}
