//! A job that waits for others follows them when they end.
//!
//! Between a job and each of its parents that it still waits for there is a [`Dependency`]. Whenever a parent
//! becomes final, is retried or is deleted, its children are notified, and [`follow`] returns the effect on each.
//! What a dependency says depends on where the parent stands and not on how it came there, so it does no harm to
//! notify a child twice, and a parent that completes again after a retry counts once: its dependency is gone.
//!
//! A parent may have any number of children, and those may have children again. So one transaction notifies
//! no more than a [`Propagation`](super::Propagation) allows, and transactions of their own notify the others.

use super::receive::end_wait;
use super::{Change, Facts, change_to};
use crate::domain::{
    AfterFailed, AfterWhen, Failure, FailureKind, Job, JobId, JobState, Order, Phase, Timestamp,
};

/// A dependency of a job on a parent that it waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// The number of parents that must end.
    pub when: AfterWhen,
    /// The effect on the job when one of them fails.
    pub on_failed: AfterFailed,
    /// Whether the parent failed, and the job waits for another one all the same.
    pub failed: bool,
}

/// The state of a parent, as far as its children need it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParentState {
    /// It may still complete by itself.
    Open,
    /// It succeeded.
    Completed,
    /// It failed for good.
    Discarded,
    /// It was stopped.
    Cancelled,
    /// It is gone.
    Deleted,
}

impl Dependency {
    /// Of a job on one that it submitted: it waits until that is final, however it ends.
    pub const ON_SUBMITTED: Self = Self { when: AfterWhen::All, on_failed: AfterFailed::Run, failed: false };
}

impl ParentState {
    /// Of a job in this phase, or of one that is gone.
    pub fn of(phase: Option<&Phase>) -> Self {
        match phase {
            None => ParentState::Deleted,
            Some(Phase::Pending { .. } | Phase::Running { .. }) => ParentState::Open,
            Some(Phase::Completed { .. }) => ParentState::Completed,
            Some(Phase::Discarded { .. }) => ParentState::Discarded,
            Some(Phase::Cancelled { .. }) => ParentState::Cancelled,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            ParentState::Open => "not final",
            ParentState::Completed => "completed",
            ParentState::Discarded => "discarded",
            ParentState::Cancelled => "cancelled",
            ParentState::Deleted => "deleted",
        }
    }
}

/// The effect on a child of the state of a parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Following {
    /// Nothing: it waits on.
    Same,
    /// It waits for so many, and between the two there is now this, or nothing any more.
    Waits(u32, Option<Dependency>),
    /// It waits no longer: see [`Following::change`].
    Released,
    /// It never will run by itself: see [`Following::change`].
    Discarded,
}

/// The effect on a child that waits for so many, of the state of one of its parents.
pub fn follow(dependency: Dependency, waits_for: u32, parent: ParentState) -> Following {
    let without = waits_for.saturating_sub(1);
    match (parent, dependency.on_failed, dependency.when) {
        (ParentState::Open, _, _) if dependency.failed => {
            Following::Waits(waits_for + 1, Some(Dependency { failed: false, ..dependency }))
        }
        (ParentState::Open, _, _) => Following::Same,
        (ParentState::Completed, _, when) | (_, AfterFailed::Run, when) => match (when, without) {
            (AfterWhen::Any, _) | (AfterWhen::All, 0) => Following::Released,
            (AfterWhen::All, left) => Following::Waits(left, None),
        },
        (ParentState::Discarded | ParentState::Cancelled, AfterFailed::Wait, _) => Following::Same,
        // Who is gone completes never: to wait for it would be to wait for ever.
        (_, AfterFailed::Discard | AfterFailed::Wait, AfterWhen::All) => Following::Discarded,
        (_, AfterFailed::Discard | AfterFailed::Wait, AfterWhen::Any) if dependency.failed => Following::Same,
        (_, AfterFailed::Discard | AfterFailed::Wait, AfterWhen::Any) => match without {
            0 => Following::Discarded,
            left => Following::Waits(left, Some(Dependency { failed: true, ..dependency })),
        },
    }
}

impl Following {
    /// The change of the child, if it waits no longer.
    pub fn change(
        self,
        child: &Job,
        order: Option<&Order>,
        (parent, state): (JobId, ParentState),
        now: Timestamp,
    ) -> Option<Change> {
        match self {
            Following::Same | Following::Waits(..) => None,
            Following::Released => Some(match child.state.waits_for_event() {
                // What it waited for are jobs that it submitted, and their end is the event.
                Some(wait) => Change { arrives: Some(wait.event.clone()), ..end_wait(child, wait, now) },
                None => release(child, now),
            }),
            Following::Discarded => Some(discard(child, order, parent, state, now)),
        }
    }
}

/// A child that waits no longer: it is due when it wanted to be, and not before now.
pub(super) fn release(job: &Job, now: Timestamp) -> Change {
    let phase = match &job.state.phase {
        Phase::Pending { due_at } => Phase::Pending { due_at: now.max(*due_at) },
        other => other.clone(),
    };
    let state = JobState { phase, waits_for: 0, ..job.state.clone() };
    Change::to(state)
}

