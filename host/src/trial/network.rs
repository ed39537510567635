//! The network of a trial: mocks, servers that are allowed, and nothing else.
//!
//! The egress of the host lies between [`TrialEgress`] and [`MockNetwork`]: the first sees what the task sends and gets, the
//! second what a server would get.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use ipnet::IpNet;

use super::journal::{AnsweredBy, Happening, Journal, SentRequest, lock};
use super::mock::{Incoming, MockEntry, Mocks, line_for};
use super::recording;
use crate::domain::egress_policy::{Origin, OriginPattern, PLACEHOLDER_PREFIX, Target};
use crate::domain::{Grant, HostRule, SecretRule};
use crate::ports::{
    Body, Egress, EgressError, EgressPass, EgressTimeouts, Intercepted, Interceptor, whole_body,
};

/// The largest body of a request, in bytes: it is held as a whole, to compare it.
const REQUEST_BYTES_MAX: usize = 64 << 20;

/// What answers the requests of a trial.
#[derive(Clone, Default)]
pub struct NetworkRules {
    /// The mock file, if there is one.
    pub mocks: Option<Arc<Mocks>>,
    /// Servers that get their requests.
    pub allowed: Vec<OriginPattern>,
    /// Whether the grant decides what may be sent. Otherwise everything that is answered may.
    pub is_granted: bool,
    /// Whether answers of servers are recorded.
    pub is_recorded: bool,
}

impl NetworkRules {
    fn allows(&self, origin: &Origin) -> bool {
        self.allowed.iter().any(|pattern| pattern.matches(origin))
    }

    /// The servers that answer: those of the mock file, as far as it names them, and those that are allowed.
    pub fn servers(&self) -> BTreeSet<String> {
        let urls = self.mocks.iter().flat_map(|mocks| mocks.entries()).map(|entry| &entry.request.url);
        let mocked = urls.filter_map(|url| Some(Target::parse(url).ok()?.origin().to_string()));
        mocked.chain(self.allowed.iter().map(ToString::to_string)).collect()
    }

    /// Whether a request to this server may be sent without a grant.
    fn opens(&self, origin: &Origin) -> bool {
        !self.is_granted && (self.mocks.is_some() || self.allows(origin))
    }
}

/// The requests of a trial.
pub(super) struct Traffic {
    rules: NetworkRules,
    journal: Arc<Journal>,
    recorded: Mutex<Vec<MockEntry>>,
}

impl Traffic {
    pub(super) fn new(rules: NetworkRules, journal: Arc<Journal>) -> Self {
        Self { rules, journal, recorded: Mutex::default() }
    }

    pub(super) fn recorded(&self) -> Vec<MockEntry> {
        lock(&self.recorded).clone()
    }

    pub(super) fn rules(&self) -> &NetworkRules {
        &self.rules
    }
}

/// A request on its way.
struct Exchange {
    traffic: Arc<Traffic>,
    method: String,
    url: String,
    body: Bytes,
    by: Mutex<AnsweredBy>,
}

tokio::task_local! {
    static UNDER_WAY: Arc<Exchange>;
}

/// The egress of trials, around the one of the host.
pub struct TrialEgress {
    inner: Arc<dyn Egress>,
    /// The attempts under way, each by its pass.
    served: Mutex<Vec<(EgressPass, Arc<Traffic>)>>,
}

/// Serves the requests of an attempt until it is dropped.
pub(super) struct Served {
    egress: Arc<TrialEgress>,
    pass: EgressPass,
}

impl TrialEgress {
    /// Around this egress, which [`MockNetwork`] intercepts.
    pub fn around(inner: Arc<dyn Egress>) -> Self {
        Self { inner, served: Mutex::default() }
    }

    /// Answers the requests of the attempt that has this pass.
    pub(super) fn serve(self: &Arc<Self>, pass: &EgressPass, traffic: &Arc<Traffic>) -> Served {
        lock(&self.served).push((pass.clone(), Arc::clone(traffic)));
        Served { egress: Arc::clone(self), pass: pass.clone() }
    }

    fn traffic_of(&self, pass: &EgressPass) -> Option<Arc<Traffic>> {
        let served = lock(&self.served);
        let (_, traffic) = served.iter().find(|(served, _)| served.is_of_the_attempt_of(pass))?;
        Some(Arc::clone(traffic))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        lock(&self.egress.served).retain(|(served, _)| !served.is_of_the_attempt_of(&self.pass));
    }
}

#[async_trait]
impl Egress for TrialEgress {
    async fn send(
        &self,
        pass: &EgressPass,
        request: http::Request<Body>,
        timeouts: EgressTimeouts,
    ) -> Result<http::Response<Body>, EgressError> {
        let Some(traffic) = self.traffic_of(pass) else {
            return Err(EgressError::Denied("its attempt has ended".to_owned()));
        };
        let (parts, body) = request.into_parts();
        let body = Limited::new(body, REQUEST_BYTES_MAX).collect().await;
        let body = body.map_err(|error| EgressError::Broken(error.to_string()))?.to_bytes();
        let target = Target::parse(&parts.uri.to_string()).map_err(EgressError::Invalid)?;
        let opened = traffic.rules.opens(target.origin()).then(|| opened(pass, &target, &parts.headers));
        let exchange = Arc::new(Exchange {
            method: parts.method.to_string(),
            url: target.url().to_string(),
            body: body.clone(),
            by: Mutex::new(AnsweredBy::Nobody),
            traffic,
        });
        let request = http::Request::from_parts(parts, whole_body(body));
        let began = exchange.traffic.journal.elapsed();
        let sending = self.inner.send(opened.as_ref().unwrap_or(pass), request, timeouts);
        let answer = UNDER_WAY.scope(Arc::clone(&exchange), sending).await;
        exchange.note(began, &answer);
        match answer {
            Ok(response) if exchange.is_recorded() => exchange.record(response).await,
            answer => answer,
        }
    }
}

