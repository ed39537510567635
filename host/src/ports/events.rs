//! News of jobs and orders, for whoever watches them now. A hint, never a promise: what must not be
//! missed is read from storage.

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::domain::{Job, JobId, Order, OrderId, Progress};

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A job came to a new state.
    Job(Box<Job>),
    /// An order was placed, or its status changed.
    Order(Order),
    /// An attempt told how far it is.
    Progress(JobId, Progress),
    /// An attempt printed a line.
    Log {
        /// Whose attempt.
        job: JobId,
        /// Which attempt.
        attempt: u32,
        /// The line, without its end.
        line: String,
    },
}

/// What one can watch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// One job: its states, progress and lines.
    Job(JobId),
    /// One order.
    Order(OrderId),
    /// All orders.
    Orders,
}

/// News as they come. A watcher that is too slow sees `Lagged`, and should read storage again.
pub type EventStream = broadcast::Receiver<Event>;

/// Carries news between the parts of a host.
#[async_trait]
pub trait Events: Send + Sync {
    /// Tells all who watch a topic of this event. Never waits, and costs little when nobody watches.
    fn publish(&self, event: Event);

    /// Whether somebody may watch a topic: nobody need make an event that nobody hears.
    fn is_watched(&self, topic: Topic) -> bool;

    /// Watches a topic from now on.
    fn subscribe(&self, topic: Topic) -> EventStream;

    /// Tells the dispatcher that jobs may be due.
    fn wake(&self);

    /// Returns when somebody called [`Events::wake`] since the last return.
    async fn woken(&self);
}
