//! The host's own task: it reports to a receiver that a job, or an order, is final. It runs in the queue like any
//! other task, and reaches the network only through the egress guard; it never writes to storage.

mod answer;
mod message;
mod task;

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::domain::egress_policy::Target;
use crate::domain::{
    Failure, FailureKind, JobDetails, JobId, Json, NO_WEBHOOK_KEY, Order, OrderWebhook, Outcome, Timestamp,
    WebhookKeys, webhook_key,
};
use crate::ports::{
    Assignment, AttemptReport, Clock, Egress, EgressPass, EgressTimeouts, Storage, StorageError, whole_body,
};
use message::Message;
pub use task::{provision, spec};

/// Pause for a job that a person retried before its webhook was sent.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// The sender.
const USER_AGENT: &str = concat!("taskbox/", env!("CARGO_PKG_VERSION"));

/// How jobs and orders look outside: the JSON that the API answers.
#[derive(Clone, Copy)]
pub struct Shown {
    /// A job.
    pub job: fn(&JobDetails, Timestamp) -> serde_json::Result<Box<RawValue>>,
    /// An order.
    pub order: fn(&Order) -> serde_json::Result<Box<RawValue>>,
}

/// Delivers webhooks.
pub struct Webhooks {
    storage: Arc<dyn Storage>,
    egress: Arc<dyn Egress>,
    clock: Arc<dyn Clock>,
    shown: Shown,
}

/// What is to be reported, if anything.
enum Subject {
    Final { url: String, message: serde_json::Result<Message> },
    NotFinal,
    Gone(&'static str),
}

impl Webhooks {
    /// Delivers through this egress.
    pub fn new(
        storage: Arc<dyn Storage>,
        egress: Arc<dyn Egress>,
        clock: Arc<dyn Clock>,
        shown: Shown,
    ) -> Self {
        Self { storage, egress, clock, shown }
    }

    /// Runs one attempt, as a [`crate::ports::Runner`] does.
    pub async fn run(&self, assignment: Assignment, stop: CancellationToken) -> AttemptReport {
        let patience = self.clock.sleep_until(self.clock.now().plus(assignment.timeout));
        let outcome = tokio::select! {
            outcome = self.deliver(&assignment) => outcome.unwrap_or_else(Outcome::Failed),
            () = patience => {
                Outcome::Failed(Failure::retryable(FailureKind::Timeout, "the receiver did not answer in time"))
            }
            () = stop.cancelled() => Outcome::Interrupted,
        };
        AttemptReport { outcome, cpu: Duration::ZERO, peak_memory_bytes: 0 }
    }

    async fn deliver(&self, assignment: &Assignment) -> Result<Outcome, Failure> {
        let (url, message) = match self.subject(assignment.job_id).await.map_err(unread)? {
            Subject::Final { url, message } => (url, message),
            Subject::NotFinal => return Ok(Outcome::Snoozed(AGAIN_AFTER)),
            Subject::Gone(reason) => return Ok(outcome(&json!({ "told": false, "reason": reason }))),
        };
        let message = message.map_err(unshown)?;
        let status = self.send(assignment, &url, message).await?;
        Ok(outcome(&json!({ "told": true, "status": status.as_u16() })))
    }

    /// The end of the job that this attempt's job waited for, or of its order.
    async fn subject(&self, webhook: JobId) -> Result<Subject, StorageError> {
        let Some(own) = self.storage.job(webhook).await? else {
            return Ok(Subject::Gone("it was deleted"));
        };
        if let Some(about) = OrderWebhook::of(&own.payload) {
            return self.order(about).await;
        }
        let Some(parent) = own.job.spec.after.and_then(|after| after.jobs.first().copied()) else {
            return Ok(Subject::Gone("it waited for no job"));
        };
        let Some(details) = self.storage.job(parent).await? else {
            return Ok(Subject::Gone("the job was deleted"));
        };
        let Some(url) = details.job.spec.options.callback_url.clone() else {
            return Ok(Subject::Gone("the job was replaced by one that tells nobody"));
        };
        if !details.job.state.phase.is_final() {
            return Ok(Subject::NotFinal);
        }
        Ok(Subject::Final { url, message: Message::about_job(&details, self.shown, self.clock.now()) })
    }

    /// The end of an order, which is there also when its job was deleted.
    async fn order(&self, about: OrderWebhook) -> Result<Subject, StorageError> {
        match self.storage.order(about.order_id).await? {
            None => Ok(Subject::Gone("there is no such order")),
            Some(order) if order.is_loading() => Ok(Subject::NotFinal),
            Some(order) => {
                let message = Message::about_order(&order, self.shown);
                Ok(Subject::Final { url: about.callback_url, message })
            }
        }
    }

    async fn send(
        &self,
        assignment: &Assignment,
        url: &str,
        message: Message,
    ) -> Result<http::StatusCode, Failure> {
        let keys = keys(&assignment.egress)?;
        let refused = |reason: String| Failure::permanent(FailureKind::Permanent, reason);
        let target = Target::parse(url).map_err(refused)?;
        let (id, now) = (format!("msg_{}", assignment.job_id), self.clock.now());
        let request = http::Request::post(target.url().as_str())
            .header("content-type", "application/json")
            .header("user-agent", USER_AGENT)
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.as_millis() / 1000)
            .header("webhook-signature", keys.sign(&id, now, message.body()))
            .body(whole_body(message.into_body()))
            .map_err(|error| refused(format!("the request cannot be made: {error}")))?;
        let (grant, plugin) = (assignment.egress.grant.for_webhook(&target), &assignment.egress.plugin);
        grant.allow_request(plugin, "POST", &target).map_err(|denial| answer::denied(denial.to_string()))?;
        // The keys are the host's own: none of them may go anywhere by a placeholder.
        let (grant, plugin) = (Arc::new(grant), plugin.clone());
        let pass = EgressPass { grant, plugin, secrets: Arc::default() };
        let sent = self.egress.send(&pass, request, EgressTimeouts::default()).await;
        let response = sent.map_err(|error| answer::unsent(assignment.job_id, &error))?;
        answer::judge(response.status(), response.headers(), now)
    }
}

fn keys(pass: &EgressPass) -> Result<WebhookKeys, Failure> {
    let value = pass.secrets.get(&webhook_key()).map(|(_, value)| value.reveal());
    let keys = value.map(str::parse::<WebhookKeys>).transpose();
    let missing = |reason: String| Failure::retryable(FailureKind::Failed, reason);
    keys.map_err(|wrong| missing(format!("the secret webhook-key {wrong}")))?
        .ok_or_else(|| missing(NO_WEBHOOK_KEY.to_owned()))
}

fn unread(error: StorageError) -> Failure {
    Failure::retryable(FailureKind::Failed, format!("the job could not be read: {error}"))
}

fn unshown(error: serde_json::Error) -> Failure {
    Failure::permanent(FailureKind::Permanent, format!("the job cannot be shown: {error}"))
}

fn outcome(output: &Value) -> Outcome {
    Outcome::Succeeded(Json::from_value(output))
}
