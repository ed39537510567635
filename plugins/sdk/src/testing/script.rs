//! A host that follows a script, and records what a task asks of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{Progress, Reply, Submission};
use crate::host::{Event, Host};
use crate::http::{Error, Request, Response};
use crate::names::AWAITED_STEPS_MAX;
use crate::{JobResult, Json, Level, TaskError, names};

/// The script, and what has happened.
#[derive(Debug)]
pub(super) struct State {
    pub(super) now: SystemTime,
    pub(super) replies: VecDeque<Reply>,
    pub(super) granted: BTreeMap<String, String>,
    pub(super) checkpoints: BTreeMap<String, Json>,
    pub(super) storage_is_full: bool,
    pub(super) parents: Vec<JobResult>,
    pub(super) events: BTreeMap<String, Event>,
    pub(super) refuses_event_urls: Option<String>,
    pub(super) submitted: BTreeMap<String, JobResult>,
    pub(super) submissions: Vec<Submission>,
    pub(super) is_cancelled: bool,
    pub(super) requests: Vec<Request>,
    pub(super) reports: Vec<Progress>,
    pub(super) lines: Vec<(Level, String)>,
}

impl State {
    pub(super) fn at(now: SystemTime) -> Self {
        Self {
            now,
            replies: VecDeque::new(),
            granted: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            storage_is_full: false,
            parents: Vec::new(),
            events: BTreeMap::new(),
            refuses_event_urls: None,
            submitted: BTreeMap::new(),
            submissions: Vec::new(),
            is_cancelled: false,
            requests: Vec::new(),
            reports: Vec::new(),
            lines: Vec::new(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Script(pub(super) RefCell<State>);

/// The value as JSON text.
pub(super) fn to_json(value: &(impl Serialize + ?Sized)) -> Json {
    serde_json::to_string(value).expect("the values of a test are JSON")
}

impl Host for std::rc::Rc<Script> {
    fn now(&self) -> SystemTime {
        self.0.borrow().now
    }

    fn log(&self, level: Level, message: &str) {
        self.0.borrow_mut().lines.push((level, message.to_owned()));
    }

    fn report_progress(&self, done: u64, total: u64, message: &str) {
        self.0.borrow_mut().reports.push(Progress { done, total, message: message.to_owned() });
    }

    fn is_cancelled(&self) -> bool {
        self.0.borrow().is_cancelled
    }

    fn checkpoint(&self, name: &str) -> Option<Json> {
        self.0.borrow().checkpoints.get(name).cloned()
    }

    fn set_checkpoint(&self, name: &str, value: &str) -> Result<(), String> {
        let mut state = self.0.borrow_mut();
        if state.storage_is_full {
            return Err("the disk is full".to_owned());
        }
        state.checkpoints.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    fn granted(&self, name: &str) -> Result<Option<String>, String> {
        Ok(self.0.borrow().granted.get(name).cloned())
    }

    fn parent_count(&self) -> u32 {
        u32::try_from(self.0.borrow().parents.len()).expect("a test has a few parents")
    }

    fn parent(&self, index: u32) -> Option<JobResult> {
        self.0.borrow().parents.get(index as usize).cloned()
    }

    fn submit(
        &self,
        step: &str,
        task: &str,
        input: &str,
        options: Option<&str>,
    ) -> Result<String, TaskError> {
        names::check_step(step)?;
        let wanted = Submission::new(step, task, input, options);
        let id = format!("job-of-{step}");
        let mut state = self.0.borrow_mut();
        match state.submissions.iter().find(|submission| submission.step == step) {
            Some(submission) if *submission == wanted => return Ok(id),
            Some(_) => return Err(TaskError::permanent(format!("step {step:?} has submitted another job"))),
            None => {}
        }
        let task = Some(task.to_owned());
        let result = JobResult { task, ..JobResult::in_state("available").with_id(&id) };
        state.submitted.entry(step.to_owned()).or_insert(result);
        state.submissions.push(wanted);
        Ok(id)
    }

    fn will_wait_for(&self, steps: &[String]) {
        assert!(steps.len() <= AWAITED_STEPS_MAX, "a job waits for at most {AWAITED_STEPS_MAX} steps");
        let state = self.0.borrow();
        let unknown = steps.iter().find(|step| !state.submitted.contains_key(*step));
        assert_eq!(unknown, None, "the job waits for a step that has submitted nothing");
    }

    fn submitted(&self, step: &str) -> Option<JobResult> {
        self.0.borrow().submitted.get(step).cloned()
    }

    fn event(&self, name: &str) -> Option<Event> {
        self.0.borrow().events.get(name).cloned()
    }

    fn event_url(&self, name: &str, valid_for: Duration) -> Result<String, String> {
        if let Some(reason) = &self.0.borrow().refuses_event_urls {
            return Err(reason.clone());
        }
        Ok(format!("https://taskbox.test/events/{name}?valid_ms={}", valid_for.as_millis()))
    }

    fn send(&self, request: Request) -> Result<Response, Error> {
        request.check()?;
        let mut state = self.0.borrow_mut();
        let Some(reply) = state.replies.pop_front() else {
            panic!("no reply is left for {} {}", request.method(), request.url());
        };
        state.now += reply.takes;
        state.is_cancelled |= reply.cancels;
        let result = reply.to(&request).map(|response| response.received(state.now));
        state.requests.push(request);
        result
    }
}
