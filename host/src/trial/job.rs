//! The job of a trial: what a host keeps in storage is kept in memory here, under the same rules.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::journal::{Happening, Journal, SubmittedJob, lock};
use crate::domain::{
    Digest, EventName, Grant, InboxEvent, JobId, JobRequest, Json, RequestProblem, StateName, SubmittedStep,
    TakenSteps, TaskName, TaskSchemas, Timestamp, check_checkpoint, check_checkpoint_name,
};
use crate::intake::input_violations;
use crate::ports::{AttemptHost, CheckpointError, Clock, Ids, JobResult, ReadStep, StepRequest, SubmitError};

/// What a trial gives its job.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The results of the jobs that it waited for.
    pub parents: Vec<JobResult>,
    /// The events that have come, or were waited for in vain.
    pub events: BTreeMap<EventName, InboxEvent>,
    /// The step after which an attempt is killed, once.
    pub fail_at: Option<String>,
}

/// How a job makes what it needs.
#[derive(Clone)]
pub(super) struct Tools {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn Ids>,
    pub(super) read_step: ReadStep,
}

/// The rules for the jobs that it submits.
pub(super) struct SubmissionRules {
    /// The rights of its plugin.
    pub(super) grant: Arc<Grant>,
    /// The schemas of the plugin's tasks. Those of other plugins are not known.
    pub(super) schemas: HashMap<TaskName, Arc<TaskSchemas>>,
}

/// What a job has submitted.
#[derive(Default)]
struct Submitted {
    steps: TakenSteps,
    tasks: HashMap<JobId, TaskName>,
}

/// A job and its checkpoints, steps and events, over all attempts.
pub(super) struct TrialJob {
    surroundings: Surroundings,
    rules: SubmissionRules,
    tools: Tools,
    journal: Arc<Journal>,
    checkpoints: Mutex<BTreeMap<String, Json>>,
    submitted: Mutex<Submitted>,
    /// The step after which an attempt was killed.
    killed_after: Mutex<Option<String>>,
    /// Stops the attempt that runs.
    stop: Mutex<CancellationToken>,
}

impl TrialJob {
    pub(super) fn new(
        surroundings: Surroundings,
        rules: SubmissionRules,
        tools: Tools,
        journal: Arc<Journal>,
    ) -> Self {
        Self {
            surroundings,
            rules,
            tools,
            journal,
            checkpoints: Mutex::default(),
            submitted: Mutex::default(),
            killed_after: Mutex::default(),
            stop: Mutex::default(),
        }
    }

    /// Begins an attempt, and returns what stops it.
    pub(super) fn begin_attempt(&self) -> CancellationToken {
        let stop = CancellationToken::new();
        *lock(&self.stop) = stop.clone();
        stop
    }

    pub(super) fn checkpoints(&self) -> BTreeMap<String, Json> {
        lock(&self.checkpoints).clone()
    }

    /// The step after which the attempt before the present one was killed.
    pub(super) fn killed_after(&self) -> Option<String> {
        lock(&self.killed_after).clone()
    }

