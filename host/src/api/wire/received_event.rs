//! An event that a job received, outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ports::ReceivedEvent;

/// An event that a job received.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReceivedEvent)]
pub(in crate::api) struct ReceivedEventBody {
    /// Id of the job.
    job_id: Uuid,
    /// Name of the event.
    event: String,
}

impl From<&ReceivedEvent> for ReceivedEventBody {
    fn from(received: &ReceivedEvent) -> Self {
        Self { job_id: received.job.as_uuid(), event: received.event.to_string() }
    }
}
