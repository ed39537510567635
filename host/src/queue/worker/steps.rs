//! Jobs that a running job submits, each in a step of its own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use tracing::warn;

use super::WorkerContext;
use super::job_result::job_result;
use crate::domain::transition::Refusal;
use crate::domain::{
    Caller, Digest, Grant, Job, JobId, JobIdentity, JobRequest, LeaseToken, Reach, RequestProblem,
    SubmissionStep, SubmittedBy, SubmittedStep, TakenSteps,
};
use crate::intake::Origin;
use crate::ports::{JobResult, StepRequest, StorageError, StorageResult, SubmitError};

/// The steps of an attempt's job.
pub(super) struct Steps {
    job: Arc<Job>,
    token: LeaseToken,
    grant: Arc<Grant>,
    /// Read from storage when the guest first asks; most tasks never do. Only the holder of the lease adds to them.
    taken: OnceCell<Box<Mutex<TakenSteps>>>,
}

impl Steps {
    /// The steps of this job, under this lease and this grant of its plugin.
    pub(super) fn new(job: Arc<Job>, token: LeaseToken, grant: Arc<Grant>) -> Self {
        Self { job, token, grant, taken: OnceCell::new() }
    }

    /// Submits a job in a step, unless the step was taken before.
    pub(super) async fn submit(
        &self,
        context: &WorkerContext,
        name: &str,
        request: StepRequest,
    ) -> Result<JobId, SubmitError> {
        let fingerprint = request.fingerprint();
        let repeated = self.taken(context).await.map_err(unavailable)?.repeat(name, &fingerprint);
        if let Some(id) = repeated.map_err(SubmitError::Refused)? {
            return Ok(id);
        }
        let request = (context.read_step)(&request).map_err(SubmitError::Refused)?;
        let by = self.check(context, &request).await?;
        let id = self.store(context, name, fingerprint, request, by).await?;
        // Whether the job is its own counts for those who read it from storage.
        let step = SubmittedStep { name: name.to_owned(), job: id, is_own: true, fingerprint };
        self.taken(context).await.map_err(unavailable)?.take(step);
        Ok(id)
    }

    /// The job of a step.
    pub(super) async fn submitted(
        &self,
        context: &WorkerContext,
        name: &str,
    ) -> StorageResult<Option<JobResult>> {
        let Some(id) = self.taken(context).await?.get(name).map(|step| step.job) else { return Ok(None) };
        let details = context.storage.job(id).await?;
        Ok(Some(job_result(id, details, context.clock.now())))
    }

    /// The first of these steps that was not taken.
    pub(super) async fn missing<'a>(
        &self,
        context: &WorkerContext,
        steps: &'a [String],
    ) -> StorageResult<Option<&'a str>> {
        if steps.is_empty() {
            return Ok(None);
        }
        Ok(self.taken(context).await?.missing(steps))
    }

    async fn taken(&self, context: &WorkerContext) -> StorageResult<MutexGuard<'_, TakenSteps>> {
        let read = || async {
            let steps = context.storage.steps(self.job.spec.id).await?;
            Ok::<_, StorageError>(Box::new(Mutex::new(TakenSteps::new(steps))))
        };
        Ok(self.taken.get_or_try_init(read).await?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Refuses what this job may not submit.
    async fn check(&self, context: &WorkerContext, request: &JobRequest) -> Result<SubmittedBy, SubmitError> {
        let refused = SubmitError::Refused;
        self.taken(context).await.map_err(unavailable)?.check(request, &self.grant).map_err(refused)?;
        let by = SubmittedBy::job(self.job.spec.id, self.job.spec.submitted_by).map_err(refused)?;
        check_fields(context, request).map_err(refused)?;
        check_input(context, request).await?;
        Ok(by)
    }

    async fn store(
        &self,
        context: &WorkerContext,
        name: &str,
        fingerprint: Digest,
        mut request: JobRequest,
        by: SubmittedBy,
    ) -> Result<JobId, SubmitError> {
        let (spec, now) = (&self.job.spec, context.clock.now());
        request.options.default_trace(spec.options.traceparent.as_ref());
        let after = request.after.take().map(|after| after.resolve(&[]));
        let identity = JobIdentity {
            id: context.ids.job_id(now),
            order: None,
            submitter: spec.submitter.clone(),
            submitted_by: Some(by),
            created_at: now,
        };
        let new = context.intake.draft(request, after, identity);
        let origin = Origin::of(Caller::new(spec.submitter.clone(), Reach::Own));
        let submission = origin.submission(vec![new], now);
        let submission = context.intake.held_and_limited(submission, context.config.names_max);
        let (by, token, name) = (spec.id, self.token, name.to_owned());
        let step = SubmissionStep { by, token, name, fingerprint };
        context.intake.submit_step(step, submission).await.map_err(|error| match error {
            StorageError::Refused(Refusal::StaleLease) => unavailable(error),
            StorageError::Refused(refusal) => SubmitError::Refused(refusal.to_string()),
            error => unavailable(error),
        })
    }
}

/// Refuses fields that are wrong, and a task that no plugin offers.
fn check_fields(context: &WorkerContext, request: &JobRequest) -> Result<(), String> {
    let unsigned = context.intake.unsigned(request.options.callback_url.as_deref());
    RequestProblem::refuse(request.problems(context.clock.now()).into_iter().chain(unsigned))?;
    if request.allow_unknown_task {
        return Ok(());
    }
    context.intake.check_task(&request.task).map_err(|unknown| unknown.to_string())
}

/// Refuses an input that does not fit the schema of its task.
async fn check_input(context: &WorkerContext, request: &JobRequest) -> Result<(), SubmitError> {
    let misfits =
        context.intake.misfits(std::iter::once(request.task_and_input())).await.map_err(unavailable)?;
    RequestProblem::refuse(misfits.into_iter().map(|(_, problem)| problem)).map_err(SubmitError::Refused)
}

fn unavailable(error: StorageError) -> SubmitError {
    warn!(%error, "a job was not submitted");
    SubmitError::Unavailable(error.to_string())
}
