//! What was submitted.

use super::JobOptions;
use crate::domain::{After, JobId, OrderId, QueueName, Submitter, TaskName, Timestamp};

/// Attempts of a job when neither the submitter nor the task says how many.
const MAX_ATTEMPTS_DEFAULT: u32 = 20;

/// What was submitted, [payload](super::Payload) aside. It never changes once an attempt has begun; before
/// that, only a job of the same [`Unique`](crate::domain::Unique) key can take its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobSpec {
    /// The job's name.
    pub id: JobId,
    /// What to run.
    pub task: TaskName,
    /// Where it waits.
    pub queue: QueueName,
    /// Higher runs first, -100 to 100.
    pub priority: i8,
    /// When it may first run; not before it was submitted.
    pub run_at: Timestamp,
    /// After how many failed attempts it is discarded, 1 to 1000.
    pub max_attempts: u32,
    /// The order that this job completes.
    pub order: Option<OrderId>,
    /// Whose it is. It stays so: a job of one submitter never takes the id of another's.
    pub submitter: Submitter,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// For which jobs it waits.
    pub after: Option<After>,
    /// What its submitter chose.
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
            created_at,
            after: None,
            options: JobOptions::default(),
        }
    }
}
