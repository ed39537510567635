//! One request of a plugin, from judgement to answer.

use std::sync::Arc;

use async_trait::async_trait;
use http_body::Body as _;
use http_body_util::BodyExt;

use super::budget::WireBudget;
use super::clients::Clients;
use super::encoding::{ask_for_plain, encoding};
use super::failures::send_error;
use super::headers::{clean_request, clean_response};
use super::mask::Mask;
use super::masked_body::MaskedBody;
use super::meters;
use super::response_body::{ResponseBody, Source};
use super::secrets;
use super::tls;
use super::waiting::Waits;
use crate::domain::egress_policy::{Denial, Target, guard_address};
use crate::metering::Stopwatch;
use crate::ports::{Body, Egress, EgressError, EgressPass, EgressTimeouts, Intercepted, Interceptor};

/// The egress of the whole host: made once, and shared by all plugins.
pub struct HttpEgress {
    clients: Clients,
    /// None on a host: it is for trials.
    interceptor: Option<Arc<dyn Interceptor>>,
}

impl HttpEgress {
    /// Makes the egress. Fails at the start of the host, not at the first job, if TLS cannot be set up.
    /// Connections are opened when needed.
    pub fn new() -> Result<Self, EgressError> {
        let tls =
            tls::config().map_err(|error| EgressError::Tls(format!("TLS cannot be set up: {error}")))?;
        Ok(Self { clients: Clients::new(tls), interceptor: None })
    }

    /// The same, with an interceptor before the network.
    pub fn intercepted_by(self, interceptor: Arc<dyn Interceptor>) -> Self {
        Self { interceptor: Some(interceptor), ..self }
    }

    /// Sends a request that was judged and prepared, within these times.
    async fn exchange(
        &self,
        pass: &EgressPass,
        target: &Target,
        waits: Waits,
        request: http::Request<Body>,
    ) -> Result<http::Response<Source>, EgressError> {
        let request = match &self.interceptor {
            None => request,
            Some(interceptor) => match waits.for_head(interceptor.intercept(request)).await? {
                Intercepted::Answered(answer) => return Ok(answer?.map(Source::Interceptor)),
                Intercepted::Passed(request) => request,
            },
        };
        let client = self.clients.reaching(&pass.grant.networks);
        let answer = waits.for_head(client.request(request)).await?;
        let answer = answer.map_err(|error| send_error(&pass.plugin, target, &error))?;
        Ok(answer.map(Source::Server))
    }
}

#[async_trait]
impl Egress for HttpEgress {
    async fn send(
        &self,
        pass: &EgressPass,
        request: http::Request<Body>,
        timeouts: EgressTimeouts,
    ) -> Result<http::Response<Body>, EgressError> {
        let target = Target::parse(&request.uri().to_string()).map_err(EgressError::Invalid)?;
        let stopwatch = Stopwatch::start();
        let sent = self.send_to(pass, &target, request, timeouts).await;
        meters::count(pass, &target, &sent, stopwatch);
        sent
    }
}

impl HttpEgress {
    async fn send_to(
        &self,
        pass: &EgressPass,
        target: &Target,
        request: http::Request<Body>,
        timeouts: EgressTimeouts,
    ) -> Result<http::Response<Body>, EgressError> {
        judge(pass, request.method(), target)?;
        // Not only of a request that carries a secret: a server can repeat what another request brought it.
        let is_searched = binds_any_secret(pass, target);
        let request = prepared(pass, target, request, is_searched)?;
        let waits = Waits::from(timeouts);
        let answer = self.exchange(pass, target, waits, request).await?;
        if is_searched {
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

/// Whether this server may get a secret of this attempt, so that its answers are searched for it.
fn binds_any_secret(pass: &EgressPass, target: &Target) -> bool {
    pass.secrets.keys().any(|secret| pass.grant.binds_secret(secret, target.origin()))
}

/// A request as it is sent: to the judged URL, with clean headers and real secrets.
fn prepared(
    pass: &EgressPass,
    target: &Target,
    request: http::Request<Body>,
    is_searched: bool,
) -> Result<http::Request<Body>, EgressError> {
    let (mut parts, body) = request.into_parts();
    let uri = target.url().as_str().parse::<http::Uri>();
    parts.uri = uri.map_err(|error| EgressError::Invalid(format!("its URL cannot be sent: {error}")))?;
    // Whatever came with it was for the guest's side, and the connection is always HTTP/1.1.
    parts.version = http::Version::HTTP_11;
    parts.extensions.clear();
    clean_request(&mut parts.headers);
    secrets::fill_in(pass, target, &mut parts.headers)?;
    if is_searched {
        ask_for_plain(&mut parts.headers);
    }
    Ok(http::Request::from_parts(parts, body))
}

/// Withholds an answer in which a secret could not be found.
fn refuse_encoded(answer: &http::Response<Source>) -> Result<(), EgressError> {
    match encoding(answer.headers()) {
        Some(coding) if !answer.body().is_end_stream() => Err(EgressError::Encoded(coding)),
        _ => Ok(()),
    }
}

fn limited(pass: &EgressPass, waits: Waits, answer: http::Response<Source>) -> http::Response<Body> {
    let (mut parts, body) = answer.into_parts();
    clean_response(&mut parts.headers);
    let budget = parts.extensions.remove().unwrap_or_else(WireBudget::new);
    // The client's other notes about the connection are no affair of the guest.
    parts.extensions.clear();
    let limit = pass.grant.limits.resolve().response_bytes;
    let body = ResponseBody::new(body, budget, limit, waits.between_bytes);
    let mask = Mask::of(pass.secrets.values().map(|(_, secret)| secret));
    if mask.is_empty() {
        return http::Response::from_parts(parts, body.boxed_unsync());
    }
    mask.hide_in(&mut parts.headers);
    http::Response::from_parts(parts, MaskedBody::new(body, mask).boxed_unsync())
}
