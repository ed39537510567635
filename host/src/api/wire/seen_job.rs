//! A job as far as its caller may see it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::job::JobBody;
use super::one_of::{JobStateName, OneOf};
use crate::domain::{Caller, Job, Timestamp};

/// A job: whole, or as a token sees it that may see its own jobs only.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SeenJob)]
pub(in crate::api) enum SeenJobBody {
    /// For who submitted it, and for tokens with the scope `read` or `operate`.
    Whole(Box<JobBody>),
    /// For the others.
    Foreign(ForeignJobBody),
}

/// A job that another token submitted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForeignJob)]
pub(in crate::api) struct ForeignJobBody {
    id: Uuid,
    state: JobStateName,
    /// Only in the answer to a submission: true when this job was there before, by its unique key.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<bool>,
}

impl SeenJobBody {
    /// What this caller sees of a job.
    pub(in crate::api) fn of(
        caller: &Caller,
        job: &Job,
        now: Timestamp,
        whole: impl FnOnce() -> JobBody,
    ) -> Self {
        if caller.may_read(&job.spec.submitter) {
            return Self::Whole(Box::new(whole()));
        }
        let (id, state) = (job.spec.id.as_uuid(), OneOf(job.state_name(now)));
        Self::Foreign(ForeignJobBody { id, state, duplicate: None })
    }

    /// The same job, said to be one that was there before the submission.
    pub(in crate::api) fn duplicate(self) -> Self {
        match self {
            Self::Whole(body) => Self::Whole(Box::new(body.duplicate())),
            Self::Foreign(body) => Self::Foreign(ForeignJobBody { duplicate: Some(true), ..body }),
        }
    }
}