    /// The first of these steps that has submitted nothing.
    pub(super) fn missing<'a>(&self, steps: &'a [String]) -> Option<&'a str> {
        lock(&self.submitted).steps.missing(steps)
    }

    /// Kills the attempt if this is the step to do so after. The guest never learns that its step is stored.
    async fn after_step(&self, name: &str) {
        let is_it = self.surroundings.fail_at.as_deref() == Some(name) && lock(&self.killed_after).is_none();
        if is_it {
            *lock(&self.killed_after) = Some(name.to_owned());
            lock(&self.stop).cancel();
            std::future::pending::<()>().await;
        }
    }

    /// Submits a job in a step that was not taken before.
    async fn take_step(
        &self,
        name: &str,
        fingerprint: Digest,
        request: StepRequest,
    ) -> Result<JobId, SubmitError> {
        let job = (self.tools.read_step)(&request).map_err(SubmitError::Refused)?;
        let now = self.tools.clock.now();
        self.check(&job, now).map_err(SubmitError::Refused)?;
        self.check_input(&job).await?;
        let id = self.tools.ids.job_id(now);
        let step = SubmittedStep { name: name.to_owned(), job: id, is_own: true, fingerprint };
        {
            let mut submitted = lock(&self.submitted);
            submitted.steps.take(step);
            submitted.tasks.insert(id, job.task);
        }
        let StepRequest { task, input, options } = request;
        let job = SubmittedJob { step: name.to_owned(), task, input, options, job_id: id };
        self.journal.note(Happening::Submitted(job));
        Ok(id)
    }

    fn check(&self, job: &JobRequest, now: Timestamp) -> Result<(), String> {
        lock(&self.submitted).steps.check(job, &self.rules.grant)?;
        RequestProblem::refuse(job.problems(now))
    }

    /// Refuses an input that does not fit the schema of its task, if that is one of this plugin.
    async fn check_input(&self, job: &JobRequest) -> Result<(), SubmitError> {
        let schemas = self.rules.schemas.get(&job.task);
        let Some(schema) = schemas.and_then(|schemas| schemas.input.clone()) else { return Ok(()) };
        let found = input_violations(vec![(schema, job.input.clone())]).await;
        let found = found.map_err(|error| SubmitError::Unavailable(error.to_string()))?;
        RequestProblem::refuse(found.into_iter().map(|(_, problem)| problem)).map_err(SubmitError::Refused)
    }
}

#[async_trait]
impl AttemptHost for TrialJob {
    fn report_progress(&self, done: u64, total: u64, message: &str) {
        self.journal.note(Happening::Progress { done, total, message: message.to_owned() });
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, CheckpointError> {
        check_checkpoint_name(name).map_err(CheckpointError::Refused)?;
        Ok(lock(&self.checkpoints).get(name).cloned())
    }

    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), CheckpointError> {
        check_checkpoint(&lock(&self.checkpoints), name, &value).map_err(CheckpointError::Refused)?;
        lock(&self.checkpoints).insert(name.to_owned(), value.clone());
        self.journal.note(Happening::Checkpoint { name: name.to_owned(), value });
        self.after_step(name).await;
        Ok(())
    }

    fn parent_count(&self) -> u32 {
        u32::try_from(self.surroundings.parents.len()).unwrap_or(u32::MAX)
    }

    async fn parent(&self, index: u32) -> Result<Option<JobResult>, String> {
        Ok(usize::try_from(index).ok().and_then(|index| self.surroundings.parents.get(index)).cloned())
    }

    async fn submit(&self, step: &str, request: StepRequest) -> Result<JobId, SubmitError> {
        let fingerprint = request.fingerprint();
        let repeated = lock(&self.submitted).steps.repeat(step, &fingerprint);
        if let Some(id) = repeated.map_err(SubmitError::Refused)? {
            return Ok(id);
        }
        let id = self.take_step(step, fingerprint, request).await?;
        self.after_step(step).await;
        Ok(id)
    }

    async fn submitted(&self, step: &str) -> Result<Option<JobResult>, String> {
        let submitted = lock(&self.submitted);
        // No job that is submitted in a trial ever runs.
        let result = |step: &SubmittedStep| JobResult {
            job_id: step.job,
            task: submitted.tasks.get(&step.job).cloned(),
            state: Some(StateName::Available),
            output: None,
            error: None,
        };
        Ok(submitted.steps.get(step).map(result))
    }

    async fn event(&self, event: EventName) -> Result<Option<InboxEvent>, String> {
        Ok(self.surroundings.events.get(&event).cloned())
    }

    async fn event_url(&self, event: EventName, _: Duration) -> Result<String, String> {
        Ok(format!("https://taskbox.example/v1/events?key={event}"))
    }

    fn log_line(&self, line: &str) {
        self.journal.note(Happening::Line(line.to_owned()));
    }
}
