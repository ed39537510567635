//! The specification of a job.

use super::JobOptions;
use crate::domain::{After, JobId, OrderId, QueueName, SubmittedBy, Submitter, TaskName, Timestamp};

/// The default number of attempts of a job.
pub const MAX_ATTEMPTS_DEFAULT: u32 = 20;

/// The specification of a job, without its [payload](super::Payload). It never changes once an attempt has started;
/// before that, only a job of the same [`Unique`](crate::domain::Unique) key can replace it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobSpec {
    /// Id of the job.
    pub id: JobId,
    /// The task to run.
    pub task: TaskName,
    /// Its queue.
    pub queue: QueueName,
    /// Its priority, -100 to 100; higher runs first.
    pub priority: i8,
    /// Earliest start; not before the submission.
    pub run_at: Timestamp,
    /// Number of failed attempts after which it is discarded, 1 to 1000.
    pub max_attempts: u32,
    /// Id of the order that it completes.
    pub order: Option<OrderId>,
    /// Its submitter. A job of one submitter never takes the id of another's.
    pub submitter: Submitter,
    /// The job that submitted it, if one did.
    pub submitted_by: Option<SubmittedBy>,
    /// Time of the submission.
    pub created_at: Timestamp,
    /// Its parents.
    pub after: Option<After>,
    /// The options.
    pub options: JobOptions,
}

impl JobSpec {
    /// A job that is due at once in the default queue, with every option left out.
    pub fn new(id: JobId, task: TaskName, created_at: Timestamp) -> Self {
        Self {
            id,
            task,
            queue: QueueName::default(),
            priority: 0,
            run_at: created_at,
            max_attempts: MAX_ATTEMPTS_DEFAULT,
            order: None,
            submitter: Submitter::default(),
            submitted_by: None,
            created_at,
            after: None,
            options: JobOptions::default(),
        }
    }
}
