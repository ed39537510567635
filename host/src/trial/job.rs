//! The job of a trial: what a host keeps in storage is kept in memory here, under the same rules.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::journal::{Happening, Journal, SubmittedJob, lock};
use crate::domain::transition::repeat_step;
use crate::domain::{
    EventName, Grant, InboxEvent, JobId, Json, RequestProblem, StateName, SubmittedStep, check_checkpoint,
    check_checkpoint_name, check_step_count, check_step_name,
};
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

/// A job and its checkpoints, steps and events, over all attempts.
pub(super) struct TrialJob {
    surroundings: Surroundings,
    grant: Arc<Grant>,
    tools: Tools,
    journal: Arc<Journal>,
    checkpoints: Mutex<BTreeMap<String, Json>>,
    steps: Mutex<HashMap<String, (SubmittedStep, String)>>,
    /// The step after which an attempt was killed.
    killed_after: Mutex<Option<String>>,
    /// Stops the attempt that runs.
    stop: Mutex<CancellationToken>,
}

impl TrialJob {
    pub(super) fn new(
        surroundings: Surroundings,
        grant: Arc<Grant>,
        tools: Tools,
        journal: Arc<Journal>,
    ) -> Self {
        Self {
            surroundings,
            grant,
            tools,
            journal,
            checkpoints: Mutex::default(),
            steps: Mutex::default(),
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
        let taken = lock(&self.steps);
        steps.iter().find(|step| !taken.contains_key(*step)).map(String::as_str)
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

    /// The step of a job that may be submitted.
    fn take_step(&self, name: &str, request: StepRequest) -> Result<JobId, SubmitError> {
        let refused = SubmitError::Refused;
        check_step_name(name).map_err(refused)?;
        let fingerprint = request.fingerprint();
        if let Some((taken, _)) = lock(&self.steps).get(name) {
            return repeat_step(taken, &fingerprint).map_err(|refusal| refused(refusal.to_string()));
        }
        let job = (self.tools.read_step)(&request).map_err(refused)?;
        self.grant.allow_submission(&job.task).map_err(refused)?;
        let callback = job.options.callback_url.as_deref();
        callback.map_or(Ok(()), |url| self.grant.allow_callback(url)).map_err(refused)?;
        let now = self.tools.clock.now();
        RequestProblem::refuse(job.problems(now)).map_err(refused)?;
        let mut steps = lock(&self.steps);
        check_step_count(steps.len()).map_err(refused)?;
        let id = self.tools.ids.job_id(now);
        let step = SubmittedStep { name: name.to_owned(), job: id, is_own: true, fingerprint };
        steps.insert(name.to_owned(), (step, request.task.clone()));
        drop(steps);
        let StepRequest { task, input, options } = request;
        let job = SubmittedJob { step: name.to_owned(), task, input, options, job_id: id };
        self.journal.note(Happening::Submitted(job));
        Ok(id)
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
        let is_new = !lock(&self.steps).contains_key(step);
        let id = self.take_step(step, request)?;
        if is_new {
            self.after_step(step).await;
        }
        Ok(id)
    }

    async fn submitted(&self, step: &str) -> Result<Option<JobResult>, String> {
        let steps = lock(&self.steps);
        // No job that is submitted in a trial ever runs.
        let result = |(step, task): &(SubmittedStep, String)| JobResult {
            job_id: step.job,
            task: task.parse().ok(),
            state: Some(StateName::Available),
            output: None,
            error: None,
        };
        Ok(steps.get(step).map(result))
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
