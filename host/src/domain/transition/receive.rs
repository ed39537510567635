//! An external event that arrives for a job.

use super::{Change, Refusal};
use crate::domain::{EventName, EventWait, InboxEvent, InboxUse, Job, JobState, Json, Phase, Timestamp};

/// The effect of an event that arrives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// It arrived before, with the same value.
    Known,
    /// It is stored, and the job changes if it waits for it.
    New(Option<Box<Change>>),
}

/// Receives an event of a job. `known` is what came of the event so far, and `used` the room that the others take.
///
/// The first value of an event stays. A job that waits for it becomes due, at the earliest a second after it began to
/// wait.
pub fn receive(
    job: &Job,
    event: &EventName,
    value: &Json,
    (known, used): (Option<&InboxEvent>, InboxUse),
    now: Timestamp,
) -> Result<Arrival, Refusal> {
    match known {
        Some(InboxEvent::Value(first)) if first.means_the_same(value) => return Ok(Arrival::Known),
        Some(InboxEvent::Value(_)) => return Err(Refusal::OtherValue { event: event.clone() }),
        Some(InboxEvent::TimedOut) => return Err(Refusal::WaitIsOver { event: event.clone() }),
        None => {}
    }
    if job.state.phase.is_final() {
        let advice = "a job that has ended receives no event";
        return Err(Refusal::WrongState { state: job.state.name(now), advice });
    }
    if !used.has_room_for(value.as_str().len()) {
        return Err(Refusal::InboxFull);
    }
    Ok(Arrival::New(awaited(job, event).map(|wait| Box::new(end_wait(job, wait, now)))))
}

fn awaited<'a>(job: &'a Job, event: &EventName) -> Option<&'a EventWait> {
    job.state.waits_for_event().filter(|wait| wait.event == *event)
}

/// A job that waits for the event no longer, because it is there.
pub(super) fn end_wait(job: &Job, wait: &EventWait, now: Timestamp) -> Change {
    let phase = Phase::Pending { due_at: job.state.due_by_event(wait, now) };
    Change::to(JobState { phase, waits_for: 0, wait: None, ..job.state.clone() })
}
