//! Events for watchers.

use crate::domain::{Job, Phase};
use crate::metering::catalog::JOBS;
use crate::ports::{Event, Events, Settled, Topic};

/// Publishes the changes of jobs, and wakes the dispatcher if one of them may be due.
pub fn publish(events: &dyn Events, settled: impl IntoIterator<Item = Settled>) {
    for Settled { job, order, .. } in settled.into_iter().flat_map(Settled::with_followed) {
        if matches!(job.state.phase, Phase::Pending { .. }) {
            events.wake();
        }
        count_end(&job);
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

/// Counts a job if it has become final. Every change of a job is published once, by the host that made it; a job that
/// is final when it is submitted is not.
pub fn count_end(job: &Job) {
    if let Some(at) = job.state.phase.finalized_at() {
        let outcome = job.state.name(at).as_str();
        JOBS.with([job.spec.task.as_str(), job.spec.queue.as_str(), outcome]).increment(1);
    }
}
