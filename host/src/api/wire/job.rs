//! A job outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::job_options::JobOptionsBody;
use super::one_of::{AfterFailedName, AfterWhenName, FailureKindName, HeldByName, JobStateName, OneOf};
use super::plugin::PluginRefBody;
use super::raw_json::RawJson;
use crate::domain::{AttemptError, Job, JobDetails, Payload, Phase, Progress, TaskHold, Timestamp};
use crate::ports::AttemptLog;

/// A job: its request and its state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Job)]
pub(in crate::api) struct JobBody {
    id: Uuid,
    task: String,
    #[schema(value_type = serde_json::Value)]
    input: RawJson,
    queue: String,
    priority: i8,
    #[schema(format = DateTime)]
    run_at: String,
    max_attempts: u32,
    #[serde(flatten)]
    options: JobOptionsBody,
    #[schema(value_type = serde_json::Value)]
    metadata: RawJson,
    /// Ids of the jobs that it waits for, or waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_when: Option<AfterWhenName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_failed: Option<AfterFailedName>,
    /// Number of those jobs that it still waits for; with `any`, number of those that can still release it.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for: Option<u32>,
    /// The event that it waits for, until `due_at` at the latest.
    #[serde(skip_serializing_if = "Option::is_none")]
    waits_for_event: Option<String>,
    /// Id of the order that it completes.
    order_id: Option<Uuid>,
    state: JobStateName,
    /// The reason why it cannot start while it waits, whatever the settings of its queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_by: Option<HeldByName>,
    /// Number of attempts that have started and count.
    attempt: u32,
    /// Whether its running attempt has been asked to stop.
    cancel_requested: bool,
    /// Name of the token that submitted it; null when it belongs to no token.
    submitter: Option<String>,
    /// Id of the job whose task submitted it.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_by: Option<Uuid>,
    #[schema(format = DateTime)]
    created_at: String,
    /// Time at which it is due, while it waits for that time and for no other job.
    #[schema(format = DateTime)]
    due_at: Option<String>,
    /// Start of its latest attempt.
    #[schema(format = DateTime)]
    attempted_at: Option<String>,
    #[schema(format = DateTime)]
    finalized_at: Option<String>,
    /// Plugin version of its latest attempt.
    plugin: Option<PluginRefBody>,
    /// Host process of its latest attempt.
    worker: Option<String>,
    progress: Option<ProgressBody>,
    /// Only in responses to submissions: true when the job existed before, with the same unique key.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<bool>,
    /// Left out in lists.
    #[serde(flatten)]
    results: Option<ResultsBody>,
}

/// The results of the attempts of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobResults)]
struct ResultsBody {
    /// The result of a completed job.
    #[schema(value_type = Option<serde_json::Value>)]
    output: Option<RawJson>,
    /// The failed attempts, oldest first.
    errors: Vec<ErrorBody>,
}

/// The progress that an attempt reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Progress)]
pub(in crate::api) struct ProgressBody {
    done: u64,
    /// 0 when unknown.
    total: u64,
    message: String,
    #[schema(format = DateTime)]
    at: String,
}

/// A failed attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptError)]
struct ErrorBody {
    attempt: u32,
    #[schema(format = DateTime)]
    at: String,
    kind: FailureKindName,
    /// What went wrong, on one line.
    message: String,
    /// Where it went wrong, on several lines: a stack, the calls of the plugin, what it printed last.
    detail: Option<String>,
}

/// The output that an attempt printed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttemptLog)]
pub(in crate::api) struct LogBody {
    attempt: u32,
    lines: Vec<String>,
}

impl JobBody {
    /// A job in a list. `hold` is the reason why no job of its task starts.
    pub(in crate::api) fn listed(
        job: &Job,
        payload: &Payload,
        hold: Option<TaskHold>,
        now: Timestamp,
    ) -> Self {
        let (spec, state, options) = (&job.spec, &job.state, &job.spec.options);
        let after = spec.after.as_ref();
        let waits = matches!(state.phase, Phase::Pending { .. });
        Self {
            id: spec.id.as_uuid(),
            task: spec.task.to_string(),
            input: RawJson::from(&payload.input),
            queue: spec.queue.to_string(),
            priority: spec.priority,
            run_at: spec.run_at.to_string(),
            max_attempts: spec.max_attempts,
            options: JobOptionsBody::from(options).expiring(state.expires_at),
            metadata: RawJson::from(&payload.metadata),
            after: after.map(|after| after.jobs.iter().map(|id| id.as_uuid()).collect()),
            after_when: after.map(|after| OneOf(after.when)),
            after_failed: after.map(|after| OneOf(after.on_failed)),
            waits_for: after.map(|_| state.waits_for),
            waits_for_event: state.waits_for_event().map(|wait| wait.event.to_string()),
            order_id: spec.order.map(|order| order.as_uuid()),
            state: OneOf(state.name(now)),
            held_by: hold.filter(|_| waits).map(OneOf),
            attempt: state.attempt,
            cancel_requested: state.cancel_requested,
            submitter: spec.submitter.name().map(str::to_owned),
            submitted_by: spec.submitted_by.map(|by| by.job.as_uuid()),
            created_at: spec.created_at.to_string(),
            due_at: text(state.due_at()),
            attempted_at: text(state.attempted_at),
            finalized_at: text(state.phase.finalized_at()),
            plugin: state.code.as_ref().map(PluginRefBody::from),
            worker: state.worker.as_ref().map(ToString::to_string),
            progress: state.progress.as_ref().map(ProgressBody::from),
            duplicate: None,
            results: None,
        }
    }

    /// The same job, marked as one that existed before the submission.
    pub(in crate::api) fn duplicate(self) -> Self {
        Self { duplicate: Some(true), ..self }
    }

    /// A job with its results. `hold` is the reason why no job of its task starts.
    pub(in crate::api) fn detailed(details: &JobDetails, hold: Option<TaskHold>, now: Timestamp) -> Self {
        let output = details.output.as_ref().map(RawJson::from);
        let errors = details.errors.iter().map(ErrorBody::from).collect();
        Self {
            results: Some(ResultsBody { output, errors }),
            ..Self::listed(&details.job, &details.payload, hold, now)
        }
    }
}

impl From<&Progress> for ProgressBody {
    fn from(progress: &Progress) -> Self {
        let Progress { done, total, message, at } = progress;
        Self { done: *done, total: *total, message: message.clone(), at: at.to_string() }
    }
}

impl From<&AttemptError> for ErrorBody {
    fn from(error: &AttemptError) -> Self {
        Self {
            attempt: error.attempt,
            at: error.at.to_string(),
            kind: OneOf(error.kind),
            message: error.message.clone(),
            detail: error.detail.clone(),
        }
    }
}

impl From<&AttemptLog> for LogBody {
    fn from(log: &AttemptLog) -> Self {
        Self { attempt: log.attempt, lines: log.text.lines().map(str::to_owned).collect() }
    }
}

fn text(time: Option<Timestamp>) -> Option<String> {
    time.map(|time| time.to_string())
}
