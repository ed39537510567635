//! New jobs in the model, and those of a unique key that they meet.

use std::collections::BTreeMap;

use taskbox::domain::transition::{self, Meeting};
use taskbox::domain::{Caller, FullJob, Job, JobId, NameLimit, Order, Payload, Timestamp};
use taskbox::ports::{Admitted, Settled, StorageError, StorageResult};

use super::{Everything, Row};

/// Who submits, and when.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) caller: &'a Caller,
    pub(super) names: Option<&'a NameLimit>,
    pub(super) now: Timestamp,
}

/// What a new job came to that met another.
enum Met {
    Apart,
    Duplicate(Box<Settled>),
    /// The other was cancelled for this job.
    Superseded(Box<Settled>, Box<Job>),
}

impl Everything {
    pub(super) fn admit(
        &mut self,
        FullJob { mut job, payload }: FullJob,
        order: Option<Order>,
        by: By<'_>,
    ) -> StorageResult<Admitted> {
        let superseded = match self.newest_of_its_key(&job, by.now) {
            None => None,
            Some(id) => match self.meet(&job, &payload, id, by)? {
                Met::Duplicate(there) => return self.duplicate(*there),
                Met::Apart => None,
                Met::Superseded(settled, replacing) => {
                    job = *replacing;
                    Some(*settled)
                }
            },
        };
        self.check_names(&job, by)?;
        self.check_parents(&job, by.caller)?;
        self.store(FullJob { job, payload }, order, superseded, by.now)
    }

    fn meet(&mut self, job: &Job, payload: &Payload, id: JobId, by: By<'_>) -> StorageResult<Met> {
        let now = by.now;
        let (other, its_order) = self.job_and_order(id)?;
        Ok(match transition::meet(job, (&other, its_order.as_ref()), by.caller, now)? {
            Meeting::Apart => Met::Apart,
            Meeting::Keep => Met::Duplicate(Box::new(Settled::alone(other, its_order))),
            Meeting::Move(change) => Met::Duplicate(Box::new(self.apply(id, *change, now)?)),
            Meeting::Rewrite(job) => {
                self.check_names(&job, by)?;
                let row = self.row(id)?;
                (row.job, row.payload) = (*job.clone(), payload.clone());
                self.follow_turns();
                Met::Duplicate(Box::new(Settled::alone(*job, its_order)))
            }
            Meeting::Supersede(change, job) => Met::Superseded(Box::new(self.apply(id, *change, now)?), job),
        })
    }

    fn check_names(&self, job: &Job, by: By<'_>) -> StorageResult<()> {
        by.names.map_or(Ok(()), |names| Ok(names.check(&job.spec, self)?))
    }

    fn newest_of_its_key(&self, new: &Job, now: Timestamp) -> Option<JobId> {
        let wanted = new.spec.options.unique.as_ref()?;
        let counts = |job: &&Job| {
            let same = job.spec.options.unique.as_ref().is_some_and(|unique| unique.key == wanted.key);
            same && job.spec.task == new.spec.task && wanted.states.contains(&job.state_name(now))
        };
        self.jobs.values().rev().map(|row| &row.job).find(counts).map(|job| job.spec.id)
    }

    fn duplicate(&mut self, there: Settled) -> StorageResult<Admitted> {
        let payload = self.row(there.job.spec.id)?.payload.clone();
        Ok(Admitted { duplicate: true, ..Admitted::new(there.job, payload, there.order) })
    }

    fn store(
        &mut self,
        FullJob { job, payload }: FullJob,
        order: Option<Order>,
        superseded: Option<Settled>,
        now: Timestamp,
    ) -> StorageResult<Admitted> {
        let id = job.spec.id;
        let row = Row {
            job,
            payload: payload.clone(),
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
        Ok(Admitted { superseded, ..Admitted::new(job, payload, order) })
    }
}
