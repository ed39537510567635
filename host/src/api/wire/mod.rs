//! The bodies of requests and responses, field by field.
//!
//! Bodies of responses are built from domain values and serialised. Bodies of requests are read with [`super::read`];
//! their types here only describe them in the OpenAPI document.

mod after;
mod audit;
mod backup;
mod batch;
mod bulk;
mod flow_control;
mod grant;
mod hold;
mod job;
mod job_options;
mod job_request;
mod limits;
mod list;
mod one_of;
mod operation;
mod order;
mod plugin;
mod queue;
mod raw_json;
mod received_event;
mod retention;
mod schedule;
mod scheduled_job;
mod secret;
mod seen_job;
mod step;
mod task;
mod token;
mod unique;

pub(super) use audit::AuditEntryBody;
pub(super) use backup::{BackupRequestBody, read_backup_request};
pub(super) use batch::{BatchBody, SubmittedBatchBody, read_batch};
pub(super) use bulk::{BulkDoneBody, BulkRequestBody, read_bulk};
pub(super) use grant::{GrantBody, read_grant};
pub(super) use hold::HoldsBody;
pub(super) use job::{JobBody, LogBody, ProgressBody};
pub(super) use job_request::{JobRequestBody, read_job_request, read_options_of};
pub(super) use list::ListBody;
pub(super) use one_of::{AuditActionName, JobStateName, OrderStatusText};
pub(super) use operation::{OperationBody, OperationRequestBody, read_operation};
pub(super) use order::{OrderBody, OrderRequestBody, read_order_request};
pub(super) use plugin::{ActivationBody, PluginBody, UploadedBody, VersionBody, read_activation};
pub(super) use queue::{QueueBody, QueueSettingsBody, read_queue_change};
pub(super) use received_event::ReceivedEventBody;
pub(super) use retention::RetentionBody;
pub(super) use schedule::{ScheduleBody, ScheduleRequestBody, read_schedule};
pub(super) use secret::{SecretBody, SecretValueBody, read_secret_value};
pub(super) use seen_job::SeenJobBody;
pub(super) use step::SubmittedJobBody;
pub(super) use task::{OfferedTaskBody, TaskBody, TaskSettingsBody, read_task_change};
pub(super) use token::{MadeTokenBody, NewTokenBody, TokenBody, read_new_token};
