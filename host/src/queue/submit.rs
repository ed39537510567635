//! Submission of jobs, which are validated together and stored together.

use super::batch::RequestedJobs;
use super::{Batch, Queue, SubmitError, SubmittedJobs};
use crate::domain::{JobIdentity, JobRequest, Submitter, Timestamp};
use crate::intake::Origin;
use crate::ports::{Admitted, FirstAnswer, NewJob, Submitted};

impl Queue {
    /// Stores a job. It finishes even if the caller disconnects.
    pub async fn submit(&self, origin: Origin, request: JobRequest) -> Result<SubmittedJobs, SubmitError> {
        self.submit_all(origin, RequestedJobs::one(request)).await
    }

    /// Stores the jobs of a batch and its callback in one transaction. It finishes even if the caller disconnects.
    pub async fn submit_batch(&self, origin: Origin, batch: Batch) -> Result<SubmittedJobs, SubmitError> {
        self.submit_all(origin, RequestedJobs::batch(batch)).await
    }

    async fn submit_all(
        &self,
        origin: Origin,
        requested: RequestedJobs,
    ) -> Result<SubmittedJobs, SubmitError> {
        let (now, shape) = (self.clock.now(), requested.shape());
        if let Err(refusal) = self.check(&requested, now).await {
            let first = self.intake.first_answer(&origin, now).await?;
            return first.map(|first| shape.submitted(first, true)).ok_or(refusal);
        }
        let jobs = self.draft(&origin.caller.submitter, requested, now);
        shape.check_bounds(&origin.caller, &jobs)?;
        let submission = origin.submission(jobs.clone(), now);
        let submission = self.intake.held_and_limited(submission, self.names_max);
        let held = submission.held.clone();
        let submitted = self.intake.submit(submission, origin.memory).await;
        let admitted = match submitted.map_err(|error| shape.blame(error, &jobs))? {
            Submitted::New => {
                jobs.into_iter().map(|new| Admitted::new(new.job, new.payload, new.order)).collect()
            }
            Submitted::Admitted(admitted) => admitted,
            Submitted::Replayed(first) => return Ok(shape.submitted(first, true)),
        };
        Ok(shape.submitted(FirstAnswer { at: now, jobs: admitted, held }, false))
    }

    async fn check(&self, requested: &RequestedJobs, now: Timestamp) -> Result<(), SubmitError> {
        requested.check(&self.intake, now)?;
        requested.check_inputs(&self.intake).await
    }

    fn draft(&self, submitter: &Submitter, requested: RequestedJobs, now: Timestamp) -> Vec<NewJob> {
        let ids: Vec<_> = requested.requests.iter().map(|_| self.ids.job_id(now)).collect();
        let job = |(index, mut request): (usize, JobRequest)| {
            let after = request.after.take().map(|after| after.resolve(&ids));
            let (id, submitter) = (ids[index], submitter.clone());
            let identity = JobIdentity { id, order: None, submitter, submitted_by: None, created_at: now };
            self.intake.draft(request, after, identity)
        };
        requested.requests.into_iter().enumerate().map(job).collect()
    }
}
