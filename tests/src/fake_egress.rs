//! A network that is made up: what a request meets is chosen by its host name.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use taskbox::ports::{Body, BodyError, Egress, EgressError, EgressPass, EgressTimeouts, whole_body};

/// A network of a few hosts: `ok.example` answers with what it was sent, `silent.example` never answers,
/// `wide.example` answers with 40 KiB of header fields. Each error of an [`EgressError`] and of a [`BodyError`]
/// has a host; whatever else is asked for is not granted.
#[derive(Default)]
pub struct FakeEgress;

#[async_trait]
impl Egress for FakeEgress {
    async fn send(
        &self,
        _: &EgressPass,
        request: http::Request<Body>,
        _: EgressTimeouts,
    ) -> Result<http::Response<Body>, EgressError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match host.as_str() {
            "ok.example" => Ok(echo(request).await),
            "wide.example" => Ok(wide(40 * 1024)),
            "silent.example" => std::future::pending().await,
            host => match body_error(host) {
                Some(error) => Ok(cut_off(error)),
                None => Err(request_error(host)),
            },
        }
    }
}

fn request_error(host: &str) -> EgressError {
    match host {
        "unknown.example" => EgressError::Dns("no such name".to_owned()),
        "down.example" => EgressError::Connect("connection refused".to_owned()),
        "unreachable.example" => EgressError::ConnectTimedOut,
        "no-tls.example" => EgressError::Tls("handshake failed".to_owned()),
        "slow.example" => EgressError::AnswerTimedOut,
        "invalid.example" => EgressError::Invalid("no such URL".to_owned()),
        "unfit-secret.example" => EgressError::UnfitSecret("key".parse().expect("a secret's name")),
        "gone.example" => EgressError::Broken("reset".to_owned()),
        "chatty.example" => EgressError::HeadTooLarge { limit_bytes: 512 },
        "zipped.example" => EgressError::Encoded("gzip"),
        host => EgressError::Denied(format!("no line of the grant allows {host}")),
    }
}

fn body_error(host: &str) -> Option<BodyError> {
    Some(match host {
        "cut-off.example" => BodyError::Broken("reset".to_owned()),
        "stalled.example" => BodyError::TimedOut,
        "crumbs.example" => BodyError::TooMuchFraming { limit_bytes: 512 },
        "too-large.example" => BodyError::TooLarge { limit_bytes: 1024 },
        _ => return None,
    })
}

async fn echo(request: http::Request<Body>) -> http::Response<Body> {
    let method = request.method().clone();
    let body = request.into_body().collect().await.expect("the guest sends its whole body").to_bytes();
    http::Response::new(whole_body([method.as_str().as_bytes(), b" ", &body[..]].concat()))
}

fn wide(header_bytes: usize) -> http::Response<Body> {
    let nothing = whole_body("");
    http::Response::builder().header("x-wide", "x".repeat(header_bytes)).body(nothing).expect("a response")
}

/// An answer that begins well.
fn cut_off(error: BodyError) -> http::Response<Body> {
    let frames = [Ok(Frame::data(Bytes::from_static(b"begun"))), Err(error)];
    http::Response::new(StreamBody::new(stream::iter(frames)).boxed_unsync())
}
