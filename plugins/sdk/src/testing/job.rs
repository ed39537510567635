//! The job of a test.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde_json::Value;

use super::Reply;
use super::script::{Script, State, to_json};
use crate::host::Event;
use crate::http::Request;
use crate::job::Context;
use crate::{Job, JobResult, Level};

/// 2026-01-01, in seconds of Unix time: tests run at the same time every day.
const NEW_YEAR_S: u64 = 1_767_225_600;

/// The time that an attempt of a test has.
const ATTEMPT: Duration = Duration::from_secs(60);

/// A job by a script. It is a [`Job`] for the task that is tested.
#[derive(Debug)]
#[must_use = "a job is for the task that is tested"]
pub struct TestJob {
    job: Job,
    script: Rc<Script>,
}

/// A report of progress.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The part that is done.
    pub done: u64,
    /// The whole.
    pub total: u64,
    /// What is done now.
    pub message: String,
}

/// A job that the task submitted.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Submission {
    /// The step that submitted it.
    pub step: String,
    /// Its task.
    pub task: String,
    /// Its input.
    pub input: Value,
    /// Its options; null without any.
    pub options: Value,
}

impl Submission {
    pub(super) fn new(step: &str, task: &str, input: &str, options: Option<&str>) -> Self {
        let value = |text| serde_json::from_str(text).expect("a job passes on JSON");
        let options = options.map(value).unwrap_or_default();
        Self { step: step.to_owned(), task: task.to_owned(), input: value(input), options }
    }
}

impl Deref for TestJob {
    type Target = Job;

    fn deref(&self) -> &Job {
        &self.job
    }
}

/// # The script
impl TestJob {
    pub(crate) fn new() -> Self {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(NEW_YEAR_S);
        let context = Context {
            job_id: "job-1".to_owned(),
            task: "task".to_owned(),
            attempt: 1,
            max_attempts: 8,
            idempotency_key: "key-1".to_owned(),
            deadline: now + ATTEMPT,
            tags: Vec::new(),
            metadata: "{}".to_owned(),
            traceparent: None,
        };
        let script = Rc::new(Script(RefCell::new(State::at(now))));
        Self { job: Job::new(context, Box::new(Rc::clone(&script))), script }
    }

    /// The next attempt of the same job, after one that failed: with its checkpoints, grant, events and submitted jobs, a
    /// minute of time, storage that works, and none of the requests, reports and log lines of this one.
    ///
    /// # Panics
    ///
    /// If a reply is left.
    pub fn next_attempt(self) -> Self {
        let attempt = self.attempt() + 1;
        self.run_again().with_attempt(attempt)
    }

    /// The same after a wait or a snooze, which counts no attempt.
    ///
    /// # Panics
    ///
    /// If a reply is left.
    pub fn run_again(self) -> Self {
        assert_eq!(self.replies_left(), 0, "the task sent fewer requests than there are replies");
        let next = self.scripted(|state| {
            state.storage_is_full = false;
            state.is_cancelled = false;
            state.requests.clear();
            state.reports.clear();
            state.lines.clear();
        });
        next.with_time_left(ATTEMPT)
    }

    /// The name of the task.
    pub fn with_task(self, task: impl Into<String>) -> Self {
        self.described(|context| context.task = task.into())
    }

    /// The number of the attempt, from 1.
    pub fn with_attempt(self, attempt: u32) -> Self {
        self.described(|context| context.attempt = attempt)
    }

    /// The tags.
    pub fn with_tags(self, tags: &[&str]) -> Self {
        self.described(|context| context.tags = tags.iter().map(|&tag| tag.to_owned()).collect())
    }

    /// The metadata, an object.
    ///
    /// # Panics
    ///
    /// As every method here that takes a value: if that is not JSON.
    pub fn with_metadata(self, metadata: &(impl Serialize + ?Sized)) -> Self {
        self.described(|context| context.metadata = to_json(metadata))
    }

    /// The trace.
    pub fn with_traceparent(self, traceparent: impl Into<String>) -> Self {
        self.described(|context| context.traceparent = Some(traceparent.into()))
    }

