//! Dependencies of a new job on the jobs that it waits for.

use super::{Insertion, Known};
use crate::domain::transition::{
    Dependency, Following, Interference, ParentState, Refusal, Trespass, follow,
};
use crate::domain::{Caller, Job, JobId, Order, Timestamp};

/// The parents of a new job.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Dependencies {
    parents: Vec<JobId>,
    waits_for: Vec<(JobId, Dependency)>,
}

impl Dependencies {
    /// Those that count it as a child: all that it named, as long as it is not final.
    pub fn parents(&self) -> &[JobId] {
        &self.parents
    }

    /// Those that it waits for, and what is between it and each.
    pub fn waits_for(&self) -> &[(JobId, Dependency)] {
        &self.waits_for
    }
}

/// The new job in its first state: one that waits for a job which is final already follows it at once.
pub(super) fn resolve(
    mut job: Job,
    order: Option<&Order>,
    caller: &Caller,
    known: &Known,
    now: Timestamp,
) -> Result<Insertion, Refusal> {
    let Some(after) = &job.spec.after else { return Ok(Insertion::of(job, Dependencies::default())) };
    let states = parent_states(&job, caller, known)?;
    let dependency = Dependency { when: after.when, on_failed: after.on_failed, failed: false };
    let mut dependencies: Vec<_> = states.iter().map(|_| Some(dependency)).collect();
    let parents = after.jobs.clone();
    for (place, state) in states.into_iter().enumerate().filter(|(_, state)| *state != ParentState::Open) {
        let following = follow(dependency, job.state.waits_for, state);
        if let Following::Waits(waits_for, left) = following {
            (job.state.waits_for, dependencies[place]) = (waits_for, left);
        }
        if let Some(change) = following.change(&job, order, (parents[place], state), now) {
            job.state = change.state;
            // A final job needs no results of others.
            let parents = if job.state.phase.is_final() { Vec::new() } else { parents };
            let inserted = Insertion::of(job, Dependencies { parents, waits_for: Vec::new() });
            return Ok(Insertion { order: change.order, error: change.error, ..inserted });
        }
    }
    let left = parents.iter().copied().zip(dependencies);
    let waits_for = left.filter_map(|(parent, dependency)| Some((parent, dependency?))).collect();
    Ok(Insertion::of(job, Dependencies { parents, waits_for }))
}

/// The states of the jobs that a new one waits for, all of which must exist and be the caller's to wait for.
fn parent_states(job: &Job, caller: &Caller, known: &Known) -> Result<Vec<ParentState>, Refusal> {
    let child = job.spec.id;
    let state = |parent: &JobId| {
        let found = known.parent(*parent).ok_or(Refusal::UnknownParent { child, parent: *parent })?;
        let interference = Interference { job: *parent, by: Some(child), deed: Trespass::WaitFor };
        interference.check(caller, &found.submitter)?;
        Ok(found.state)
    };
    job.spec.after.iter().flat_map(|after| &after.jobs).map(state).collect()
}

impl Insertion {
    fn of(job: Job, dependencies: Dependencies) -> Self {
        Self { job, order: None, dependencies, error: None, is_redirected: false, superseded: None }
    }
}
