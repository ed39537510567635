//! New jobs in the model, and those of a unique key that they meet.

use std::collections::BTreeMap;

use taskbox::domain::transition::{self, Meeting};
use taskbox::domain::{Job, JobId, Order, Timestamp};
use taskbox::ports::{Admitted, Settled, StorageError, StorageResult};

use super::{Everything, Row};

impl Everything {
    pub(super) fn admit(
        &mut self,
        job: Job,
        order: Option<Order>,
        now: Timestamp,
    ) -> StorageResult<Admitted> {
        let Some(id) = self.newest_of_its_key(&job, now) else { return self.store(job, order, None, now) };
        let (other, its_order) = self.job_and_order(id)?;
        let there = match transition::meet(&job, &other, its_order.as_ref(), now) {
            Meeting::Apart => return self.store(job, order, None, now),
            Meeting::Keep => Settled::alone(other, its_order),
            Meeting::Move(change) => self.apply(id, *change, now)?,
            Meeting::Rewrite(job) => {
                self.row(id)?.job = *job.clone();
                self.follow_turns();
                Settled::alone(*job, its_order)
            }
            Meeting::Supersede(change, job) => {
                let superseded = self.apply(id, *change, now)?;
                return self.store(*job, order, Some(superseded), now);
            }
        };
        Ok(Admitted { job: there.job, order: there.order, duplicate: true, superseded: None })
    }

    fn newest_of_its_key(&self, new: &Job, now: Timestamp) -> Option<JobId> {
        let wanted = new.spec.unique.as_ref()?;
        let counts = |job: &&Job| {
            let same = job.spec.unique.as_ref().is_some_and(|unique| unique.key == wanted.key);
            same && job.spec.task == new.spec.task && wanted.states.contains(&job.state_name(now))
        };
        self.jobs.values().rev().map(|row| &row.job).find(counts).map(|job| job.spec.id)
    }

    fn store(
        &mut self,
        job: Job,
        order: Option<Order>,
        superseded: Option<Settled>,
        now: Timestamp,
    ) -> StorageResult<Admitted> {
        let id = job.spec.id;
        let row = Row {
            job: job.clone(),
            output: None,
            errors: Vec::new(),
            logs: Vec::new(),
            checkpoints: BTreeMap::new(),
        };
        if self.jobs.insert(id, row).is_some() {
            return Err(StorageError::Corrupt(format!("a job {id} exists already")));
        }
        self.orders.extend(order.clone().map(|order| (order.id, order)));
        self.follow_turns();
        self.tie(id, now)?;
        let (job, order) = self.job_and_order(id)?;
        Ok(Admitted { job, order, duplicate: false, superseded })
    }
}
