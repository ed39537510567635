//! Requests of jobs: their validation and defaults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AfterRequest, JobId, JobOptions, JobSpec, Json, OrderId, Payload, QueueName, RequestProblem, SubmittedBy,
    Submitter, TaskName, TaskSpec, Timestamp,
};

/// The most attempts a job may have.
const MAX_ATTEMPTS_MAX: u32 = 1000;
/// The furthest a job may be put into the future.
const DELAY_MAX: Duration = Duration::from_secs(10 * 366 * 24 * 3600);
/// The largest input, in bytes.
const INPUT_BYTES_MAX: usize = 1024 * 1024;
/// The largest metadata, in bytes.
const METADATA_BYTES_MAX: usize = 16 * 1024;

/// The request of a job. The task, then the defaults, decide what is `None`.
///
/// Schedules keep it as JSON text, by the names of its fields: a new field must be one that may be missing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct JobRequest {
    /// The task to run.
    pub task: TaskName,
    /// The input of the task.
    pub input: Json,
    /// The submitter's own data, an object.
    pub metadata: Json,
    /// Its queue.
    pub queue: Option<QueueName>,
    /// Its priority, -100 to 100; higher runs first, 0 by default.
    pub priority: Option<i64>,
    /// Earliest start. A time in the past is now.
    pub run_at: Option<Timestamp>,
    /// Time until the earliest start, instead of `run_at`.
    pub delay: Option<Duration>,
    /// Number of attempts, 1 to 1000.
    pub max_attempts: Option<u32>,
    /// Its parents.
    #[serde(default)]
    pub after: Option<AfterRequest>,
    /// The options, which pass unchanged into the job.
    #[serde(flatten)]
    pub options: JobOptions,
    /// Accept the job even if no active plugin offers the task now.
    pub allow_unknown_task: bool,
}

/// The identity of a job, which is not in its request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobIdentity {
    /// Id of the job.
    pub id: JobId,
    /// Id of the order that it completes.
    pub order: Option<OrderId>,
    /// The submitter.
    pub submitter: Submitter,
    /// The job that submits it, if one does.
    pub submitted_by: Option<SubmittedBy>,
    /// Time of the submission.
    pub created_at: Timestamp,
}

impl JobRequest {
    /// A job of this task with this input, everything else left to the defaults.
    pub fn new(task: TaskName, input: Json) -> Self {
        Self {
            task,
            input,
            metadata: Json::empty_object(),
            queue: None,
            priority: None,
            run_at: None,
            delay: None,
            max_attempts: None,
            after: None,
            options: JobOptions::default(),
            allow_unknown_task: false,
        }
    }

    /// Its task, and the input for it.
    pub fn task_and_input(&self) -> (&TaskName, &Json) {
        (&self.task, &self.input)
    }

    /// Number of rows that it takes in storage: itself, each tag, and each job that it waits for.
    pub fn rows(&self) -> usize {
        1 + self.options.tags.len() + self.after.as_ref().map_or(0, |after| after.jobs.len())
    }

    /// The problems of all fields.
    pub fn problems(&self, now: Timestamp) -> Vec<RequestProblem> {
        let mut problems = Vec::new();
        let mut check = |wrong: bool, pointer: &str, detail: &str| {
            if wrong {
                problems.push(RequestProblem { pointer: pointer.to_owned(), detail: detail.to_owned() });
            }
        };
        let attempts_wrong = self.max_attempts.is_some_and(|n| !(1..=MAX_ATTEMPTS_MAX).contains(&n));
        let too_far = self.due_at(now) > now.plus(DELAY_MAX);
        check(self.input.as_str().len() > INPUT_BYTES_MAX, "/input", "must have at most 1 MiB");
        check(
            self.priority.is_some_and(|p| !(-100..=100).contains(&p)),
            "/priority",
            "must be from -100 to 100",
        );
        check(attempts_wrong, "/max_attempts", "must be from 1 to 1000");
        check(
            self.run_at.is_some() && self.delay.is_some(),
            "/delay",
            "must be left out when run_at is given",
        );
        check(too_far, if self.delay.is_some() { "/delay" } else { "/run_at" }, "must be within ten years");
        check(!self.metadata.is_object(), "/metadata", "must be an object");
        check(self.metadata.as_str().len() > METADATA_BYTES_MAX, "/metadata", "must have at most 16 KiB");
        check(
            self.task.is_reserved(),
            "/task",
            "must not begin with \"taskbox.\": these tasks are reserved for the host",
        );
        check(
            self.queue.as_ref().is_some_and(QueueName::is_reserved),
            "/queue",
            "must not begin with \"taskbox.\": these queues are reserved for the host",
        );
        problems.extend(self.options.problems(now));
        problems
    }

