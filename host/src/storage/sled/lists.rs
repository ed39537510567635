//! Lists, newest first.
//!
//! A list looks at a bounded number of rows at a time and lets writers through in between, so that
//! no list of a million jobs holds up a commit. Ids only grow, so new rows do not disturb it.

use std::fmt::Display;

use super::database::Database;
use super::keys;
use super::shared::Shared;
use super::view::{Look, damaged_read};
use crate::domain::{JobId, Order, OrderId, OrderStatusName, ScheduleName, Timestamp};
use crate::ports::{DueSchedules, JobFilter, JobPage, OrderFilter, PageRequest, StorageError, StorageResult};

/// Rows that are looked at under one lock: about a millisecond, mostly in memory.
const LOOKED_AT_ONCE: usize = 4096;

/// The smallest id there can be, where lists end.
const FIRST: [u8; 16] = [0; 16];
/// The largest id there can be, where lists begin.
const LAST: [u8; 16] = [0xff; 16];

/// Jobs that a filter shows. Blocks.
pub fn jobs(
    shared: &Shared,
    filter: &JobFilter,
    page: PageRequest<JobId>,
    now: Timestamp,
) -> StorageResult<JobPage> {
    let ids = job_ids(shared, filter, page, now)?;
    let is_full = ids.len() == page.limit;
    // Each under a lock of its own: a large input has hundreds of rows. It may have changed meanwhile.
    let read = |id| {
        shared.read(|database| match database.index().shows(id, filter, now) {
            true => {
                let job = whole("job", id, database.snapshot().full_job(id))?;
                Ok(job.filter(|full| filter.tag.iter().all(|tag| full.job.spec.options.tags.contains(tag))))
            }
            false => Ok(None),
        })
    };
    let mut listed = JobPage::cut(ids.into_iter().filter_map(|id| read(id).transpose()))?;
    listed.more |= is_full && listed.jobs.len() < page.limit;
    Ok(listed)
}

/// Schedules that are due.
pub fn due_schedules(database: &Database, now: Timestamp, limit: usize) -> StorageResult<DueSchedules> {
    let (names, next_at) = database.index().ticks().due(now, limit);
    let read = |name: &ScheduleName| database.snapshot().schedule(name).transpose();
    let schedules = names.iter().filter_map(read).collect::<StorageResult<_>>()?;
    Ok(DueSchedules { schedules, next_at })
}

/// The names of jobs that a filter shows. Blocks.
pub fn job_ids(
    shared: &Shared,
    filter: &JobFilter,
    page: PageRequest<JobId>,
    now: Timestamp,
) -> StorageResult<Vec<JobId>> {
    let mut found = Vec::new();
    let mut before = page.before;
    while found.len() < page.limit {
        let more = shared.read(|database| {
            let candidates = tagged(database, filter, before)?;
            for id in &candidates {
                if found.len() == page.limit {
                    return Ok(false);
                }
                if database.index().shows(*id, filter, now) {
                    found.push(*id);
                }
            }
            before = candidates.last().copied();
            Ok(before.is_some())
        })?;
        if !more {
            break;
        }
    }
    Ok(found)
}

fn tagged(database: &Database, filter: &JobFilter, before: Option<JobId>) -> StorageResult<Vec<JobId>> {
    let Some(tag) = &filter.tag else {
        return Ok(database.index().jobs_before(before).take(LOOKED_AT_ONCE).collect());
    };
    let older = before.unwrap_or(JobId::from_bytes(LAST));
    let rows = database.disk().rows().range(keys::tag(tag, JobId::from_bytes(FIRST))..keys::tag(tag, older));
    let ids = rows.keys().rev().take(LOOKED_AT_ONCE);
    ids.filter_map(|key| key.map(|key| keys::trailing_job(&key)).transpose())
        .map(|id| id.map_err(damaged_read))
        .collect()
}

/// Orders that a filter shows. Blocks.
pub fn orders(
    shared: &Shared,
    filter: &OrderFilter,
    page: PageRequest<OrderId>,
) -> StorageResult<Vec<Order>> {
    let mut found = Vec::new();
    let mut before = page.before;
    let shown = |status: OrderStatusName| filter.status.is_none_or(|wanted| status == wanted);
    while found.len() < page.limit {
        let more = shared.read(|database| {
            let candidates = of_user(database, filter, before)?;
            for id in &candidates {
                if found.len() == page.limit {
                    return Ok(false);
                }
                if database.index().order(*id).is_some_and(shown) {
                    found.extend(whole("order", id, database.snapshot().order(*id))?);
                }
            }
            before = candidates.last().copied();
            Ok(before.is_some())
        })?;
        if !more {
            break;
        }
    }
    Ok(found)
}

/// One row that cannot be read is left out of a list and reported, so that the others are seen.
fn whole<T>(what: &str, id: impl Display, read: StorageResult<Option<T>>) -> StorageResult<Option<T>> {
    match read {
        Err(StorageError::Corrupt(reason)) => {
            tracing::error!(what, %id, reason, "a row cannot be read, and is left out of a list");
            Ok(None)
        }
        read => read,
    }
}

fn of_user(
    database: &Database,
    filter: &OrderFilter,
    before: Option<OrderId>,
) -> StorageResult<Vec<OrderId>> {
    let Some(user) = &filter.user_id else {
        return Ok(database.index().orders_before(before).take(LOOKED_AT_ONCE).collect());
    };
    let older = before.unwrap_or(OrderId::from_bytes(LAST));
    let rows = database
        .disk()
        .rows()
        .range(keys::user_order(user, OrderId::from_bytes(FIRST))..keys::user_order(user, older));
    let ids = rows.keys().rev().take(LOOKED_AT_ONCE);
    ids.filter_map(|key| key.map(|key| keys::trailing_order(&key)).transpose())
        .map(|id| id.map_err(damaged_read))
        .collect()
}
