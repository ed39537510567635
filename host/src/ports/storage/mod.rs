//! The one port to durable state.
//!
//! What every method promises: when it returns `Ok`, what it wrote survives a power cut; when it
//! returns an error, nothing of it was written, unless the error [may pass](StorageError::may_pass).
//! Rules are the domain's: a driver reads, calls a pure function of [`crate::domain::transition`] or
//! [`crate::domain::Catalog`], and writes, in one transaction. No method assumes one process, and none reads the clock.
//!
//! # Between hosts
//!
//! Several hosts may share one store. These promises hold for any number of them:
//!
//! - **Claims that overlap** have the effect of claims one after the other, in some order. Each job is in one of them, and
//!   limits, rates, concurrency keys and plugin capacities are exact. So are unique keys of submissions that overlap.
//! - **Strict order** is the order in which submissions were stored, by a number that the driver gives to each such job.
//!   Ids come from the clocks of hosts, which differ: they order lists and break ties, and decide nothing else.
//! - **Lists** are ordered by id. A row that is stored late, under an id that is smaller than others, is at its place on
//!   the next first page; a reader who is past that place does not see it. A feed of changes, where a driver has one,
//!   misses none.
//! - **Fairness** is the memory of whoever plans claims. Claims alone feed it, and it may be empty after a restart or when
//!   another host takes over: turns then begin anew, and no job is lost or held back for it.
//! - **Requests that overlap** are handled in any order, also those of one caller. Whoever needs an order waits for the
//!   first response.

mod audit;
mod backup;
mod error;
mod health;
mod inbox;
mod job_page;
mod jobs;
mod many;
mod operations;
mod orders;
mod plugins;
mod queues;
mod retention;
mod schedules;
mod settled;
mod submission;
mod tasks;
mod throughput;
mod tokens;

pub use audit::{AUDIT_LOOKED_AT_MAX, AUDIT_PRUNED_MAX, AuditPage, AuditRetention, AuditStore};
pub use backup::{BackupKey, BackupParts, BackupStore};
pub use error::{StorageError, StorageResult};
pub use health::{HealthStore, StorageUsage};
pub use inbox::{InboxStore, ReceivedEvent, Recipient};
pub use job_page::JobPage;
pub use jobs::{
    AttemptLog, ClaimRequest, Claimed, EndedAttempt, Expired, FollowedOn, JobStore, LOGS_KEPT_MAX,
    PageRequest, RenewalAnswer, Rescued,
};
pub use many::{ActedOnMany, ManyStore};
pub use operations::OperationStore;
pub use orders::{OrderFilter, OrderStore};
pub use plugins::{GrantStore, NewVersion, PluginStore, SecretInfo, SecretStore};
pub use queues::{NamePageRequest, QueueStats, QueueStore};
pub use retention::{FinalCount, RetentionStore};
pub use schedules::{DueSchedules, Fired, Firing, ScheduleStore};
pub use settled::{Acted, Settled};
pub use submission::{Admitted, FirstAnswer, IdempotencyKey, NewJob, StepTaken, Submission, Submitted};
pub use tasks::{TaskStats, TaskStore};
pub use throughput::ThroughputStore;
pub use tokens::{SessionStore, TokenStore};

/// All durable state of Taskbox.
pub trait Storage:
    JobStore
    + InboxStore
    + QueueStore
    + TaskStore
    + OrderStore
    + PluginStore
    + GrantStore
    + SecretStore
    + ScheduleStore
    + ManyStore
    + RetentionStore
    + ThroughputStore
    + OperationStore
    + HealthStore
    + BackupStore
    + AuditStore
    + TokenStore
    + SessionStore
{
}

impl<
    Driver: JobStore
        + InboxStore
        + QueueStore
        + TaskStore
        + OrderStore
        + PluginStore
        + GrantStore
        + SecretStore
        + ScheduleStore
        + ManyStore
        + RetentionStore
        + ThroughputStore
        + OperationStore
        + HealthStore
        + BackupStore
        + AuditStore
        + TokenStore
        + SessionStore,
> Storage for Driver
{
}
