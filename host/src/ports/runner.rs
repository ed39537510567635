//! Running one attempt.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::EgressPass;
use crate::domain::{
    Code, Digest, EventName, InboxEvent, JobId, JobRequest, Json, Limits, Outcome, StateName, TaskName,
    Timestamp, TraceParent, json_fingerprint,
};

/// One attempt to run.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The code that runs it.
    pub code: Code,
    /// Task of the code.
    pub task: TaskName,
    /// Id of the job.
    pub job_id: JobId,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Most attempts of the job.
    pub max_attempts: u32,
    /// Input of the task.
    pub input: Json,
    /// The submitter's own data.
    pub metadata: Json,
    /// The tags of the job.
    pub tags: Vec<String>,
    /// The trace that the job belongs to.
    pub traceparent: Option<TraceParent>,
    /// Limits of the attempt.
    pub limits: Limits,
    /// Wall time of this attempt, by the job, the task or the grant.
    pub timeout: Duration,
    /// End of that time, for the guest.
    pub deadline: Timestamp,
    /// Config values, placeholders of secrets among them.
    pub config: Arc<BTreeMap<String, String>>,
    /// The requests that it may send.
    pub egress: EgressPass,
}

/// The reason why a checkpoint was not read or stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is too large, or there are too many. Another attempt would fail the same way, and might repeat the step before
    /// it.
    #[error("{0}")]
    Refused(String),
    /// Storage could not be read or written, or the lease was lost.
    #[error("{0}")]
    Unavailable(String),
}

/// A job that a task submits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepRequest {
    /// The name of the task.
    pub task: String,
    /// Its input.
    pub input: Json,
    /// The other fields of its submission, an object.
    pub options: Option<Json>,
}

impl StepRequest {
    /// The digest of the request. The order of members does not count, because a guest that keeps them in a hash map has
    /// another one at each attempt.
    pub fn fingerprint(&self) -> Digest {
        let meaning = |json: &Json| json_fingerprint(json.as_str()).to_string();
        let options = self.options.as_ref().map(meaning).unwrap_or_default();
        Digest::of(format!("{} {} {options}", self.task, meaning(&self.input)).as_bytes())
    }
}

/// Reads the request of a job that a task submits, by the rules of submissions over HTTP. The error names the fields that
/// are wrong.
pub type ReadStep = fn(&StepRequest) -> Result<JobRequest, String>;

/// The reason why a job was not submitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It may not be submitted so. The same again fails the same way.
    #[error("{0}")]
    Refused(String),
    /// It could not be stored now.
    #[error("{0}")]
    Unavailable(String),
}

/// The result of another job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobResult {
    /// Id of the job.
    pub job_id: JobId,
    /// Its task; `None` if it was deleted.
    pub task: Option<TaskName>,
    /// Its state; `None` if it was deleted.
    pub state: Option<StateName>,
    /// Its result, if it completed.
    pub output: Option<Json>,
    /// The error of its last failed attempt, if it did not complete.
    pub error: Option<String>,
}

/// The host of a running attempt.
#[async_trait]
pub trait AttemptHost: Send + Sync {
    /// Records the latest progress, with a bounded message.
    fn report_progress(&self, done: u64, total: u64, message: &str);

    /// Whether the job is cancelled.
    fn is_cancelled(&self) -> bool;

    /// The checkpoint of this name, of this attempt or an earlier one. After an error the attempt must end, because it might
    /// repeat the step otherwise.
    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, CheckpointError>;

    /// Stores a checkpoint, durable before it returns.
    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), CheckpointError>;

    /// The number of parents of its job.
    fn parent_count(&self) -> u32;

    /// The parent at this index; `None` beyond the last. After an error the attempt must end, because its result might be
    /// wrong otherwise.
    async fn parent(&self, index: u32) -> Result<Option<JobResult>, String>;

    /// Submits a job as a step of this one, and returns its id; the same id if the step was taken before.
    async fn submit(&self, step: &str, request: StepRequest) -> Result<JobId, SubmitError>;

    /// The job of a step, if it was taken. After an error the attempt must end, because its result might be wrong
    /// otherwise.
    async fn submitted(&self, step: &str) -> Result<Option<JobResult>, String>;

    /// What came of an event that the task waits for. After an error the attempt must end, because its result might be
    /// wrong otherwise.
    async fn event(&self, event: EventName) -> Result<Option<InboxEvent>, String>;

    /// The URL to which a third party can send the event, for this time. The error is for the author of the task.
    async fn event_url(&self, event: EventName, valid_for: Duration) -> Result<String, String>;

    /// Records a line that the guest printed. The runner bounds the lines.
    fn log_line(&self, line: &str);
}

/// The report of an attempt.
#[derive(Clone, Debug)]
pub struct AttemptReport {
    /// Its outcome.
    pub outcome: Outcome,
    /// Its CPU time, to the precision of the epoch ticks.
    pub cpu: Duration,
    /// The peak of its linear memory.
    pub peak_memory_bytes: u64,
}

/// Runs attempts, those of plugins in fresh sandboxes.
#[async_trait]
pub trait Runner: Send + Sync {
    /// Runs one attempt of code that is ready.
    ///
    /// Ends by itself at the limits of the assignment. When `stop` is cancelled the guest is
    /// dropped where it stands, and the outcome is [`Outcome::Interrupted`]. So it is when the host has no
    /// memory left for it.
    async fn run(
        &self,
        assignment: Assignment,
        host: Arc<dyn AttemptHost>,
        stop: CancellationToken,
    ) -> AttemptReport;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_differ_have_other_fingerprints() {
        let request = |task: &str, input: &str, options: Option<&str>| StepRequest {
            task: task.to_owned(),
            input: Json::parse(input).unwrap(),
            options: options.map(|options| Json::parse(options).unwrap()),
        };
        let one = request("a", "11", None);
        assert_eq!(one.fingerprint(), one.clone().fingerprint());
        for other in [request("a1", "1", None), request("a", "1", Some("1")), request("b", "11", None)] {
            assert_ne!(one.fingerprint(), other.fingerprint());
        }
    }
}
