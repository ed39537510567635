//! `taskbox:task@0.1.0`: its bindings, and what they mean in the terms of the sandbox. Never edited once it is released.

use std::time::Duration;

use wasmtime::Store;
use wasmtime::component::{HasSelf, Linker};

pub(super) use bindings::PluginPre;
use bindings::taskbox::task::{events, job, jobs, parents, types};
use bindings::wasi::config::store;

use super::super::host_log::LogLevel;
use super::super::state::AttemptState;
use super::{DescribedTask, TaskError};
use crate::domain::InboxEvent;
use crate::ports::{Assignment, JobResult, SubmitError};

/// The version.
pub(super) const VERSION: &str = "0.1.0";

/// The beginning of versions that are compatible with it.
pub(super) const COMPATIBLE: &str = "0.1.";

#[allow(missing_docs, clippy::all, clippy::unwrap_used, reason = "generated")]
mod bindings {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "taskbox:task/plugin",
        imports: {
            "taskbox:task/job.log": trappable,
            "taskbox:task/job.get-checkpoint": async | trappable,
            "taskbox:task/job.set-checkpoint": async | trappable,
            "taskbox:task/parents.get": async | trappable,
            "taskbox:task/jobs.submit": async,
            "taskbox:task/jobs.get": async | trappable,
            "taskbox:task/events.get": async | trappable,
            "taskbox:task/events.url": async,
        },
        exports: { default: async },
    });
}

/// Links the interfaces that a guest may import.
pub(super) fn link(linker: &mut Linker<AttemptState>) -> wasmtime::Result<()> {
    bindings::Plugin::add_to_linker::<_, HasSelf<AttemptState>>(linker, |state| state)
}

/// Runs a task in a new instance.
pub(super) async fn run(
    plugin: &PluginPre<AttemptState>,
    store: &mut Store<AttemptState>,
    assignment: &Assignment,
) -> wasmtime::Result<Result<String, TaskError>> {
    let plugin = plugin.instantiate_async(&mut *store).await?;
    let input = assignment.input.as_str().to_owned();
    let result = plugin.taskbox_task_task().call_run(store, &context(assignment), &input).await?;
    Ok(result.map_err(TaskError::from))
}

/// Asks a new instance for its tasks.
pub(super) async fn describe(
    plugin: &PluginPre<AttemptState>,
    store: &mut Store<AttemptState>,
) -> wasmtime::Result<Vec<DescribedTask>> {
    let plugin = plugin.instantiate_async(&mut *store).await?;
    let tasks = plugin.taskbox_task_task().call_describe(store).await?;
    Ok(tasks.into_iter().map(DescribedTask::from).collect())
}

fn context(assignment: &Assignment) -> types::JobContext {
    let job_id = assignment.job_id.to_string();
    types::JobContext {
        task: assignment.task.as_str().to_owned(),
        attempt: assignment.attempt,
        max_attempts: assignment.max_attempts,
        // The id is the one thing that all attempts of a job share with no other job.
        idempotency_key: job_id.clone(),
        job_id,
        deadline_ms: assignment.deadline.as_millis(),
        tags: assignment.tags.clone(),
        metadata: assignment.metadata.as_str().to_owned(),
        traceparent: assignment.traceparent.as_ref().map(ToString::to_string),
    }
}

impl From<types::TaskError> for TaskError {
    fn from(error: types::TaskError) -> Self {
        match error {
            types::TaskError::Retryable(message) => Self::Retryable(message),
            types::TaskError::RetryAfter((ms, message)) => {
                Self::RetryAfter(Duration::from_millis(ms), message)
            }
            types::TaskError::Permanent(message) => Self::Permanent(message),
            types::TaskError::Cancelled => Self::Cancelled,
            types::TaskError::Snooze(ms) => Self::Snooze(Duration::from_millis(ms)),
            types::TaskError::WaitForEvent((event, ms)) => {
                Self::Wait { event, steps: Vec::new(), timeout: Duration::from_millis(ms) }
            }
            types::TaskError::WaitForJobs((event, steps, ms)) => {
                Self::Wait { event, steps, timeout: Duration::from_millis(ms) }
            }
        }
    }
}

impl From<types::TaskSpec> for DescribedTask {
    fn from(spec: types::TaskSpec) -> Self {
        Self {
            name: spec.name,
            description: spec.description,
            input_schema: spec.input_schema,
            output_schema: spec.output_schema,
            max_attempts: spec.max_attempts,
            timeout: spec.timeout_ms.map(Duration::from_millis),
            queue: spec.queue,
        }
    }
}

