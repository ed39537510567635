//! Events for watchers.

use crate::domain::{Job, Phase};
use crate::ports::{Event, Events, Settled, Topic};

/// Publishes the changes of jobs, and wakes the dispatcher if one of them may be due.
pub fn publish(events: &dyn Events, settled: impl IntoIterator<Item = Settled>) {
    for Settled { job, order, .. } in settled.into_iter().flat_map(Settled::with_followed) {
        if matches!(job.state.phase, Phase::Pending { .. }) {
            events.wake();
        }
        publish_state(events, &job);
        order.into_iter().for_each(|order| events.publish(Event::Order(Box::new(order))));
    }
}

/// Publishes the state of a job if it is watched.
pub fn publish_state(events: &dyn Events, job: &Job) {
    let id = job.spec.id;
    if events.is_watched(Topic::Job(id)) {
        events.publish(Event::State(id, Box::new(job.state.clone())));
    }
}
