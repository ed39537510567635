//! The words and rules of Taskbox as plain values: no I/O, no async, no clock, no randomness.
//!
//! Everything here is a value or a pure function over values. `now`, ids and jitter are
//! arguments, so that a storage driver, a test and a simulation all get the same answer from the same question.

mod access_token;
mod admission;
mod after;
mod after_request;
mod audit;
mod backoff;
mod byte_size;
mod callback_url;
mod caller;
mod catalog;
mod checkpoint;
pub mod claim;
mod closed_set;
mod code;
mod custody;
mod digest;
mod duration_text;
pub mod egress_policy;
mod failure;
mod fair_queue;
mod fair_queues;
mod flow_control;
mod grant;
mod hold;
mod ids;
mod inbox;
mod job;
mod job_request;
mod json;
mod key_gate;
mod lease;
mod limits;
mod money;
mod name_kind;
mod names;
mod new_names;
mod operation;
mod order;
mod outcome;
mod plugin;
mod printable;
mod queue_choice;
mod queue_settings;
mod rate;
mod request_problem;
mod retention;
mod schedule;
mod schema;
mod scope;
mod session;
mod step;
pub mod submission;
mod submitter;
mod taken_steps;
mod task_hold;
mod throughput;
mod timestamp;
mod trace_parent;
pub mod transition;
mod unique;
mod webhook;

#[cfg(test)]
pub(crate) mod tests;

pub use access_token::{AccessToken, TOKEN_BOUNDS_MAX, TOKENS_MAX, TokenBounds, TokenId, token_name_problem};
pub use admission::{Admission, Gate, RateState};
pub use after::{After, AfterFailed, AfterWhen, StandIns};
pub use after_request::{AfterRequest, ParentName};
pub use audit::{AuditAction, AuditEntry, AuditFilter, AuditOutcome};
pub use backoff::{Backoff, Jitter, JitterSeed};
pub use byte_size::ByteSize;
pub use callback_url::callback_url_problem;
pub use caller::{Caller, Reach};
pub use catalog::{Catalog, CatalogError};
pub use checkpoint::{check_checkpoint, check_checkpoint_name};
pub(crate) use closed_set::closed_set;
pub use closed_set::{ClosedSet, Member, must_be_one_of};
pub use code::{Code, HostTask};
pub use custody::{Distrust, FileStatus};
pub use digest::{Digest, DigestError};
pub use duration_text::{format_duration, parse_duration};
pub(crate) use failure::ERROR_TEXT_BYTES_MAX;
pub use failure::{AttemptError, Failure, FailureKind, Retry};
pub use fair_queue::{FairQueue, Savepoint, VirtualTime};
pub use fair_queues::{Alone, FairQueues, FairQueuesSavepoint};
pub use flow_control::FlowControl;
pub use grant::{Grant, HostRule, SecretRule, TaskPattern};
pub use hold::{Hold, HoldReason, JobGates};
pub use ids::{JobId, LeaseToken, OperationId, OrderId};
pub use inbox::{
    AWAITED_STEPS_MAX, Awaited, EventKey, EventUrl, EventWait, INBOX_BYTES_MAX, INBOX_EVENTS_MAX, InboxEvent,
    InboxUse, NoEventKey, WAITS_MAX, WaitRequest,
};
pub use job::{
    FullJob, InputTrait, Job, JobDetails, JobFilter, JobOptions, JobSearch, JobSpec, JobState, JobTraits,
    MAX_ATTEMPTS_DEFAULT, Payload, Phase, PluginTrait, Progress, StateName, TAGS_MAX,
};
pub use job_request::{JobIdentity, JobRequest};
pub use json::{Json, JsonError, Members, json_fingerprint, pointer_part};
pub use key_gate::{FirstInOrder, KeyAdmission, KeyGate};
pub use lease::{Holder, Lease, WorkerId};
pub use limits::{Limit, LimitReader, Limits, LimitsSpec};
pub use money::{Currency, MoneyError, Price};
pub use name_kind::NameKind;
pub use names::{EventName, NameError, PluginName, QueueName, ScheduleName, SecretName, TaskName};
pub use new_names::{KnownNames, NAMES_MAX_DEFAULT, NameLimit, NamesInUse};
pub use operation::{
    OPERATIONS_ENDED_MAX, OPERATIONS_RUNNING_MAX, Operation, OperationChange, OperationState,
    operations_to_forget,
};
pub use order::{Order, OrderStatus, OrderStatusName, Receipt};
pub use outcome::Outcome;
pub use plugin::{Plugin, PluginRef, PluginVersion, TaskSpec};
pub use printable::{printable, printable_json, printable_line};
pub use queue_choice::QueueChoice;
pub use queue_settings::{
    CANCEL_GRACE_DEFAULT, CANCEL_GRACE_MAX, GateChange, GateSettings, QueueChange, QueueSettings, TaskChange,
    TaskSettings,
};
pub use rate::Rate;
pub use request_problem::RequestProblem;
pub use retention::{Cutoff, Retention, RetentionRule, format_age, parse_age};
pub use schedule::{
    Cadence, Cron, CronError, Missed, Overlap, Schedule, ScheduleSpec, ScheduleState, Tick, Zone,
};
pub use schema::{Schema, SchemaError, TaskSchemaError, TaskSchemas, Unchecked, Work, unchecked};
pub use scope::Scope;
pub use session::{SESSION_AGE_MAX, SESSION_IDLE_MAX, SESSIONS_MAX, Session, sessions_to_end};
pub use step::{SubmissionStep, SubmittedBy, SubmittedStep, check_step_count, check_step_name, untaken_step};
pub use submitter::Submitter;
pub use taken_steps::TakenSteps;
pub use task_hold::{TaskHold, TaskHolds};
pub use throughput::{Ended, MINUTES_KEPT, Minute};
pub use timestamp::Timestamp;
pub use trace_parent::TraceParent;
pub use unique::{OnConflict, UNIQUE_OPEN_MAX, Unique};
pub use webhook::{NO_WEBHOOK_KEY, OrderWebhook, WebhookKeys, webhook_key, webhook_queue};
