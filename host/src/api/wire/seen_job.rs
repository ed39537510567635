//! A job as its caller may see it.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::job::JobBody;
use super::one_of::{JobStateName, OneOf};
use crate::domain::{Caller, Job, Timestamp};

/// A job: complete, or the part that a token may see of a job that another token submitted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SeenJob)]
pub(in crate::api) enum SeenJobBody {
    /// For its submitter, and for tokens with the scope `read` or `operate`.
    Whole(Box<JobBody>),
    /// For all other tokens.
    Foreign(ForeignJobBody),
}

/// A job that another token submitted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ForeignJob)]
pub(in crate::api) struct ForeignJobBody {
    id: Uuid,
    state: JobStateName,
    /// Only in responses to submissions: true when the job existed before, with the same unique key.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<bool>,
}

impl SeenJobBody {
    /// The part of a job that this caller may see.
    pub(in crate::api) fn of(
        caller: &Caller,
        job: &Job,
        now: Timestamp,
        whole: impl FnOnce() -> JobBody,
    ) -> Self {
        if caller.may_see(job) {
            return Self::Whole(Box::new(whole()));
        }
        let (id, state) = (job.spec.id.as_uuid(), OneOf(job.state_name(now)));
        Self::Foreign(ForeignJobBody { id, state, duplicate: None })
    }

    /// The same job, marked as one that existed before the submission.
    pub(in crate::api) fn duplicate(self) -> Self {
        match self {
            Self::Whole(body) => Self::Whole(Box::new(body.duplicate())),
            Self::Foreign(body) => Self::Foreign(ForeignJobBody { duplicate: Some(true), ..body }),
        }
    }
}