    /// The time until the host would stop the attempt, a minute if nothing else is said.
    pub fn with_time_left(self, duration: Duration) -> Self {
        let deadline = self.now() + duration;
        self.described(|context| context.deadline = deadline)
    }

    /// A value of the config.
    pub fn with_config(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.scripted(|state| drop(state.granted.insert(name.into(), value.into())))
    }

    /// The placeholder of a secret.
    pub fn with_secret(self, name: impl Into<String>, placeholder: impl Into<String>) -> Self {
        self.with_config(name, placeholder)
    }

    /// The reply to the next request that has none yet.
    pub fn with_reply(self, reply: Reply) -> Self {
        self.scripted(|state| state.replies.push_back(reply))
    }

    /// The result of a step that an earlier attempt finished.
    pub fn with_checkpoint(self, step: impl Into<String>, result: &(impl Serialize + ?Sized)) -> Self {
        self.scripted(|state| drop(state.checkpoints.insert(step.into(), to_json(result))))
    }

    /// Storage that takes no checkpoint.
    pub fn with_full_storage(self) -> Self {
        self.scripted(|state| state.storage_is_full = true)
    }

    /// The next parent. Its id is `parent-1` for the first.
    pub fn with_parent(self, parent: JobResult) -> Self {
        self.scripted(|state| {
            let id = format!("parent-{}", state.parents.len() + 1);
            state.parents.push(parent.with_id(id));
        })
    }

    /// The job that a step submitted, as it is now.
    pub fn with_submitted(self, step: impl Into<String>, job: JobResult) -> Self {
        let step = step.into();
        let job = job.with_id(format!("job-of-{step}"));
        self.scripted(|state| drop(state.submitted.insert(step, job)))
    }

    /// An event that arrived.
    pub fn with_event(self, name: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        self.scripted(|state| drop(state.events.insert(name.into(), Event::Value(to_json(value)))))
    }

    /// An event for which the wait timed out.
    pub fn with_timed_out_event(self, name: impl Into<String>) -> Self {
        self.scripted(|state| drop(state.events.insert(name.into(), Event::TimedOut)))
    }

    /// A host that gives no URLs of events, for this reason.
    pub fn with_refused_event_urls(self, reason: impl Into<String>) -> Self {
        self.scripted(|state| state.refuses_event_urls = Some(reason.into()))
    }

    /// The job is cancelled from the beginning. [`Reply::cancels`] cancels it on the way.
    pub fn cancelled(self) -> Self {
        self.scripted(|state| state.is_cancelled = true)
    }

    fn described(mut self, change: impl FnOnce(&mut Context)) -> Self {
        change(self.job.context_mut());
        self
    }

    fn scripted(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.script.0.borrow_mut());
        self
    }
}

/// # What the task did
impl TestJob {
    /// The requests that it sent in this attempt.
    pub fn requests(&self) -> Vec<Request> {
        self.script.0.borrow().requests.clone()
    }

    /// The number of replies that no request has taken.
    pub fn replies_left(&self) -> usize {
        self.script.0.borrow().replies.len()
    }

    /// The result of a step.
    pub fn checkpoint(&self, step: &str) -> Option<Value> {
        let stored = self.script.0.borrow().checkpoints.get(step).cloned();
        stored.map(|text| serde_json::from_str(&text).expect("a checkpoint is JSON"))
    }

    /// The jobs that it submitted, in all attempts.
    pub fn submissions(&self) -> Vec<Submission> {
        self.script.0.borrow().submissions.clone()
    }

    /// The progress that it reported in this attempt.
    pub fn reports(&self) -> Vec<Progress> {
        self.script.0.borrow().reports.clone()
    }

