//! The plugin as a component: the contract as the host of a job, and the exports.
//!
//! Nothing else in this crate names generated code.

pub mod bindings;
mod code;
mod exchange;
mod export;
mod wire;

use std::time::{Duration, SystemTime};

use bindings::taskbox::task::jobs::SubmitError;
use bindings::taskbox::task::{events, job, jobs, parents};
use bindings::wasi::config::store;
pub use export::Exported;

use crate::host::{Event, Host};
use crate::http::{self, Request, Response};
use crate::{JobResult, Json, Level, TaskError};

/// The host on the other side of the contract.
struct Component;

impl Host for Component {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn log(&self, level: Level, message: &str) {
        job::log(wire::level(level), message);
    }

    fn report_progress(&self, done: u64, total: u64, message: &str) {
        job::report_progress(done, total, message);
    }

    fn is_cancelled(&self) -> bool {
        job::is_cancelled()
    }

    fn checkpoint(&self, name: &str) -> Option<Json> {
        job::get_checkpoint(name)
    }

    fn set_checkpoint(&self, name: &str, value: &str) -> Result<(), String> {
        job::set_checkpoint(name, value)
    }

    fn granted(&self, name: &str) -> Result<Option<String>, String> {
        store::get(name).map_err(|error| format!("{error:?}"))
    }

    fn parent_count(&self) -> u32 {
        parents::count()
    }

    fn parent(&self, index: u32) -> Option<JobResult> {
        parents::get(index).map(wire::job_result)
    }

    fn submit(
        &self,
        step: &str,
        task: &str,
        input: &str,
        options: Option<&str>,
    ) -> Result<String, TaskError> {
        jobs::submit(step, task, input, options).map_err(|error| match error {
            SubmitError::Refused(reason) => TaskError::permanent(reason),
            SubmitError::Unavailable(reason) => TaskError::retryable(reason),
        })
    }

    fn submitted(&self, step: &str) -> Option<JobResult> {
        jobs::get(step).map(wire::job_result)
    }

    fn event(&self, name: &str) -> Option<Event> {
        events::get(name).map(wire::event)
    }

    fn event_url(&self, name: &str, valid_for: Duration) -> Result<String, String> {
        events::url(name, wire::to_ms(valid_for))
    }

    fn send(&self, request: Request) -> Result<Response, http::Error> {
        exchange::send(request).map(|response| response.received(self.now()))
    }
}
