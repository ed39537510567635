//! The jobs of a submission in the model, by its plan.

use std::collections::BTreeMap;

use taskbox::domain::submission::{Effect, Insertion, Known, Reads};
use taskbox::domain::{Job, JobId, Order, Payload, Timestamp};
use taskbox::ports::{Admitted, NewJob, Settled, StorageError, StorageResult};

use super::{Everything, Row};

impl Everything {
    /// What the plan of these jobs needs to know.
    pub(super) fn known(&self, jobs: &[NewJob], now: Timestamp) -> Known {
        let webhooks = jobs.iter().filter_map(|new| new.webhook.as_ref());
        let jobs = jobs.iter().map(|new| &new.job).chain(webhooks.map(|webhook| &webhook.job));
        let reads = Reads::of(jobs);
        let mut known = Known::new(&reads);
        for read in &reads.newest {
            let counts = |job: &&Job| {
                let is_of_key = job.spec.options.unique.as_ref().is_some_and(|unique| unique.key == read.key);
                is_of_key && job.spec.task == read.task && read.states.contains(&job.state_name(now))
            };
            if let Some(job) = self.jobs.values().rev().map(|row| &row.job).find(counts) {
                known.add_newest(job, self.order_of(job.spec.id).as_ref());
            }
        }
        for Row { job, .. } in reads.parents.iter().filter_map(|parent| self.jobs.get(parent)) {
            known.add_parent(job.spec.id, &job.spec.submitter, &job.state.phase);
        }
        known
    }

    pub(super) fn insert(
        &mut self,
        insertion: Insertion,
        payload: Payload,
        order: Option<Order>,
    ) -> StorageResult<Admitted> {
        let Insertion { job, order: changed, dependencies, error, superseded, .. } = insertion;
        let superseded = superseded.map(|(id, change)| self.write_change(id, change)).transpose()?;
        let (id, order) = (job.spec.id, changed.or(order));
        let row = Row {
            job: job.clone(),
            payload: payload.clone(),
            output: None,
            errors: error.iter().cloned().collect(),
            logs: Vec::new(),
            checkpoints: BTreeMap::new(),
            steps: Vec::new(),
            events: BTreeMap::new(),
            urls: BTreeMap::new(),
            strict_order: self.strict_number(&job, None),
        };
        if self.jobs.insert(id, row).is_some() {
            return Err(StorageError::Corrupt(format!("a job {id} exists already")));
        }
        self.orders.extend(order.clone().map(|order| (order.id, order)));
        self.dependencies
            .extend(dependencies.waits_for().iter().map(|(parent, dependency)| ((*parent, id), *dependency)));
        self.follow_fairness();
        let errors = error.into_iter().collect();
        Ok(Admitted { superseded, errors, ..Admitted::new(job, payload, order) })
    }

    pub(super) fn duplicate(
        &mut self,
        of: JobId,
        effect: Option<Effect>,
        payload: Payload,
    ) -> StorageResult<Admitted> {
        match effect {
            None => {}
            Some(Effect::Change(change)) => drop::<Settled>(self.write_change(of, *change)?),
            Some(Effect::Rewrite(job)) => {
                let number = self.row(of)?.strict_order;
                let number = self.strict_number(&job, number);
                let row = self.row(of)?;
                (row.job, row.payload, row.strict_order) = (*job, payload, number);
                self.follow_fairness();
            }
        }
        let order = self.order_of(of);
        let row = self.row(of)?;
        Ok(Admitted { duplicate: true, ..Admitted::new(row.job.clone(), row.payload.clone(), order) })
    }

    /// The number of a job that had this one.
    fn strict_number(&mut self, job: &Job, number: Option<u64>) -> Option<u64> {
        job.spec.options.flow.strict_order.then(|| {
            number.unwrap_or_else(|| {
                self.strict_jobs += 1;
                self.strict_jobs
            })
        })
    }
}
