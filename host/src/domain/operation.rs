//! Operations: an action on all jobs that a filter shows, which goes on by itself and can be watched and stopped.

use super::transition::Action;
use super::{JobFilter, JobId, OperationId, Submitter, Timestamp, closed_set};

/// The most operations that run at the same time.
pub const OPERATIONS_RUNNING_MAX: usize = 16;

/// The most ended operations that are kept, the newest.
pub const OPERATIONS_ENDED_MAX: usize = 100;

closed_set! {
    /// The state of an operation.
    pub enum OperationState {
        /// It goes on.
        Running = "running",
        /// It has acted on all jobs that matched.
        Completed = "completed",
        /// A caller stopped it; the jobs that it had acted on stay as they are.
        Stopped = "stopped",
        /// Storage failed.
        Failed = "failed",
    }
}

/// An action on all jobs that a filter shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// The action.
    pub action: Action,
    /// With which jobs. Those submitted after its beginning are left alone.
    pub filter: JobFilter,
    /// Who began it.
    pub submitter: Submitter,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The state.
    pub state: OperationState,
    /// The number of jobs that the filter showed at the beginning, where an index knew it.
    pub expected: Option<u64>,
    /// Number of jobs that it has looked at and the filter showed.
    pub matched: u64,
    /// Number of them that changed.
    pub changed: u64,
    /// The last job that it has looked at: it goes from the newest to the oldest.
    pub cursor: Option<JobId>,
    /// Why it failed.
    pub error: Option<String>,
}

/// A change of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OperationChange {
    /// A step.
    Advance {
        /// The cursor before the step. If it is another by now, another host took the step.
        from: Option<JobId>,
        /// The cursor after it.
        to: JobId,
        /// Number of jobs that the filter showed.
        matched: u64,
        /// Number of them that changed.
        changed: u64,
    },
    /// Its end.
    End(OperationState, Option<String>),
}

impl Operation {
    /// Whether it goes on.
    pub fn is_running(&self) -> bool {
        self.state == OperationState::Running
    }

    /// The operation after a change. One that has ended stays as it is.
    pub fn changed(&self, change: OperationChange, now: Timestamp) -> Self {
        let mut next = Self { updated_at: now, ..self.clone() };
        match change {
            _ if !self.is_running() => return self.clone(),
            OperationChange::Advance { from, .. } if from != self.cursor => return self.clone(),
            OperationChange::Advance { to, matched, changed, .. } => {
                next.cursor = Some(to);
                next.matched += matched;
                next.changed += changed;
            }
            OperationChange::End(state, error) => (next.state, next.error) = (state, error),
        }
        next
    }
}

/// The ended operations that are kept no longer, given all operations, in any order.
pub fn operations_to_forget(operations: &[Operation]) -> Vec<OperationId> {
    let mut ended: Vec<_> = operations.iter().filter(|each| !each.is_running()).map(|each| each.id).collect();
    ended.sort_unstable();
    ended.truncate(ended.len().saturating_sub(OPERATIONS_ENDED_MAX));
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000);

    fn job(number: u8) -> JobId {
        JobId::from_bytes([number; 16])
    }

    fn operation(number: u16, state: OperationState) -> Operation {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        Operation {
            id: OperationId::from_bytes(id),
            action: Action::Retry,
            filter: JobFilter::default(),
            submitter: Submitter::default(),
            created_at: NOW,
            updated_at: NOW,
            state,
            expected: None,
            matched: 0,
            changed: 0,
            cursor: None,
            error: None,
        }
    }

    #[test]
    fn a_step_counts_once_whichever_host_takes_it() {
        let begun = operation(1, OperationState::Running);
        let step = |from, to| OperationChange::Advance { from, to, matched: 64, changed: 60 };
        let once = begun.changed(step(None, job(9)), NOW);
        assert_eq!((once.matched, once.changed, once.cursor), (64, 60, Some(job(9))));
        assert_eq!(once.changed(step(None, job(9)), NOW), once, "another host took it");
        assert_eq!(once.changed(step(Some(job(9)), job(5)), NOW).matched, 128);
    }

    #[test]
    fn an_ended_operation_does_not_go_on() {
        let begun = operation(1, OperationState::Running);
        let stopped = begun.changed(OperationChange::End(OperationState::Stopped, None), NOW);
        assert!(!stopped.is_running());
        let step = OperationChange::Advance { from: None, to: job(9), matched: 1, changed: 1 };
        assert_eq!(stopped.changed(step, NOW), stopped);
        assert_eq!(stopped.changed(OperationChange::End(OperationState::Completed, None), NOW), stopped);
    }

    #[test]
    fn the_oldest_ended_ones_are_forgotten_and_running_ones_never() {
        let mut all: Vec<_> = (1..=120).map(|number| operation(number, OperationState::Completed)).collect();
        all[0].state = OperationState::Running;
        let forgotten = operations_to_forget(&all);
        assert_eq!(forgotten.len(), 119 - OPERATIONS_ENDED_MAX);
        assert!(!forgotten.contains(&all[0].id) && forgotten.contains(&all[1].id));
    }
}
