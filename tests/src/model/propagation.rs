//! Jobs that wait for others in the model.

use std::collections::BTreeSet;

use taskbox::domain::transition::{self, Following, ParentState};
use taskbox::domain::{Job, JobId, Timestamp};
use taskbox::ports::{FollowedOn, Settled, StorageResult};

use super::Everything;

impl Everything {
    /// Whether a job that is not final waits for this one, or did.
    pub(super) fn is_needed(&self, id: JobId) -> bool {
        let names = |job: &Job| job.spec.after.as_ref().is_some_and(|after| after.jobs.contains(&id));
        self.jobs.values().any(|row| !row.job.state.phase.is_final() && names(&row.job))
    }

    /// Drops the dependencies of jobs that wait no longer. They are dropped here and nowhere else.
    pub(super) fn drop_dependencies(&mut self) {
        let waits = |child: &JobId| self.jobs.get(child).is_some_and(|row| row.job.state.waits_for > 0);
        let waiting: BTreeSet<JobId> =
            self.dependencies.keys().map(|(_, child)| *child).filter(waits).collect();
        self.dependencies.retain(|(_, child), _| waiting.contains(child));
    }

    /// Tells the children of these jobs, and of those that are discarded for it.
    pub(super) fn propagate(&mut self, now: Timestamp) -> StorageResult<Vec<Settled>> {
        let mut followed = Vec::new();
        while let Some(parent) = self.propagation.next_parent() {
            if let Some(behind) = self.propagate_from(parent, None, now, &mut followed)? {
                self.unfinished.insert(parent, behind);
            }
        }
        Ok(followed)
    }

    /// Continues where earlier transactions stopped.
    pub(super) fn follow_on(&mut self, now: Timestamp) -> StorageResult<FollowedOn> {
        let mut jobs = Vec::new();
        while let Some((&parent, &behind)) = self.unfinished.first_key_value() {
            if self.propagation.is_exhausted() {
                return Ok(FollowedOn { jobs, more: true });
            }
            match self.propagate_from(parent, behind, now, &mut jobs)? {
                Some(behind) => drop(self.unfinished.insert(parent, behind)),
                None => drop(self.unfinished.remove(&parent)),
            }
            jobs.extend(self.propagate(now)?);
        }
        Ok(FollowedOn { jobs, more: false })
    }

    /// Tells the children of one parent behind one of them; says where to go on, if there is more.
    fn propagate_from(
        &mut self,
        parent: JobId,
        mut behind: Option<JobId>,
        now: Timestamp,
        followed: &mut Vec<Settled>,
    ) -> StorageResult<Option<Option<JobId>>> {
        loop {
            self.drop_dependencies();
            let next = |(one, child): &&(JobId, JobId)| *one == parent && Some(*child) > behind;
            let Some((_, child)) = self.dependencies.keys().find(next).copied() else { return Ok(None) };
            if self.propagation.is_exhausted() {
                return Ok(Some(behind));
            }
            let ended = self.notify(parent, child, now)?;
            self.propagation.followed(ended.as_ref().map(|settled| &settled.job));
            followed.extend(ended);
            behind = Some(child);
        }
    }

    fn notify(&mut self, parent: JobId, child: JobId, now: Timestamp) -> StorageResult<Option<Settled>> {
        let state = ParentState::of(self.jobs.get(&parent).map(|row| &row.job.state.phase));
        let dependency = self.dependencies[&(parent, child)];
        let (job, order) = self.job_and_order(child)?;
        let following = transition::follow(dependency, job.state.waits_for, state);
        if let Following::Waits(waits_for, dependency) = following {
            self.row(child)?.job.state.waits_for = waits_for;
            self.dependencies.remove(&(parent, child));
            self.dependencies.extend(dependency.map(|dependency| ((parent, child), dependency)));
        }
        let change = following.change(&job, order.as_ref(), (parent, state), now);
        change.map(|change| self.write_change(child, change)).transpose()
    }
}