    /// Makes the job and its payload, with the defaults of its task. The parents are left out: the ids of some of them are
    /// known only to the submission as a whole.
    pub fn into_job(self, identity: JobIdentity, task: Option<&TaskSpec>) -> (JobSpec, Payload) {
        let JobIdentity { id, order, submitter, submitted_by, created_at } = identity;
        let run_at = self.due_at(created_at);
        let mut spec = JobSpec::new(id, self.task, created_at);
        spec.queue = self.queue.or_else(|| task.and_then(|task| task.queue.clone())).unwrap_or_default();
        spec.priority = i8::try_from(self.priority.unwrap_or(0).clamp(-100, 100)).unwrap_or(0);
        if let Some(wanted) = self.max_attempts.or(task.and_then(|task| task.max_attempts)) {
            spec.max_attempts = wanted.clamp(1, MAX_ATTEMPTS_MAX);
        }
        let spec = JobSpec { run_at, order, submitter, submitted_by, options: self.options, ..spec };
        (spec, Payload { input: self.input, metadata: self.metadata })
    }

    fn due_at(&self, now: Timestamp) -> Timestamp {
        let asked = self.run_at.unwrap_or(now).max(now);
        self.delay.map_or(asked, |delay| now.plus(delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(10_000);

    fn request() -> JobRequest {
        JobRequest::new("mail".parse().unwrap(), Json::parse("{}").unwrap())
    }

    fn spec(request: JobRequest, task: Option<&TaskSpec>) -> JobSpec {
        let id = JobId::from_bytes([0; 16]);
        let identity = JobIdentity {
            id,
            order: None,
            submitter: Submitter::default(),
            submitted_by: None,
            created_at: NOW,
        };
        request.into_job(identity, task).0
    }

    #[test]
    fn what_the_submitter_leaves_open_the_task_decides() {
        let task = TaskSpec {
            name: "mail".parse().unwrap(),
            description: String::new(),
            input_schema: None,
            output_schema: None,
            max_attempts: Some(7),
            timeout: None,
            queue: Some("slow".parse().unwrap()),
        };
        let spec = spec(request(), Some(&task));
        assert_eq!((spec.max_attempts, spec.queue.as_str()), (7, "slow"));
    }

    #[test]
    fn a_time_in_the_past_is_now() {
        let past = JobRequest { run_at: Some(Timestamp::from_millis(1)), ..request() };
        assert_eq!(spec(past, None).run_at, NOW);
        let delayed = JobRequest { delay: Some(Duration::from_secs(1)), ..request() };
        assert_eq!(spec(delayed, None).run_at.as_millis(), 11_000);
    }

    #[test]
    fn names_of_the_host_are_refused() {
        let own = JobRequest {
            task: "taskbox.webhook".parse().unwrap(),
            queue: Some("taskbox.webhooks".parse().unwrap()),
            ..request()
        };
        let pointers: Vec<_> = own.problems(NOW).into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(pointers, ["/task", "/queue"]);
    }

    #[test]
    fn every_wrong_field_is_named() {
        let options = JobOptions { expires_at: Some(NOW), ..JobOptions::default() };
        let (max_attempts, delay) = (Some(0), Some(Duration::MAX));
        let wrong = JobRequest { priority: Some(101), max_attempts, delay, options, ..request() };
        let pointers: Vec<_> = wrong.problems(NOW).into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(pointers, ["/priority", "/max_attempts", "/delay", "/expires_at"]);
        assert_eq!(request().problems(NOW), []);
    }
}
