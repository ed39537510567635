//! What holds of every store between two requests, whatever these were.

use taskbox::domain::transition::{Following, ParentState, follow};
use taskbox::domain::{JobId, OrderStatusName};

use super::{Everything, ModelStorage};

impl ModelStorage {
    /// Fails if an invariant does not hold.
    pub fn check_invariants(&self) {
        self.read(|all| {
            all.check_orders();
            all.check_dependencies();
            all.check_children();
        });
    }
}

impl Everything {
    /// An order is loading exactly while its job is open.
    fn check_orders(&self) {
        for order in self.orders.values() {
            let is_open = self.jobs.get(&order.job_id).is_some_and(|row| !row.job.state.phase.is_final());
            let is_loading = order.status.name() == OrderStatusName::Loading;
            assert_eq!(is_loading, is_open, "the order {} of the job {}", order.id, order.job_id);
        }
    }

    /// A dependency exists exactly while its job waits: for as many as it counts.
    fn check_dependencies(&self) {
        for (parent, child) in self.dependencies.keys() {
            let waits_for = self.jobs.get(child).map_or(0, |row| row.job.state.waits_for);
            assert!(waits_for > 0, "{child} does not wait, for {parent} least of all");
        }
        for (id, row) in &self.jobs {
            let counted = self
                .dependencies
                .iter()
                .filter(|((_, child), dependency)| child == id && !dependency.failed)
                .count();
            assert_eq!(row.job.state.waits_for as usize, counted, "the dependencies of {id}");
        }
    }

    /// No child is left behind: what its parent's end means to it has been carried out, or is still to be.
    fn check_children(&self) {
        for ((parent, child), dependency) in &self.dependencies {
            let state = ParentState::of(self.jobs.get(parent).map(|row| &row.job.state.phase));
            let following = follow(*dependency, self.jobs[child].job.state.waits_for, state);
            let is_still_due = |behind: &Option<JobId>| behind.is_none_or(|behind| *child > behind);
            let is_due = self.unfinished.get(parent).is_some_and(is_still_due);
            assert!(following == Following::Same || is_due, "{child} does not follow {parent}, {state:?}");
        }
    }
}
