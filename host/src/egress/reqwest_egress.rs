//! One request of a plugin, from judgement to answer.

use async_trait::async_trait;
use http_body::Body as _;
use http_body_util::BodyExt;
use ipnet::IpNet;

use super::clients::Clients;
use super::encoding::{ask_for_plain, encoding};
use super::failures::send_error;
use super::headers::{clean_request, clean_response};
use super::mask::Mask;
use super::masked_body::MaskedBody;
use super::request_body::RequestBody;
use super::response_body::ResponseBody;
use super::secrets;
use super::waiting::Waits;
use crate::domain::egress_policy::{Denial, Target, guard_address};
use crate::ports::{Body, Egress, EgressError, EgressPass, EgressTimeouts};

/// The door of the whole host: made once, and shared by all plugins.
pub struct ReqwestEgress {
    clients: Clients,
}

impl ReqwestEgress {
    /// Makes the door. The client that nearly all grants share is made at once, so that a machine where none
    /// can be made says so at its start and not at the first job. Connections are opened when needed.
    pub fn new() -> Result<Self, EgressError> {
        let egress = Self { clients: Clients::new() };
        egress.client(&[])?;
        Ok(egress)
    }

    fn client(&self, networks: &[IpNet]) -> Result<reqwest::Client, EgressError> {
        let client = self.clients.reaching(networks);
        client.map_err(|error| EgressError::Tls(format!("the HTTP client could not be made: {error}")))
    }
}

#[async_trait]
impl Egress for ReqwestEgress {
    async fn send(
        &self,
        pass: &EgressPass,
        request: http::Request<Body>,
        timeouts: EgressTimeouts,
    ) -> Result<http::Response<Body>, EgressError> {
        let target = Target::parse(&request.uri().to_string()).map_err(EgressError::Invalid)?;
        judge(pass, request.method(), &target)?;
        let prepared = prepared(pass, &target, request)?;
        let client = self.client(&pass.grant.networks)?;
        let waits = Waits::from(timeouts);
        let answer = waits.for_head(client.execute(prepared.request)).await?;
        let answer = answer.map_err(|error| send_error(&pass.plugin, &target, &error))?.into();
        if prepared.carries_secret {
            refuse_encoded(&answer)?;
        }
        Ok(limited(pass, waits, answer))
    }
}

/// Judges what can be judged before a name is resolved. An address in the URL never meets the resolver.
fn judge(pass: &EgressPass, method: &http::Method, target: &Target) -> Result<(), EgressError> {
    let denied = |denial: Denial| EgressError::Denied(denial.to_string());
    pass.grant.allow_request(&pass.plugin, method.as_str(), target).map_err(denied)?;
    let Some(address) = target.address() else { return Ok(()) };
    guard_address(address, &pass.grant.networks).map_err(|refused| {
        denied(Denial::of_address(&pass.plugin, &target.origin().host().to_string(), &refused))
    })
}

/// A request as it is sent: to the judged URL, with clean headers and real secrets.
struct Prepared {
    request: reqwest::Request,
    carries_secret: bool,
}

fn prepared(
    pass: &EgressPass,
    target: &Target,
    request: http::Request<Body>,
) -> Result<Prepared, EgressError> {
    let (parts, body) = request.into_parts();
    let mut prepared = reqwest::Request::new(parts.method, target.url().clone());
    *prepared.headers_mut() = parts.headers;
    clean_request(prepared.headers_mut());
    let carries_secret = secrets::fill_in(pass, target, prepared.headers_mut())?;
    if carries_secret {
        ask_for_plain(prepared.headers_mut());
    }
    let body = RequestBody::new(body);
    if !body.is_empty() {
        *prepared.body_mut() = Some(reqwest::Body::wrap(body));
    }
    Ok(Prepared { request: prepared, carries_secret })
}

/// Withholds an answer in which a secret could not be found.
fn refuse_encoded(answer: &http::Response<reqwest::Body>) -> Result<(), EgressError> {
    match encoding(answer.headers()) {
        Some(coding) if !answer.body().is_end_stream() => Err(EgressError::Encoded(coding)),
        _ => Ok(()),
    }
}

fn limited(pass: &EgressPass, waits: Waits, answer: http::Response<reqwest::Body>) -> http::Response<Body> {
    let (mut parts, body) = answer.into_parts();
    clean_response(&mut parts.headers);
    // The client's own notes about the connection are no affair of the guest.
    parts.extensions.clear();
    let limit = pass.grant.limits.resolve().response_bytes;
    let body = ResponseBody::new(body, limit, waits.between_bytes);
    let mask = Mask::of(pass.secrets.values().map(|(_, secret)| secret));
    if mask.is_empty() {
        return http::Response::from_parts(parts, body.boxed_unsync());
    }
    mask.hide_in(&mut parts.headers);
    http::Response::from_parts(parts, MaskedBody::new(body, mask).boxed_unsync())
}