    /// The lines that it logged in this attempt, except printed ones.
    pub fn log_lines(&self) -> Vec<(Level, String)> {
        self.script.0.borrow().lines.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TaskError;
    use crate::http::Error;

    #[test]
    fn time_passes_with_the_replies() {
        let job = Job::for_test().with_reply(Reply::get("http://a/").takes(Duration::from_secs(50)));
        assert_eq!(job.time_left(), Duration::from_secs(60));
        job.http().get("http://a/").send().expect("a response");
        assert_eq!(job.time_left(), Duration::from_secs(10));
        assert_eq!(job.next_attempt().time_left(), Duration::from_secs(60));
        assert_eq!(Job::for_test().with_time_left(Duration::ZERO).time_left(), Duration::ZERO);
    }

    #[test]
    fn a_date_in_a_response_is_counted_from_the_clock_of_the_job() {
        let reply = Reply::get("http://a/").header("retry-after", "Thu, 01 Jan 2026 00:00:30 GMT");
        let job = Job::for_test().with_reply(reply.takes(Duration::from_secs(10)));
        let response = job.http().get("http://a/").send().expect("a response");
        assert_eq!(response.retry_after(), Some(Duration::from_secs(20)));
    }

    #[test]
    fn a_request_fails_as_scripted() {
        let refused = Error::Connect("refused".to_owned());
        let job = Job::for_test().with_reply(Reply::get("http://a/").fails(refused.clone()));
        assert_eq!(job.http().get("http://a/").send(), Err(refused));
        assert_eq!((job.requests().len(), job.replies_left()), (1, 0));
    }

    #[test]
    #[should_panic(expected = "no reply is left for GET http://a/")]
    fn a_request_without_a_reply_ends_the_test() {
        let _ = Job::for_test().http().get("http://a/").send();
    }

    #[test]
    #[should_panic(expected = "another request")]
    fn another_request_than_the_scripted_one_ends_the_test() {
        let _ = Job::for_test().with_reply(Reply::post("http://a/")).http().get("http://a/").send();
    }

    #[test]
    #[should_panic(expected = "fewer requests than there are replies")]
    fn a_reply_that_is_left_ends_the_test() {
        let _ = Job::for_test().with_reply(Reply::get("http://a/")).next_attempt();
    }

    #[test]
    fn what_no_host_sends_is_not_sent_here() {
        let job = Job::for_test();
        for url in ["ftp://a/", "http://a/Ada L", "http://me:pw@a/"] {
            assert!(matches!(job.http().get(url).send(), Err(Error::Invalid(_))), "{url}");
        }
        for (name, value) in [("a b", "c"), ("", "c"), ("a", "b\r\nc: d")] {
            let sent = job.http().get("http://a/").header(name, value).send();
            assert!(matches!(sent, Err(Error::Invalid(_))), "{name:?}: {value:?}");
        }
        assert!(job.requests().is_empty());
    }

    #[test]
    fn a_wait_counts_no_attempt() {
        let job = Job::for_test().cancelled();
        let job = job.run_again();
        assert_eq!((job.attempt(), job.is_cancelled()), (1, false));
        assert_eq!(job.next_attempt().attempt(), 2);
    }

    #[test]
    #[should_panic(expected = "has submitted nothing")]
    fn a_wait_for_a_step_that_submitted_nothing_ends_the_test() {
        let _ = Job::for_test().wait_for_jobs("all", &["s"], Duration::ZERO);
    }

    #[test]
    fn a_wait_for_no_job_is_over() {
        assert_eq!(Job::for_test().wait_for_jobs("all", &[""; 0], Duration::ZERO), Ok(true));
    }

    #[test]
    fn a_host_may_give_no_urls() {
        let job = Job::for_test().with_refused_event_urls("no public_url");
        assert!(matches!(job.event_url("ok", Duration::ZERO), Err(TaskError::Retryable(_))));
        assert!(matches!(job.event_url("No", Duration::ZERO), Err(TaskError::Permanent(_))));
    }

    #[test]
    fn a_step_submits_one_job() {
        let job = Job::for_test();
        assert_eq!(job.submit("s", "mail", &1), Ok("job-of-s".to_owned()));
        assert_eq!(job.submit("s", "mail", &1), Ok("job-of-s".to_owned()));
        assert!(matches!(job.submit("s", "mail", &2), Err(TaskError::Permanent(_))));
        assert_eq!(job.submitted("s").map(|job| job.state), Some("available".to_owned()));
        assert_eq!(job.submissions().len(), 1);
    }
}
