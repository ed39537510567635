//! The client, and the builder of its requests.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::{Error, Request, Response, Timeouts};
use crate::host::Host;

/// A client for HTTP requests.
#[derive(Clone, Copy)]
pub struct Http<'job> {
    host: &'job dyn Host,
}

impl<'job> Http<'job> {
    pub(crate) fn new(host: &'job dyn Host) -> Self {
        Self { host }
    }

    /// A GET request.
    pub fn get(self, url: impl Into<String>) -> RequestBuilder<'job> {
        self.request("GET", url)
    }

    /// A POST request.
    pub fn post(self, url: impl Into<String>) -> RequestBuilder<'job> {
        self.request("POST", url)
    }

    /// A PUT request.
    pub fn put(self, url: impl Into<String>) -> RequestBuilder<'job> {
        self.request("PUT", url)
    }

    /// A PATCH request.
    pub fn patch(self, url: impl Into<String>) -> RequestBuilder<'job> {
        self.request("PATCH", url)
    }

    /// A DELETE request.
    pub fn delete(self, url: impl Into<String>) -> RequestBuilder<'job> {
        self.request("DELETE", url)
    }

    /// A request with any method.
    pub fn request(self, method: impl Into<String>, url: impl Into<String>) -> RequestBuilder<'job> {
        RequestBuilder { host: self.host, request: Ok(Request::new(method.into(), url.into())) }
    }
}

impl fmt::Debug for Http<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// A request being built. What cannot be sent is the error of [`send`](Self::send).
#[must_use = "a request does nothing until it is sent"]
pub struct RequestBuilder<'job> {
    host: &'job dyn Host,
    request: Result<Request, Error>,
}

impl RequestBuilder<'_> {
    /// Adds a header.
    pub fn header(self, name: impl Into<String>, value: impl Into<Vec<u8>>) -> Self {
        self.change(|request| request.headers.push((name.into(), value.into())))
    }

    /// Adds a bearer token. For a secret, pass the placeholder that [`Job::secret`](crate::Job::secret) returns.
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    /// Sends these bytes.
    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {
        self.change(|request| request.body = body.into())
    }

    /// Sends this value as JSON, with the header `content-type: application/json` unless another is set.
    pub fn json(self, value: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.change(|request| request.is_json = true).body(body),
            Err(error) => {
                let request = Err(Error::Invalid(format!("the body is not JSON: {error}")));
                Self { request: self.request.and(request), ..self }
            }
        }
    }

    /// Sets the timeout of each phase.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        self.change(|request| request.timeouts = timeouts)
    }

    /// Sets the same timeout for all phases.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.timeouts(Timeouts::all(timeout))
    }

    /// Sends the request and waits for the whole response.
    ///
    /// A response of any status is `Ok`; an [`Error`] is the reason why there is no response.
    pub fn send(self) -> Result<Response, Error> {
        self.host.send(self.request?.complete())
    }

    fn change(mut self, change: impl FnOnce(&mut Request)) -> Self {
        if let Ok(request) = &mut self.request {
            change(request);
        }
        self
    }
}

impl fmt::Debug for RequestBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestBuilder").field(&self.request).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::Job;
    use crate::testing::Reply;

    #[test]
    fn json_names_its_type() {
        let job = Job::for_test().with_reply(Reply::post("http://a/"));
        job.http().post("http://a/").json(&[1, 2]).send().expect("a response");
        let sent = &job.requests()[0];
        assert_eq!((sent.body(), sent.header("Content-Type")), (&b"[1,2]"[..], Some("application/json")));

        let job = job.next_attempt().with_reply(Reply::post("http://a/"));
        let request = job.http().post("http://a/").json("one").header("Content-Type", "text/json");
        request.send().expect("a response");
        let names: Vec<_> = job.requests()[0].headers.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, ["Content-Type", "content-length"]);
    }

    #[test]
    fn what_is_no_json_is_not_sent() {
        let job = Job::for_test();
        let pairs = HashMap::from([((1, 2), 3)]);
        let sent = job.http().post("http://a/").json(&pairs).header("a", "b").send();
        assert!(matches!(sent, Err(Error::Invalid(_))), "{sent:?}");
        assert!(job.requests().is_empty());
    }
}
