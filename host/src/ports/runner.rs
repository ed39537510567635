//! Running one attempt in a sandbox.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::EgressPass;
use crate::domain::{Digest, JobId, Json, Limits, Outcome, StateName, TaskName, TaskSpec, Timestamp};

/// What a component turned out to be when it was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComponentInfo {
    /// What it offers: the answer of its `describe`.
    pub tasks: Vec<TaskSpec>,
    /// The interfaces it imports, such as `wasi:http/outgoing-handler@0.2.6`, sorted.
    pub imports: Vec<String>,
}

/// Why a component does not fit, and what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {advice}")]
pub struct Unfit {
    /// What is wrong.
    pub reason: String,
    /// What would be right.
    pub advice: String,
}

/// Why a component is not ready to run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// It never will be on this host.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// Not as things are: the same component may be ready when it is tried again.
    #[error("{0}")]
    Later(String),
}

/// One attempt to run.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// Which code.
    pub component: Digest,
    /// Which task of it.
    pub task: TaskName,
    /// Which job.
    pub job_id: JobId,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// What the task works on.
    pub input: Json,
    /// What it may use.
    pub limits: Limits,
    /// Wall time of this attempt: the job's, the task's or the grant's, whichever rules.
    pub timeout: Duration,
    /// When that time is over, to tell the guest.
    pub deadline: Timestamp,
    /// Config values, placeholders of secrets among them.
    pub config: Arc<BTreeMap<String, String>>,
    /// What it may send.
    pub egress: EgressPass,
}

/// Why a checkpoint was not read or stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It never can be: it is too large, or there are too many. Another attempt would fail the same way,
    /// and might repeat the step before it.
    #[error("{0}")]
    Refused(String),
    /// Storage could not be read or written, or the lease was lost.
    #[error("{0}")]
    Unavailable(String),
}

/// What became of a job that another one waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parent {
    /// Which job.
    pub job_id: JobId,
    /// What it ran; nothing when it was deleted.
    pub task: Option<TaskName>,
    /// Its state; nothing when it was deleted.
    pub state: Option<StateName>,
    /// Its result, when it completed.
    pub output: Option<Json>,
    /// What its last failed attempt said, when it did not.
    pub error: Option<String>,
}

/// What an attempt may ask of its host while it runs.
#[async_trait]
pub trait AttemptHost: Send + Sync {
    /// Remembers the latest progress, its message bounded.
    fn report_progress(&self, done: u64, total: u64, message: &str);

    /// Whether a person cancelled the job.
    fn is_cancelled(&self) -> bool;

    /// The checkpoint of this name, of this attempt or an earlier one. After an error the attempt must
    /// end, for going on might repeat the step.
    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, CheckpointError>;

    /// Stores a checkpoint, durable before it returns.
    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), CheckpointError>;

    /// For how many jobs its job waited.
    fn parent_count(&self) -> u32;

    /// What became of one of them, by its place; nothing behind the last. After an error the attempt must
    /// end, for going on might lead to a wrong result.
    async fn parent(&self, index: u32) -> Result<Option<Parent>, String>;

    /// Keeps a line that the guest printed, as it comes. The runner bounds what it hands on.
    fn log_line(&self, line: &str);
}

/// What came of an attempt.
#[derive(Clone, Debug)]
pub struct AttemptReport {
    /// How it ended.
    pub outcome: Outcome,
    /// CPU time it took, to the precision of the epoch ticks.
    pub cpu: Duration,
    /// The most linear memory it had.
    pub peak_memory_bytes: u64,
}

/// Looks at components, and runs attempts in fresh sandboxes.
#[async_trait]
pub trait Runner: Send + Sync {
    /// Checks that these bytes are a fitting component, compiles it, and asks what it offers. When the
    /// future is dropped the work ends, unless another caller waits for the same bytes. Compiled code stays, of a
    /// component that does not fit as well, until it is forgotten.
    async fn inspect(&self, component: Bytes) -> Result<ComponentInfo, Unready>;

    /// Makes a stored component ready to run; quick when it was compiled before. Never waits for an
    /// inspection.
    async fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), Unready>;

    /// Whether a component is ready to run.
    fn is_ready(&self, digest: &Digest) -> bool;

    /// Lets go of a component that no plugin has. Attempts that run keep it until they end.
    fn forget(&self, digest: &Digest);

    /// Lets go of all compiled code but that of these components. Called before anything is inspected.
    fn keep_only(&self, digests: &HashSet<Digest>);

    /// Runs one attempt of a component that is ready.
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
