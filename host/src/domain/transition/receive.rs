//! An event of the outside that arrives for a job.

use super::{Change, Facts, Refusal, change_to};
use crate::domain::{
    EventName, EventWait, InboxEvent, InboxUse, Job, JobState, Json, Order, Phase, Timestamp,
};

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
    order: Option<&Order>,
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
    Ok(Arrival::New(awaited(job, event).map(|wait| Box::new(end_wait(job, order, wait, now)))))
}

fn awaited<'a>(job: &'a Job, event: &EventName) -> Option<&'a EventWait> {
    job.state.waits_for_event().filter(|wait| wait.event == *event)
}

fn end_wait(job: &Job, order: Option<&Order>, wait: &EventWait, now: Timestamp) -> Change {
    let due_at = job.state.due_by_event(wait, now);
    let change = change_to(Phase::Pending { due_at }, job, order, Facts::default(), now);
    Change { state: JobState { wait: None, waits_for: 0, ..change.state }, ..change }
}
