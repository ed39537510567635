//! What a job asks of its host. In a component it is the contract, in tests a script.

use std::time::{Duration, SystemTime};

use crate::http::{self, Request, Response};
use crate::{JobResult, Json, Level, TaskError};

/// The host of a running job.
pub(crate) trait Host {
    fn now(&self) -> SystemTime;

    fn log(&self, level: Level, message: &str);

    fn report_progress(&self, done: u64, total: u64, message: &str);

    fn is_cancelled(&self) -> bool;

    fn checkpoint(&self, name: &str) -> Option<Json>;

    /// The error says why the checkpoint could not be stored now.
    fn set_checkpoint(&self, name: &str, value: &str) -> Result<(), String>;

    /// A value that was granted. The error says why the values cannot be read.
    fn granted(&self, name: &str) -> Result<Option<String>, String>;

    fn parent_count(&self) -> u32;

    fn parent(&self, index: u32) -> Option<JobResult>;

    fn submit(&self, step: &str, task: &str, input: &str, options: Option<&str>)
    -> Result<String, TaskError>;

    /// The attempt is about to end with a wait for the jobs of these steps.
    fn will_wait_for(&self, _steps: &[String]) {}

    fn submitted(&self, step: &str) -> Option<JobResult>;

    fn event(&self, name: &str) -> Option<Event>;

    /// The error says why there is no URL.
    fn event_url(&self, name: &str, valid_for: Duration) -> Result<String, String>;

    fn send(&self, request: Request) -> Result<Response, http::Error>;
}

/// An event that a job waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// It arrived with this value.
    Value(Json),
    /// The wait for it timed out.
    TimedOut,
}
