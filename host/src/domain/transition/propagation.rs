//! The bound of what the end of a job does in one transaction.

use std::collections::BTreeSet;

use crate::domain::{Job, JobId};

/// The jobs whose children one transaction has to follow up, and how much of that it has done. A child that is
/// discarded for its parent is marked in turn, so that nothing recurses.
#[derive(Clone, Debug, Default)]
pub struct Propagation {
    marked: BTreeSet<JobId>,
    work: usize,
}

impl Propagation {
    /// The work of one transaction: some milliseconds.
    pub const WORK_MAX: usize = 1_000;

    /// Marks a job that ended, runs again or is gone, and has children.
    pub fn mark(&mut self, parent: JobId) {
        self.marked.insert(parent);
    }

    /// Takes out a marked job.
    pub fn next_parent(&mut self) -> Option<JobId> {
        self.marked.pop_first()
    }

    /// Counts a child that followed its parent: one that waits no longer lets go of all its parents.
    pub fn followed(&mut self, ended: Option<&Job>) {
        let parents = ended.and_then(|job| job.spec.after.as_ref()).map_or(0, |after| after.jobs.len());
        self.work += parents.max(1);
    }

    /// Whether further children are for later transactions.
    pub fn is_exhausted(&self) -> bool {
        self.work >= Self::WORK_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::After;
    use crate::domain::transition::tests::job;

    #[test]
    fn a_transaction_does_no_more_than_so_much_for_children_with_few_parents_or_many() {
        let mut child = job(3);
        let jobs = vec![child.spec.id; Propagation::WORK_MAX - 1];
        child.spec.after = Some(After { jobs, when: Default::default(), on_failed: Default::default() });
        let mut propagation = Propagation::default();
        propagation.followed(Some(&child));
        assert!(!propagation.is_exhausted());
        propagation.followed(None);
        assert!(propagation.is_exhausted());
    }

    #[test]
    fn a_job_that_is_marked_twice_is_followed_once() {
        let (mut propagation, id) = (Propagation::default(), job(3).spec.id);
        [id, id].into_iter().for_each(|id| propagation.mark(id));
        assert_eq!((propagation.next_parent(), propagation.next_parent()), (Some(id), None));
    }
}
