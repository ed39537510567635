//! The ports of Taskbox: traits between the use cases and the adapters, and the types of their methods.
//!
//! Use cases (`orders`, `queue`, `plugins`, `schedules`) call these; adapters (`storage`, `sandbox`, `egress`,
//! `clock`, `ids`) implement them; only the composition root (`app`) connects the two.

mod clock;
mod components;
mod egress;
mod events;
mod ids;
mod memory;
mod registry;
mod request_key;
mod runner;
mod storage;

pub use clock::Clock;
pub use components::{ComponentInfo, Components, Unfit, Unready};
pub use egress::{
    Body, BodyError, Egress, EgressError, EgressPass, EgressTimeouts, Intercepted, Interceptor,
    PlacedSecrets, SecretValue, place_secrets, whole_body,
};
pub use events::{Bookmark, Event, EventId, EventStream, Events, Heard, Lines, Topic};
pub use ids::Ids;
pub use memory::{Budget, Memory, Share};
pub use registry::{Provision, Registry};
pub use request_key::RequestKey;
pub use runner::{
    Assignment, AttemptHost, AttemptReport, CheckpointError, JobResult, ReadStep, Runner, StepRequest,
    SubmitError,
};
// Types of the ports that are the domain's own.
pub use crate::domain::JobFilter;
pub use crate::domain::transition::Action;
pub use storage::{
    AUDIT_LOOKED_AT_MAX, AUDIT_PRUNED_MAX, Acted, ActedOnMany, Admitted, AttemptLog, AuditPage,
    AuditRetention, AuditStore, BackupKey, BackupParts, BackupStore, ClaimRequest, Claimed, DueSchedules,
    EndedAttempt, Expired, FinalCount, Fired, Firing, FirstAnswer, FollowedOn, GrantStore, HealthStore,
    IdempotencyKey, InboxStore, JobPage, JobStore, LOGS_KEPT_MAX, ManyStore, NamePageRequest, NewJob,
    NewVersion, OperationStore, OrderFilter, OrderStore, PageRequest, PluginStore, QueueStats, QueueStore,
    ReceivedEvent, Recipient, RenewalAnswer, Rescued, RetentionStore, ScheduleStore, SecretInfo, SecretStore,
    SessionStore, Settled, StepTaken, Storage, StorageError, StorageResult, StorageUsage, Submission,
    Submitted, TaskStats, TaskStore, ThroughputStore, TokenStore,
};