/// A child that never will run by itself, because this parent failed.
pub(super) fn discard(
    job: &Job,
    order: Option<&Order>,
    parent: JobId,
    how: ParentState,
    now: Timestamp,
) -> Change {
    let how = how.as_str();
    let message = match job.spec.after.as_ref().map(|after| after.when) {
        Some(AfterWhen::Any) => {
            format!("none of the jobs that it waits for can complete; the last of them, {parent}, was {how}")
        }
        _ => format!("the job {parent}, which it waits for, was {how}"),
    };
    let failure = Failure::permanent(FailureKind::ParentFailed, message);
    let facts = Facts { failure: Some(failure), ..Facts::default() };
    change_to(Phase::Discarded { at: now }, job, order, facts, now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::After;
    use crate::domain::transition::tests::job;

    const NOW: Timestamp = Timestamp::from_millis(5_000_000);
    const FAILED: [ParentState; 3] = [ParentState::Discarded, ParentState::Cancelled, ParentState::Deleted];

    fn dependency(when: AfterWhen, on_failed: AfterFailed) -> Dependency {
        Dependency { when, on_failed, failed: false }
    }

    #[test]
    fn all_counts_down_and_any_takes_the_first() {
        for on_failed in AfterFailed::ALL {
            let effect =
                |when, waits_for| follow(dependency(when, on_failed), waits_for, ParentState::Completed);
            assert_eq!(effect(AfterWhen::All, 3), Following::Waits(2, None));
            assert_eq!(effect(AfterWhen::All, 1), Following::Released);
            assert_eq!(effect(AfterWhen::Any, 3), Following::Released);
        }
    }

    #[test]
    fn a_failed_parent_is_followed_by_the_policy() {
        for how in FAILED {
            let effect = |when, on_failed, waits_for| follow(dependency(when, on_failed), waits_for, how);
            assert_eq!(effect(AfterWhen::All, AfterFailed::Discard, 3), Following::Discarded);
            assert_eq!(effect(AfterWhen::All, AfterFailed::Run, 3), Following::Waits(2, None));
            assert_eq!(effect(AfterWhen::Any, AfterFailed::Run, 3), Following::Released);
            assert_eq!(effect(AfterWhen::Any, AfterFailed::Discard, 1), Following::Discarded);
        }
    }

    #[test]
    fn who_waits_for_a_failed_parent_waits_until_it_completes_and_not_for_one_that_is_gone() {
        for when in AfterWhen::ALL {
            let effect = |how| follow(dependency(when, AfterFailed::Wait), 1, how);
            assert_eq!(effect(ParentState::Discarded), Following::Same);
            assert_eq!(effect(ParentState::Cancelled), Following::Same);
            assert_eq!(effect(ParentState::Deleted), Following::Discarded);
            assert_eq!(effect(ParentState::Open), Following::Same);
        }
    }

    #[test]
    fn one_of_any_that_failed_counts_once_and_again_when_it_is_retried() {
        let open = dependency(AfterWhen::Any, AfterFailed::Discard);
        let failed = Dependency { failed: true, ..open };
        assert_eq!(follow(open, 2, ParentState::Cancelled), Following::Waits(1, Some(failed)));
        assert_eq!(follow(failed, 1, ParentState::Cancelled), Following::Same);
        assert_eq!(follow(failed, 1, ParentState::Open), Following::Waits(2, Some(open)));
        assert_eq!(follow(failed, 1, ParentState::Completed), Following::Released);
    }

    fn child(when: AfterWhen) -> Job {
        let mut job = job(3);
        job.spec.after = Some(After { jobs: vec![job.spec.id], when, on_failed: AfterFailed::Discard });
        job.state.waits_for = 1;
        job
    }

    #[test]
    fn a_released_job_is_due_when_it_wanted_to_be_and_not_in_the_past() {
        let mut job = child(AfterWhen::All);
        assert_eq!(job.state.due_at(), None);
        assert_eq!(release(&job, NOW).state.due_at(), Some(NOW));
        let later = NOW.plus(std::time::Duration::from_secs(9));
        job.state.phase = Phase::Pending { due_at: later };
        assert_eq!(release(&job, NOW).state.due_at(), Some(later));
    }

    #[test]
    fn a_discarded_child_names_its_parent_and_waits_no_longer() {
        for (when, word) in [(AfterWhen::All, "which it waits for, was"), (AfterWhen::Any, "none of the")] {
            let job = child(when);
            let change = discard(&job, None, job.spec.id, ParentState::Cancelled, NOW);
            assert_eq!((change.state.phase, change.state.waits_for), (Phase::Discarded { at: NOW }, 0));
            let error = change.error.unwrap();
            assert_eq!((error.kind, error.attempt), (FailureKind::ParentFailed, 0));
            assert!(error.message.contains(word) && error.message.contains("cancelled"), "{error:?}");
        }
    }
}
