//! An operation, outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bulk::{BulkFilterBody, check_selection, read_filter};
use super::one_of::{ActionName, JobStateName, OneOf, OperationStateName};
use crate::api::read::{Read, Value};
use crate::domain::transition::Action;
use crate::domain::{JobFilter, Operation};

/// An operation to begin.
#[derive(ToSchema)]
#[schema(as = OperationRequest)]
#[allow(dead_code, reason = "describes what `read_operation` reads")]
pub(in crate::api) struct OperationRequestBody {
    /// `retry` changes jobs that are retryable, discarded or cancelled, and others only when the filter names their
    /// state.
    action: ActionName,
    /// The jobs to act on, without `ids`.
    filter: Option<BulkFilterBody>,
    /// True to act on every job, instead of a filter.
    all: Option<bool>,
}

/// An action on all jobs that matched a filter when it began.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Operation)]
pub(in crate::api) struct OperationBody {
    id: Uuid,
    action: ActionName,
    filter: OperationFilterBody,
    state: OperationStateName,
    /// Number of jobs that matched at the beginning; null where no index knew it.
    expected: Option<u64>,
    /// Number of jobs that it has looked at and that matched.
    matched: u64,
    /// Number of them that changed.
    changed: u64,
    /// Why it failed.
    error: Option<String>,
    /// Name of the token with which it was begun.
    submitter: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// The jobs that an operation acts on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperationFilter)]
struct OperationFilterBody {
    state: Option<JobStateName>,
    task: Option<String>,
    queue: Option<String>,
    tag: Option<String>,
}

/// Reads an operation to begin.
pub(in crate::api) fn read_operation(value: Value<'_>) -> Read<(Action, JobFilter)> {
    let mut fields = value.clone().object()?;
    let action = fields.required("action", Value::parsed);
    let filter = fields.optional("filter", read_filter);
    let all = fields.optional("all", Value::flag).unwrap_or_default();
    let (action, (filter, ids)) = fields.finish(|| Some((action?, filter.unwrap_or_default())))?;
    if ids.is_some() {
        return Err(value.wrong("must not name ids; POST /v1/jobs/bulk acts on named jobs"));
    }
    check_selection(&value, filter == JobFilter::default(), all)?;
    Ok((action, filter))
}

impl From<&Operation> for OperationBody {
    fn from(operation: &Operation) -> Self {
        let JobFilter { state, task, queue, tag } = &operation.filter;
        Self {
            id: operation.id.as_uuid(),
            action: OneOf(operation.action),
            filter: OperationFilterBody {
                state: state.map(OneOf),
                task: task.as_ref().map(ToString::to_string),
                queue: queue.as_ref().map(ToString::to_string),
                tag: tag.clone(),
            },
            state: OneOf(operation.state),
            expected: operation.expected,
            matched: operation.matched,
            changed: operation.changed,
            error: operation.error.clone(),
            submitter: operation.submitter.name().map(str::to_owned),
            created_at: operation.created_at.to_string(),
            updated_at: operation.updated_at.to_string(),
        }
    }
}
