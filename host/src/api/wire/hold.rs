//! Why a job has not started, outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::one_of::{HoldReasonName, JobStateName, OneOf};
use crate::domain::{Hold, Job, Timestamp};

/// Why a job has not started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Holds)]
pub(in crate::api) struct HoldsBody {
    id: Uuid,
    state: JobStateName,
    /// All reasons, each of which has to end; empty if the job does not wait.
    holds: Vec<HoldBody>,
}

/// One reason why a job has not started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
struct HoldBody {
    reason: HoldReasonName,
    /// The reason as a sentence, without its end.
    #[schema(example = "its queue is paused")]
    detail: String,
    /// When it ends, if time ends it.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// The job that it waits for, if it is one.
    job_id: Option<Uuid>,
    /// The event that it waits for.
    event: Option<String>,
}

impl HoldsBody {
    /// The reasons of a job.
    pub(in crate::api) fn new(job: &Job, holds: &[Hold], now: Timestamp) -> Self {
        Self {
            id: job.spec.id.as_uuid(),
            state: OneOf(job.state_name(now)),
            holds: holds.iter().map(HoldBody::from).collect(),
        }
    }
}

impl From<&Hold> for HoldBody {
    fn from(hold: &Hold) -> Self {
        Self {
            reason: OneOf(hold.reason),
            detail: hold.to_string(),
            until: hold.until.map(|until| until.to_string()),
            job_id: hold.job.map(|job| job.as_uuid()),
            event: hold.event.as_ref().map(ToString::to_string),
        }
    }
}
