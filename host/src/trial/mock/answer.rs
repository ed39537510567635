//! The answers of entries.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures::stream;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};

use super::entry::{Fault, MockEntry, MockResponse};
use crate::ports::{Body, BodyError, EgressError};

/// An answer, ready to be given any number of times.
#[derive(Debug, Clone)]
pub(in crate::trial) struct Answer {
    pub(in crate::trial) delay: Duration,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Fault(Fault),
    Response { response: http::Response<Bytes>, fault: Option<Fault> },
}

impl Answer {
    /// The answer of an entry, or what is wrong with it.
    pub(super) fn of(entry: &MockEntry) -> Result<Self, String> {
        let kind = match (&entry.response, entry.fault) {
            (None, None) => return Err("it has neither a \"response\" nor a \"fault\"".to_owned()),
            (Some(_), Some(fault)) if !fault.is_of_bodies() => {
                return Err(
                    "beside a \"response\", \"fault\" is \"timeout\" or \"connection-reset\"".to_owned()
                );
            }
            (Some(response), fault) => Kind::Response { response: read(response)?, fault },
            (None, Some(fault)) => Kind::Fault(fault),
        };
        Ok(Self { delay: Duration::from_millis(entry.delay_ms), kind })
    }

    /// Gives it.
    pub(in crate::trial) async fn give(self) -> Result<http::Response<Body>, EgressError> {
        tokio::time::sleep(self.delay).await;
        match self.kind {
            Kind::Fault(fault) => Err(error(fault)),
            Kind::Response { response, fault } => Ok(response.map(|bytes| body(bytes, fault))),
        }
    }
}

fn read(mock: &MockResponse) -> Result<http::Response<Bytes>, String> {
    let (body, is_json) = match (&mock.body, &mock.body_base64) {
        (Some(_), Some(_)) => return Err("it has both \"body\" and \"body_base64\"".to_owned()),
        (Some(body), None) => match serde_json::from_str::<String>(body.get()) {
            Ok(text) => (text.into(), false),
            Err(_) => (Bytes::copy_from_slice(body.get().as_bytes()), true),
        },
        (None, Some(text)) => {
            let bytes =
                BASE64.decode(text).map_err(|error| format!("\"body_base64\" is no base64: {error}"))?;
            (bytes.into(), false)
        }
        (None, None) => (Bytes::new(), false),
    };
    let mut response = http::Response::new(body);
    *response.status_mut() =
        http::StatusCode::from_u16(mock.status).map_err(|_| format!("{} is no status", mock.status))?;
    for (name, value) in &mock.headers {
        let name: HeaderName =
            name.parse().map_err(|_| format!("{name:?} cannot be the name of a header"))?;
        let value: HeaderValue =
            value.parse().map_err(|_| format!("header {name} has a value that it cannot have"))?;
        response.headers_mut().append(name, value);
    }
    if is_json && !response.headers().contains_key(CONTENT_TYPE) {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    Ok(response)
}

fn error(fault: Fault) -> EgressError {
    let mocked = || "by the mock file".to_owned();
    match fault {
        Fault::Timeout => EgressError::AnswerTimedOut,
        Fault::ConnectionTimeout => EgressError::ConnectTimedOut,
        Fault::ConnectionRefused => EgressError::Connect("connection refused, by the mock file".to_owned()),
        Fault::ConnectionReset => EgressError::Broken("connection reset, by the mock file".to_owned()),
        Fault::Dns => EgressError::Dns(mocked()),
        Fault::Tls => EgressError::Tls(mocked()),
    }
}

fn body(bytes: Bytes, fault: Option<Fault>) -> Body {
    let end = fault.map(|fault| match fault {
        Fault::Timeout => BodyError::TimedOut,
        _ => BodyError::Broken("connection reset, by the mock file".to_owned()),
    });
    let data = (!bytes.is_empty()).then(|| Ok(Frame::data(bytes)));
    StreamBody::new(stream::iter(data.into_iter().chain(end.map(Err)))).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(entry: &str) -> Result<Answer, String> {
        let entry = format!(r#"{{"request":{{"url":"*"}},{entry}}}"#);
        Answer::of(&serde_json::from_str(&entry).unwrap())
    }

    async fn text(response: http::Response<Body>) -> Result<String, BodyError> {
        let bytes = response.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[tokio::test]
    async fn a_body_is_text_json_or_bytes() {
        for (body, sent, kind) in [
            (r#""body":{"a":1.50}"#, r#"{"a":1.50}"#, Some("application/json")),
            (r#""body":"plain","headers":{"Content-Type":"text/csv"}"#, "plain", Some("text/csv")),
            (r#""body_base64":"YWI=""#, "ab", None),
            (r#""status":204"#, "", None),
        ] {
            let given = answer(&format!(r#""response":{{{body}}}"#)).unwrap().give().await.unwrap();
            assert_eq!(given.headers().get("content-type").map(|value| value.to_str().unwrap()), kind);
            assert_eq!(text(given).await.unwrap(), sent);
        }
    }

    #[tokio::test]
    async fn a_fault_comes_instead_of_an_answer_or_within_it() {
        let refused = answer(r#""fault":"connection-refused""#).unwrap().give().await.unwrap_err();
        assert!(matches!(refused, EgressError::Connect(_)));
        let within = answer(r#""response":{"body":"half"},"fault":"connection-reset""#).unwrap();
        assert!(matches!(text(within.give().await.unwrap()).await, Err(BodyError::Broken(_))));
    }

    #[test]
    fn what_is_no_answer_is_named() {
        for (entry, named) in [
            (r#""times":1"#, "neither"),
            (r#""response":{"status":99}"#, "99 is no status"),
            (r#""response":{},"fault":"dns""#, "beside"),
            (r#""response":{"body":1,"body_base64":""}"#, "both"),
            (r#""response":{"headers":{"a b":"c"}}"#, "a b"),
        ] {
            let error = answer(entry).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }
}
