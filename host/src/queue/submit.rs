//! Submitting jobs: checked as a whole, stored as a whole, and then the dispatcher is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::batch::Asked;
use super::{Batch, Queue, SubmitError, SubmittedJobs, news};
use crate::domain::{Caller, Job, JobIdentity, JobRequest, JobSpec, Submitter, Timestamp};
use crate::ports::{Admitted, RequestKey, StorageError, Submission, Submitted};

impl Queue {
    /// Stores a job. Finishes also when the caller goes away.
    pub async fn submit(
        self: &Arc<Self>,
        caller: Caller,
        request: JobRequest,
        key: Option<RequestKey>,
    ) -> Result<SubmittedJobs, SubmitError> {
        self.submit_all(caller, Asked::one(request), key).await
    }

    /// Stores the jobs of a batch and its callback in one transaction. Finishes also when the caller goes
    /// away.
    pub async fn submit_batch(
        self: &Arc<Self>,
        caller: Caller,
        batch: Batch,
        key: Option<RequestKey>,
    ) -> Result<SubmittedJobs, SubmitError> {
        self.submit_all(caller, Asked::batch(batch), key).await
    }

    async fn submit_all(
        self: &Arc<Self>,
        caller: Caller,
        asked: Asked,
        key: Option<RequestKey>,
    ) -> Result<SubmittedJobs, SubmitError> {
        let queue = Arc::clone(self);
        let storing = tokio::spawn(async move { queue.store(&caller, asked, key).await });
        storing.await.unwrap_or_else(|panic| Err(StorageError::Unavailable(panic.to_string()).into()))
    }

    async fn store(
        &self,
        caller: &Caller,
        asked: Asked,
        key: Option<RequestKey>,
    ) -> Result<SubmittedJobs, SubmitError> {
        let now = self.clock.now();
        asked.check(&*self.directory, now)?;
        let shape = asked.shape();
        let jobs = self.draft(&caller.submitter, asked, now);
        let submission = Submission {
            jobs: jobs.iter().map(|job| (job.clone(), None)).collect(),
            webhooks: jobs.iter().filter_map(|job| job.spec.webhook(self.ids.job_id(now))).collect(),
            idempotency: key.map(|key| key.at(now)),
            caller: caller.clone(),
            now,
        };
        match self.storage.submit(submission).await.map_err(|error| shape.blame(error, &jobs))? {
            Submitted::New => {
                self.events.wake();
                Ok(shape.submitted(jobs.into_iter().map(Some).collect(), BTreeSet::new(), false))
            }
            Submitted::Admitted(admitted) => {
                self.events.wake();
                let is_duplicate =
                    |(place, admitted): (usize, &Admitted)| admitted.duplicate.then_some(place);
                let duplicates = admitted.iter().enumerate().filter_map(is_duplicate).collect();
                Ok(shape.submitted(self.announce(admitted), duplicates, false))
            }
            Submitted::Replayed(first) => {
                let as_submitted = |(job, _): (Job, _)| Job::new(job.spec);
                let jobs = first.into_iter().map(|known| known.map(as_submitted)).collect();
                Ok(shape.submitted(jobs, BTreeSet::new(), true))
            }
        }
    }

    fn draft(&self, submitter: &Submitter, asked: Asked, now: Timestamp) -> Vec<Job> {
        let ids: Vec<_> = asked.requests.iter().map(|_| self.ids.job_id(now)).collect();
        let job = |(place, mut request): (usize, JobRequest)| {
            let task = self.directory.task(&request.task);
            let after = request.after.take().map(|after| after.resolve(&ids));
            let (id, submitter) = (ids[place], submitter.clone());
            let identity = JobIdentity { id, order: None, submitter, created_at: now };
            let spec = request.into_spec(identity, task.as_ref());
            Job::new(JobSpec { after, ..spec })
        };
        asked.requests.into_iter().enumerate().map(job).collect()
    }

    /// Tells those who watch a job that another one met.
    fn announce(&self, admitted: Vec<Admitted>) -> Vec<Option<Job>> {
        let mut jobs = Vec::with_capacity(admitted.len());
        for Admitted { job, duplicate, superseded, .. } in admitted {
            if duplicate {
                news::publish_state(&*self.events, &job);
            }
            news::publish(&*self.events, superseded);
            jobs.push(Some(job));
        }
        jobs
    }
}
