//! Consequences of a change of one job for the jobs that it waits for, and for those that wait for it.

use crate::domain::{JobState, Phase};

/// Consequences of a change for other jobs. A driver carries it out in the same transaction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Consequences {
    /// It waits for its parents no longer: what is between it and them goes.
    pub waits_no_longer: bool,
    /// It waits no longer for jobs that it submitted, likewise.
    pub awaits_no_longer: bool,
    /// Those that it named as parents are needed by it from now on, or no longer: each counts it.
    pub needs_parents: Option<bool>,
    /// It became final, or may run again: those that wait for it are notified.
    pub notifies_children: bool,
}

impl Consequences {
    /// Of a job that was in one state and is in another, or is gone.
    pub fn of(from: &JobState, to: Option<&JobState>) -> Self {
        let is_open = |state: Option<&JobState>| state.is_some_and(|state| !state.phase.is_final());
        let needs_parents = match (is_open(Some(from)), is_open(to)) {
            (true, false) => Some(false),
            (false, true) => Some(true),
            _ => None,
        };
        let no_longer = from.waits_for > 0 && to.is_none_or(|state| state.waits_for == 0);
        let awaits = from.waits_for_event().is_some();
        Self {
            waits_no_longer: no_longer && !awaits,
            awaits_no_longer: no_longer && awaits,
            needs_parents,
            notifies_children: to.is_none_or(|to| ends_or_begins(&from.phase, &to.phase)),
        }
    }
}

fn ends_or_begins(from: &Phase, to: &Phase) -> bool {
    from.is_final() != to.is_final()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::transition::tests::job;

    const AT: Timestamp = Timestamp::from_millis(1);

    fn state(phase: Phase, waits_for: u32) -> JobState {
        JobState { phase, waits_for, ..job(3).state }
    }

    #[test]
    fn a_job_that_ends_lets_go_of_its_parents_and_notifies_its_children() {
        let (waits, ended) = (state(Phase::Pending { due_at: AT }, 2), state(Phase::Discarded { at: AT }, 0));
        let all = Consequences {
            waits_no_longer: true,
            awaits_no_longer: false,
            needs_parents: Some(false),
            notifies_children: true,
        };
        assert_eq!(Consequences::of(&waits, Some(&ended)), all);
        assert_eq!(Consequences::of(&waits, None), all);
    }

    #[test]
    fn a_job_that_begins_again_needs_its_parents_again() {
        let (ended, due) = (state(Phase::Completed { at: AT }, 0), state(Phase::Pending { due_at: AT }, 0));
        let again = Consequences {
            waits_no_longer: false,
            awaits_no_longer: false,
            needs_parents: Some(true),
            notifies_children: true,
        };
        assert_eq!(Consequences::of(&ended, Some(&due)), again);
    }

    #[test]
    fn nothing_follows_while_a_job_stays_open() {
        let (one, other) = (state(Phase::Pending { due_at: AT }, 2), state(Phase::Pending { due_at: AT }, 1));
        assert_eq!(Consequences::of(&one, Some(&other)), Consequences::default());
    }
}
