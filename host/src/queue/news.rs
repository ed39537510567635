//! Telling those who watch.

use crate::domain::Phase;
use crate::ports::{Event, Events, Settled};

/// Tells what became of jobs; the dispatcher too, when one of them may be due.
pub(super) fn publish(events: &dyn Events, settled: impl IntoIterator<Item = Settled>) {
    for Settled { job, order, .. } in settled.into_iter().flat_map(Settled::with_followed) {
        if matches!(job.state.phase, Phase::Pending { .. }) {
            events.wake();
        }
        events.publish(Event::Job(Box::new(job)));
        order.into_iter().for_each(|order| events.publish(Event::Order(order)));
    }
}
