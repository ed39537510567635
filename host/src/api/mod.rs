//! HTTP in: routes, wire types, access, errors, pages.
//!
//! It turns requests into calls of the use cases, and their results into responses. It knows the use cases, the domain
//! and the types of the ports; it never knows a sandbox or a storage driver, and decides nothing that is a rule of the
//! domain.

mod access;
mod answer;
mod audit;
mod encoding;
mod layers;
mod limits;
mod live;
mod ops;
mod pages;
mod problem;
mod read;
mod refusals;
mod routes;
mod v1;
mod wire;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::value::{RawValue, to_raw_value};
use tokio_util::sync::CancellationToken;

pub use access::{OnToken, Peer};
pub use limits::RateLimits;
pub use live::StreamEventName;
pub use pages::{Instance, InstanceColor, Regions};

use crate::audit::AuditLog;
use crate::backups::Backups;
use crate::domain::{Grant, JobDetails, JobRequest, Json, NameError, Order, Timestamp};
use crate::orders::Orders;
use crate::plugins::Plugins;
use crate::ports::{Budget, Clock, Events, StepRequest};
use crate::queue::Queue;
use crate::schedules::Schedules;
use crate::tokens::Tokens;
use problem::FieldError;

/// The state of all routes. A router copies it several times for each request, so a copy is one pointer.
#[derive(Clone)]
pub struct Api(Arc<Parts>);

impl Api {
    /// The state of routes with these parts.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts that routes use.
pub struct Parts {
    /// Use cases of customers.
    pub orders: Arc<Orders>,
    /// Use cases of jobs.
    pub queue: Arc<Queue>,
    /// Use cases of operators.
    pub plugins: Arc<Plugins>,
    /// Use cases of schedules.
    pub schedules: Arc<Schedules>,
    /// Backups, for operators.
    pub backups: Arc<Backups>,
    /// The audit log.
    pub audit: Arc<AuditLog>,
    /// Events for watchers of jobs and orders.
    pub events: Arc<dyn Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The longest silence of a client within a body, and the time for a body beside that of its bytes at the minimum
    /// rate.
    pub client_timeout: Duration,
    /// Memory for all requests together, until they are answered.
    pub requests: Arc<dyn Budget>,
    /// The access tokens and sessions. Without any token, requests need none, and the host may serve only loopback.
    pub tokens: Arc<Tokens>,
    /// The rates of requests.
    pub limits: RateLimits,
    /// Whether the host accepts work, for `/readyz`.
    pub ready: Arc<AtomicBool>,
    /// The text of `/metrics`.
    pub metrics: PrometheusHandle,
    /// The name and the colour under which pages show the host.
    pub instance: Instance,
    /// When the host started.
    pub started_at: Timestamp,
    /// The parts of pages that are watched.
    pub regions: Regions,
    /// Ends streams and waiting requests, so that the server can stop.
    pub stopping: CancellationToken,
}

/// A final job in the form of the API, for webhooks.
pub fn job_shown(details: &JobDetails, now: Timestamp) -> serde_json::Result<Box<RawValue>> {
    // Nothing holds back a final job.
    to_raw_value(&wire::JobBody::detailed(details, None, now))
}

/// An order in the form of the API, for webhooks.
pub fn order_shown(order: &Order) -> serde_json::Result<Box<RawValue>> {
    to_raw_value(&wire::OrderBody::from(order))
}

/// Reads a job that a task submits, by the rules of `POST /v1/jobs`.
pub fn read_step(request: &StepRequest) -> Result<JobRequest, String> {
    let job = JobRequest::new(
        request.task.parse().map_err(|error: NameError| error.to_string())?,
        request.input.clone(),
    );
    let Some(options) = &request.options else { return Ok(job) };
    read::read_json(options, |value| wire::read_options_of(job, value)).map_err(in_one)
}

/// Reads a grant, by the rules of `PUT /v1/plugins/{name}/grant`.
pub fn read_grant(json: &Json) -> Result<Grant, String> {
    let grant = read::read_json(json, wire::read_grant).map_err(in_one)?;
    let problems: Vec<_> =
        grant.problems().into_iter().map(|(place, text)| format!("{place}: {text}")).collect();
    if problems.is_empty() { Ok(grant) } else { Err(problems.join("; ")) }
}

/// Errors of fields in one text.
fn in_one(errors: Vec<FieldError>) -> String {
    let texts: Vec<_> = errors.iter().map(FieldError::in_words).collect();
    texts.join("; ")
}

/// All routes of the host.
pub fn router(api: Api) -> Router {
    let (described, description) = v1::routes().served(&api, v1::description());
    let plain = v1::document(&description).and(ops::routes()).and(pages::routes());
    layers::around(described.merge(plain.served(&api, description).0)).with_state(api)
}
