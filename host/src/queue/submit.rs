//! Submitting jobs: checked as a whole, stored as a whole, and then the dispatcher is told.

use std::sync::Arc;

use super::batch::Asked;
use super::{Batch, Queue, SubmitError, SubmittedJobs, news};
use crate::domain::{
    Caller, FullJob, Job, JobIdentity, JobRequest, JobSpec, NameLimit, Submitter, TaskHolds, Timestamp,
};
use crate::ports::{
    Admitted, FirstAnswer, IdempotencyKey, NewJob, RequestKey, StorageError, StorageResult, Submission,
    Submitted,
};

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
        let (shape, idempotency) = (asked.shape(), key.map(|key| key.at(now)));
        if let Err(refusal) = asked.check(&*self.directory, now) {
            let first = self.first_answer(idempotency, now).await?;
            return first.map(|first| shape.submitted(first, true)).ok_or(refusal);
        }
        let jobs = self.draft(&caller.submitter, asked, now);
        let held = self.held(&jobs);
        let submission = Submission {
            jobs: jobs.iter().map(|job| self.new_job(job.clone(), now)).collect(),
            idempotency,
            caller: caller.clone(),
            held: held.clone(),
            names: Some(NameLimit { most: self.names_max, known: self.directory.known_names() }),
            now,
        };
        let submitted = self.storage.submit(submission).await.map_err(|error| shape.blame(error, &jobs))?;
        let admitted = match submitted {
            Submitted::New => {
                jobs.into_iter().map(|FullJob { job, payload }| Admitted::new(job, payload, None)).collect()
            }
            Submitted::Admitted(admitted) => self.announce(admitted),
            Submitted::Replayed(first) => return Ok(shape.submitted(first, true)),
        };
        self.events.wake();
        Ok(shape.submitted(FirstAnswer { at: now, jobs: admitted, held }, false))
    }

    /// What was answered the first time, for a request that would be refused now: what it was checked against
    /// may have changed since, the time too.
    async fn first_answer(
        &self,
        key: Option<IdempotencyKey>,
        now: Timestamp,
    ) -> StorageResult<Option<FirstAnswer>> {
        match key {
            Some(key) => self.storage.first_answer(key, now).await,
            None => Ok(None),
        }
    }

    /// Which tasks of these jobs are held back.
    fn held(&self, jobs: &[FullJob]) -> TaskHolds {
        let tasks = jobs.iter().map(|full| &full.job.spec.task);
        tasks.filter_map(|task| Some((task.clone(), self.directory.hold(task)?))).collect()
    }

    fn draft(&self, submitter: &Submitter, asked: Asked, now: Timestamp) -> Vec<FullJob> {
        let ids: Vec<_> = asked.requests.iter().map(|_| self.ids.job_id(now)).collect();
        let job = |(place, mut request): (usize, JobRequest)| {
            let task = self.directory.task(&request.task);
            let after = request.after.take().map(|after| after.resolve(&ids));
            let (id, submitter) = (ids[place], submitter.clone());
            let identity = JobIdentity { id, order: None, submitter, created_at: now };
            let (spec, payload) = request.into_job(identity, task.as_ref());
            FullJob { job: Job::new(JobSpec { after, ..spec }), payload }
        };
        asked.requests.into_iter().enumerate().map(job).collect()
    }

    fn new_job(&self, FullJob { job, payload }: FullJob, now: Timestamp) -> NewJob {
        let webhook = job.spec.webhook(self.ids.job_id(now)).map(Box::new);
        NewJob { webhook, ..NewJob::new(job, payload) }
    }

    /// Tells those who watch a job that another one met.
    fn announce(&self, mut admitted: Vec<Admitted>) -> Vec<Admitted> {
        for Admitted { job, duplicate, superseded, .. } in &mut admitted {
            if *duplicate {
                news::publish_state(&*self.events, job);
            }
            news::publish(&*self.events, superseded.take());
        }
        admitted
    }
}