impl Exchange {
    fn by(&self) -> AnsweredBy {
        *lock(&self.by)
    }

    fn note(&self, began: std::time::Duration, answer: &Result<http::Response<Body>, EgressError>) {
        let answer = match answer {
            Ok(response) => Ok(response.status().as_u16()),
            Err(error) => Err(error.to_string()),
        };
        let journal = &self.traffic.journal;
        journal.note(Happening::Request(SentRequest {
            method: self.method.clone(),
            url: self.url.clone(),
            body: self.body.clone(),
            by: self.by(),
            answer,
            took: journal.elapsed().saturating_sub(began),
        }));
    }

    fn is_recorded(&self) -> bool {
        self.traffic.rules.is_recorded && self.by() == AnsweredBy::Server
    }

    /// Records an answer, which the task gets when all of it is there.
    async fn record(&self, response: http::Response<Body>) -> Result<http::Response<Body>, EgressError> {
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.map_err(|error| EgressError::Broken(error.to_string()))?.to_bytes();
        let request = recording::Request { method: &self.method, url: &self.url, body: &self.body };
        lock(&self.traffic.recorded).push(recording::entry(request, &parts, &bytes));
        Ok(http::Response::from_parts(parts, whole_body(bytes)))
    }

    /// The answer of the mock file, of the server, or of nobody.
    fn decide(&self, request: http::Request<Body>) -> Decision {
        let rules = &self.traffic.rules;
        let sent = Incoming {
            method: request.method().as_str(),
            url: &self.url,
            headers: request.headers(),
            body: &self.body,
        };
        let mocks = rules.mocks.as_deref();
        if let Some((number, answer)) = mocks.and_then(|mocks| mocks.answer(&sent)) {
            *lock(&self.by) = AnsweredBy::Mock(number);
            return Decision::Mock(answer);
        }
        if Target::parse(&self.url).is_ok_and(|target| rules.allows(target.origin())) {
            *lock(&self.by) = AnsweredBy::Server;
            return Decision::Send(request);
        }
        let near = mocks.and_then(|mocks| mocks.near_miss(&sent)).map(|near| format!("; {near}"));
        let text = format!("nothing answers {} {}{}", self.method, self.url, near.unwrap_or_default());
        let line = line_for(&self.method, &self.url, &self.body);
        self.traffic.journal.note(Happening::Unanswered(line));
        Decision::Refuse(EgressError::Denied(text))
    }
}

enum Decision {
    Mock(super::mock::Answer),
    Send(http::Request<Body>),
    Refuse(EgressError),
}

/// A pass of the same attempt that allows this one request, its secrets included.
fn opened(pass: &EgressPass, target: &Target, headers: &http::HeaderMap) -> EgressPass {
    let url = target.origin().to_string();
    let carries_secret = |value: &http::HeaderValue| {
        value.as_bytes().windows(PLACEHOLDER_PREFIX.len()).any(|part| part == PLACEHOLDER_PREFIX.as_bytes())
    };
    let headers: Vec<String> =
        headers.iter().filter(|(_, value)| carries_secret(value)).map(|(name, _)| name.to_string()).collect();
    let secret = |name: &crate::domain::SecretName| SecretRule {
        name: name.clone(),
        hosts: vec![url.clone()],
        headers: headers.clone(),
    };
    let grant = Grant {
        hosts: vec![HostRule::whole(url.clone())],
        networks: networks(target),
        secrets: pass.secrets.keys().map(secret).collect(),
        ..Grant::clone(&pass.grant)
    };
    EgressPass { grant: Arc::new(grant), ..pass.clone() }
}

/// The networks of a server that is named as one of this machine or by its address.
fn networks(target: &Target) -> Vec<IpNet> {
    match target.address() {
        Some(address) => vec![address.into()],
        None if target.origin().host().to_string() == "localhost" => {
            ["127.0.0.0/8", "::1/128"].into_iter().filter_map(|network| network.parse().ok()).collect()
        }
        None => Vec::new(),
    }
}

/// What the requests of a trial meet in the place of the network.
pub struct MockNetwork;

#[async_trait]
impl Interceptor for MockNetwork {
    async fn intercept(&self, request: http::Request<Body>) -> Intercepted {
        let Ok(exchange) = UNDER_WAY.try_with(Arc::clone) else {
            return Intercepted::Answered(Err(EgressError::Denied("its attempt has ended".to_owned())));
        };
        match exchange.decide(request) {
            Decision::Mock(answer) => Intercepted::Answered(answer.give().await),
            Decision::Send(request) => Intercepted::Passed(request),
            Decision::Refuse(error) => Intercepted::Answered(Err(error)),
        }
    }
}
