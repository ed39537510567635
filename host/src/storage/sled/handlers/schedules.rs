//! Writing, forgetting and firing schedules.

use super::super::codec::ScheduleRecord;
use super::super::index::Edit;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{prepare, submit};
use crate::domain::{Schedule, ScheduleName, ScheduleSpec, Timestamp};
use crate::ports::{Fired, Firing, StorageResult};

/// Writes a schedule in place of the one that may be there.
pub fn put_schedule(
    txn: &mut Txn<'_>,
    name: ScheduleName,
    spec: ScheduleSpec,
    now: Timestamp,
) -> StorageResult<Schedule> {
    let known = txn.schedule(&name)?;
    let schedule = Schedule::written(name, spec, known.as_ref(), now);
    save(txn, &schedule)?;
    Ok(schedule)
}

/// Removes a schedule. Returns whether there was one.
pub fn remove_schedule(txn: &mut Txn<'_>, name: &ScheduleName) -> StorageResult<bool> {
    let known = txn.schedule(name)?;
    txn.remove(&keys::schedule(name))?;
    txn.edit(Edit::Schedule(name, None));
    Ok(known.is_some())
}

/// Submits the jobs of a tick and moves the schedule on. A firing that came too late writes nothing.
pub fn fire(txn: &mut Txn<'_>, firing: Firing) -> StorageResult<Fired> {
    if firing.expected.is_outdated(txn.schedule(&firing.expected.name)?.as_ref()) {
        return Ok(Fired::Taken);
    }
    let submitted = submit::submit(txn, prepare(firing.submission.clone())?)?;
    save(txn, &firing.moved_on(&submitted))?;
    Ok(Fired::Done(submitted))
}

fn save(txn: &mut Txn<'_>, schedule: &Schedule) -> StorageResult<()> {
    txn.put(&keys::schedule(&schedule.name), &ScheduleRecord::of(schedule)?)?;
    txn.edit(Edit::Schedule(&schedule.name, schedule.state.next_at));
    Ok(())
}