/// What came of looking for something, in words.
fn looked<T>(found: &Option<T>) -> &'static str {
    if found.is_some() { "read" } else { "looked for, and not there yet" }
}

impl types::Host for AttemptState {}

impl job::Host for AttemptState {
    fn report_progress(&mut self, done: u64, total: u64, message: String) {
        self.job.host().report_progress(done, total, &message);
        self.activity.is(format_args!("progress {done} of {total} reported"));
    }

    fn is_cancelled(&mut self) -> bool {
        self.job.host().is_cancelled()
    }

    fn log(&mut self, level: job::Level, message: String) -> wasmtime::Result<()> {
        Ok(self.output.log(LogLevel::from(level), &message)?)
    }

    async fn get_checkpoint(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        let found = self.job.checkpoint(&name).await?;
        self.activity.is(format_args!("checkpoint {name:?} {}", looked(&found)));
        Ok(found)
    }

    async fn set_checkpoint(&mut self, name: String, value: String) -> wasmtime::Result<Result<(), String>> {
        let stored = self.job.save_checkpoint(&name, value).await?;
        let what = if stored.is_ok() { "stored" } else { "not stored" };
        self.activity.is(format_args!("checkpoint {name:?} {what}"));
        Ok(stored)
    }
}

impl From<job::Level> for LogLevel {
    fn from(level: job::Level) -> Self {
        match level {
            job::Level::Trace => Self::Trace,
            job::Level::Debug => Self::Debug,
            job::Level::Info => Self::Info,
            job::Level::Warn => Self::Warn,
            job::Level::Error => Self::Error,
        }
    }
}

impl parents::Host for AttemptState {
    fn count(&mut self) -> u32 {
        self.job.host().parent_count()
    }

    async fn get(&mut self, index: u32) -> wasmtime::Result<Option<types::JobResult>> {
        let parent = self.job.parent(index).await?;
        self.activity.is(format_args!("parent {index} read"));
        Ok(parent.map(types::JobResult::from))
    }
}

impl jobs::Host for AttemptState {
    async fn submit(
        &mut self,
        step: String,
        task: String,
        input: String,
        options: Option<String>,
    ) -> Result<String, jobs::SubmitError> {
        let submitted = self.job.submit(&step, task, input, options).await;
        let what = if submitted.is_ok() { "submitted" } else { "not submitted" };
        self.activity.is(format_args!("job of step {step:?} {what}"));
        submitted.map(|id| id.to_string()).map_err(jobs::SubmitError::from)
    }

    async fn get(&mut self, step: String) -> wasmtime::Result<Option<types::JobResult>> {
        let found = self.job.submitted(&step).await?;
        self.activity.is(format_args!("job of step {step:?} read"));
        Ok(found.map(types::JobResult::from))
    }
}

impl From<SubmitError> for jobs::SubmitError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(reason) => Self::Refused(reason),
            SubmitError::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}

impl events::Host for AttemptState {
    async fn get(&mut self, name: String) -> wasmtime::Result<Option<events::Event>> {
        let event = self.job.event(&name).await?;
        self.activity.is(format_args!("event {name:?} {}", looked(&event)));
        Ok(event.map(events::Event::from))
    }

    async fn url(&mut self, name: String, valid_ms: u64) -> Result<String, String> {
        let url = self.job.event_url(&name, Duration::from_millis(valid_ms)).await;
        self.activity.is(format_args!("URL of event {name:?} asked for"));
        url
    }
}

impl From<InboxEvent> for events::Event {
    fn from(event: InboxEvent) -> Self {
        match event {
            InboxEvent::Value(value) => Self::Value(value.as_str().to_owned()),
            InboxEvent::TimedOut => Self::TimedOut,
        }
    }
}

impl From<JobResult> for types::JobResult {
    fn from(result: JobResult) -> Self {
        Self {
            job_id: result.job_id.to_string(),
            task: result.task.map(|task| task.to_string()),
            state: result.state.map_or("deleted", |state| state.as_str()).to_owned(),
            output: result.output.map(|output| output.as_str().to_owned()),
            error: result.error,
        }
    }
}

/// The values that were granted to the plugin, read and never written.
impl store::Host for AttemptState {
    fn get(&mut self, key: String) -> Result<Option<String>, store::Error> {
        Ok(self.config.get(&key).cloned())
    }

    fn get_all(&mut self) -> Result<Vec<(String, String)>, store::Error> {
        Ok(self.config.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
    }
}
