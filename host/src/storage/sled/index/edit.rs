//! Changes of the index, and what takes them back.

use super::super::codec::{QueueRecord, StateRecord, TaskRecord};
use super::entry::Entry;
use crate::domain::claim::{FairnessSavepoint, Symbol};
use crate::domain::{JobId, JobSpec, OrderId, OrderStatusName, QueueName, ScheduleName, TaskName, Timestamp};

/// A change of the index.
pub enum Edit<'a> {
    /// The job stands here now.
    Job(&'a JobSpec, &'a StateRecord),
    /// The same, of a job of which only the state changed, and that did not begin again.
    State(JobId, &'a StateRecord),
    /// The job is gone.
    Gone(JobId),
    /// A queue's settings, and the state of its rate.
    Queue(QueueName, QueueRecord),
    /// A task's settings, and the state of its rate.
    Task(TaskName, TaskRecord),
    /// The status of an order; none when it is gone.
    Order(OrderId, Option<OrderStatusName>),
    /// The next tick of a schedule; none when it has ended, or is gone.
    Schedule(&'a ScheduleName, Option<Timestamp>),
}

/// The undo of a part of an edit.
pub enum Undo {
    /// This was known of the job.
    Job(JobId, Option<Entry>),
    /// This was remembered of the caller and its fairness key.
    Fairness(Box<FairnessSavepoint>),
    /// These were the settings of the queue, and the state of its rate.
    Queue(Symbol, QueueRecord),
    /// These were the settings of the task, and the state of its rate.
    Task(Symbol, TaskRecord),
    /// This was known of the order.
    Order(OrderId, Option<OrderStatusName>),
    /// This was the next tick of the schedule.
    Schedule(ScheduleName, Option<Timestamp>),
}
