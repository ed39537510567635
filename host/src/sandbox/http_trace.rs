//! The trace of outbound requests: the header that tells the server of it, and the span.

use http::{HeaderValue, Request, Response};

use crate::domain::TraceParent;
use crate::ports::EgressError;
use crate::spans::{Kind, OpenSpan, Place};

const TRACEPARENT: &str = "traceparent";

/// Begins the span of a request of an attempt that belongs to this trace, and tells the server, unless the guest did.
pub(super) fn begin<B>(parent: Option<&TraceParent>, request: &mut Request<B>) -> Option<OpenSpan> {
    let parent = parent?;
    let span = Place::below(parent).map(|place| span(place, request));
    if !request.headers().contains_key(TRACEPARENT) {
        let own = span.as_ref().map_or_else(|| parent.clone(), OpenSpan::traceparent);
        let value = HeaderValue::from_str(own.as_str()).ok();
        value.into_iter().for_each(|value| drop(request.headers_mut().insert(TRACEPARENT, value)));
    }
    span
}

/// The span of a request. The path and the query stay out of it: they may hold data of the caller.
fn span<B>(place: Place, request: &Request<B>) -> OpenSpan {
    let (method, host) = (request.method(), request.uri().host().unwrap_or_default());
    let mut span = OpenSpan::begin(place, format!("{method} {host}"), Kind::Client);
    span.set("http.request.method", method);
    span.set("server.address", host);
    span
}

/// Ends the span with the head of the answer.
pub(super) fn end<B>(span: Option<OpenSpan>, answer: &Result<Response<B>, EgressError>) {
    let Some(mut span) = span else { return };
    match answer {
        Ok(answer) => {
            span.set("http.response.status_code", answer.status().as_str());
            if answer.status().is_server_error() || answer.status().is_client_error() {
                span.fail(answer.status());
            }
        }
        Err(error) => span.fail(error),
    }
    span.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_told_of_the_trace_unless_the_guest_told_it() {
        let parent: TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let told = |parent: Option<&TraceParent>, given: Option<&str>| {
            let mut request = Request::get("https://api.example.com/v1?key=secret").body(()).unwrap();
            if let Some(given) = given {
                request.headers_mut().insert(TRACEPARENT, given.parse().unwrap());
            }
            begin(parent, &mut request);
            request.headers().get(TRACEPARENT).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(told(Some(&parent), None).as_deref(), Some(parent.as_str()));
        assert_eq!(told(Some(&parent), Some("its own")).as_deref(), Some("its own"));
        assert_eq!(told(None, None), None);
    }
}
