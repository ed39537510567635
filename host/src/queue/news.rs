//! Telling those who watch.

use crate::domain::{Job, Phase};
use crate::ports::{Event, Events, Settled, Topic};

/// Tells what became of jobs; the dispatcher too, when one of them may be due.
pub(super) fn publish(events: &dyn Events, settled: impl IntoIterator<Item = Settled>) {
    for Settled { job, order, .. } in settled.into_iter().flat_map(Settled::with_followed) {
        if matches!(job.state.phase, Phase::Pending { .. }) {
            events.wake();
        }
        publish_state(events, &job);
        order.into_iter().for_each(|order| events.publish(Event::Order(Box::new(order))));
    }
}

/// Tells those who watch a job where it stands.
pub(super) fn publish_state(events: &dyn Events, job: &Job) {
    let id = job.spec.id;
    if events.is_watched(Topic::Job(id)) {
        events.publish(Event::State(id, Box::new(job.state.clone())));
    }
}
