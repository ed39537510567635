//! Actions on a job, or on many.

use super::{Change, Refusal, cancel, delete, is_retried_among_many, retry};
use crate::domain::{Job, Order, StateName, Timestamp, closed_set};

closed_set! {
    /// An action on a job.
    pub enum Action {
        /// Cancel the job; a running attempt is asked to stop.
        Cancel = "cancel",
        /// Run the job again.
        Retry = "retry",
        /// Delete the job, unless it is running.
        Delete = "delete",
    }
}

/// The effect of an action.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Deed {
    /// The job is already as it was to be.
    Nothing,
    /// The job changes.
    Change(Box<Change>),
    /// The job goes, and its order becomes this if it changes.
    Delete(Option<Box<Order>>),
}

/// An action on one job.
pub fn act(job: &Job, order: Option<&Order>, action: Action, now: Timestamp) -> Result<Deed, Refusal> {
    let change = |change| Deed::Change(Box::new(change));
    match action {
        Action::Cancel => Ok(cancel(job, order, now).map_or(Deed::Nothing, change)),
        Action::Retry => Ok(retry(job, order, now)?.map_or(Deed::Nothing, change)),
        Action::Delete => Ok(Deed::Delete(delete(job, order, now)?.map(Box::new))),
    }
}

/// An action on one of many jobs, chosen by this state if by any. A job whose state refuses the action, or that
/// is not meant, keeps the others from nothing.
pub fn act_among_many(
    job: &Job,
    order: Option<&Order>,
    action: Action,
    chosen_by: Option<StateName>,
    now: Timestamp,
) -> Deed {
    if action == Action::Retry && !is_retried_among_many(job.state_name(now), chosen_by) {
        return Deed::Nothing;
    }
    act(job, order, action, now).unwrap_or(Deed::Nothing)
}
