//! The one port to durable state.
//!
//! What every method promises: when it returns `Ok`, what it wrote survives a power cut; when it
//! returns an error, nothing of it was written, unless the error [may pass](StorageError::may_pass).
//! Rules are the domain's: a driver reads, calls a pure function of [`crate::domain::transition`] or
//! [`crate::domain::Catalog`], and writes, in one transaction. No method assumes one process, and none reads the clock.

mod error;
mod first_answer;
mod health;
mod jobs;
mod listed;
mod many;
mod orders;
mod plugins;
mod queues;
mod retention;
mod schedules;
mod tasks;

pub use error::{StorageError, StorageResult};
pub use first_answer::FirstAnswer;
pub use health::HealthStore;
pub use jobs::{
    Acted, Admitted, AttemptLog, ClaimRequest, Claimed, EndedAttempt, Expired, FollowedOn, IdempotencyKey,
    JobStore, LOGS_KEPT_MAX, NewJob, Page, RenewalAnswer, Rescued, Settled, Submission, Submitted,
};
pub use listed::ListedJobs;
pub use many::{ActedOnMany, ManyStore};
pub use orders::{OrderFilter, OrderStore};
pub use plugins::{GrantStore, NewVersion, PluginStore, SecretInfo, SecretStore};
pub use queues::{NamePage, QueueStats, QueueStore};
pub use retention::{FinalCount, RetentionStore};
pub use schedules::{Fired, Firing, ScheduleStore};
pub use tasks::{TaskStats, TaskStore};

/// All durable state of Taskbox.
pub trait Storage:
    JobStore
    + QueueStore
    + TaskStore
    + OrderStore
    + PluginStore
    + GrantStore
    + SecretStore
    + ScheduleStore
    + ManyStore
    + RetentionStore
    + HealthStore
{
}

impl<
    Driver: JobStore
        + QueueStore
        + TaskStore
        + OrderStore
        + PluginStore
        + GrantStore
        + SecretStore
        + ScheduleStore
        + ManyStore
        + RetentionStore
        + HealthStore,
> Storage for Driver
{
}
