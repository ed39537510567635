//! An action on many jobs, outside.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::one_of::{ActionName, JobStateName};
use crate::api::read::{Read, Value};
use crate::domain::JobId;
use crate::ports::JobFilter;
use crate::queue::{BULK_IDS_MAX, BulkDone, BulkRequest};

/// An action on many jobs.
#[derive(ToSchema)]
#[schema(as = BulkRequest)]
#[allow(dead_code, reason = "describes what `read_bulk` reads")]
pub(in crate::api) struct BulkRequestBody {
    /// `retry` changes jobs that are retryable, discarded or cancelled, and others only when the filter names their
    /// state.
    action: ActionName,
    filter: Option<BulkFilterBody>,
    /// True to act on every job, instead of a filter.
    all: Option<bool>,
}

/// The jobs to act on. A job must match every field.
#[derive(ToSchema)]
#[schema(as = BulkFilter)]
#[allow(dead_code, reason = "describes what `read_filter` reads")]
pub(in crate::api) struct BulkFilterBody {
    state: Option<JobStateName>,
    task: Option<String>,
    queue: Option<String>,
    tag: Option<String>,
    /// Ids of jobs, at most 10,000.
    ids: Option<Vec<Uuid>>,
}

/// The result of an action on many jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BulkDone)]
pub(in crate::api) struct BulkDoneBody {
    /// Number of jobs that matched the filter.
    matched: u64,
    /// Number of jobs that changed, including running jobs that were asked to stop.
    changed: u64,
}

type Filter = (JobFilter, Option<BTreeSet<JobId>>);

/// Reads an action on many jobs.
pub(in crate::api) fn read_bulk(value: Value<'_>) -> Read<BulkRequest> {
    let mut fields = value.clone().object()?;
    let action = fields.required("action", Value::parsed);
    let filter = fields.optional("filter", read_filter);
    let all = fields.optional("all", Value::flag).unwrap_or_default();
    let request = fields.finish(|| {
        let (filter, ids) = filter.unwrap_or_default();
        Some(BulkRequest { action: action?, filter, ids })
    })?;
    let is_empty = request.filter == JobFilter::default() && request.ids.is_none();
    check_selection(&value, is_empty, all)?;
    Ok(request)
}

/// Refuses an action on many jobs that selects none, or selects them in two ways.
pub(super) fn check_selection(value: &Value<'_>, is_empty: bool, all: bool) -> Read<()> {
    match (is_empty, all) {
        (true, false) => Err(value.wrong(
            "must select jobs, by a filter such as {\"state\": \"discarded\"}, or by \"all\": true for every job",
        )),
        (false, true) => Err(value.wrong("must have either a filter or \"all\": true, not both")),
        _ => Ok(()),
    }
}

pub(super) fn read_filter(value: Value<'_>) -> Read<Filter> {
    let mut fields = value.object()?;
    let state = fields.optional("state", Value::parsed);
    let task = fields.optional("task", Value::parsed);
    let queue = fields.optional("queue", Value::parsed);
    let tag = fields.optional("tag", Value::text);
    let ids = fields.optional("ids", read_ids);
    fields.finish(|| Some((JobFilter { state, task, queue, tag }, ids)))
}

fn read_ids(value: Value<'_>) -> Read<BTreeSet<JobId>> {
    let ids = value.clone().list(Value::parsed::<JobId>)?;
    if ids.is_empty() || ids.len() > BULK_IDS_MAX {
        return Err(value.wrong(format!("must be 1 to {BULK_IDS_MAX} ids")));
    }
    Ok(ids.into_iter().collect())
}

impl From<BulkDone> for BulkDoneBody {
    fn from(done: BulkDone) -> Self {
        Self { matched: done.matched, changed: done.changed }
    }
}
