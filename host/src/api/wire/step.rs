//! A job that a job submitted, outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::domain::SubmittedStep;

/// A job that another one submitted.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SubmittedJob)]
pub(in crate::api) struct SubmittedJobBody {
    /// Name of the step in which it was submitted.
    step: String,
    /// Id of the job; it may have been deleted.
    job_id: Uuid,
}

impl From<&SubmittedStep> for SubmittedJobBody {
    fn from(step: &SubmittedStep) -> Self {
        Self { step: step.name.clone(), job_id: step.job.as_uuid() }
    }
}
