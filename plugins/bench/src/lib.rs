//! The tasks of `taskbox bench`. They do almost nothing, because the host is measured.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use taskbox_task::{Job, Plugin, Task, TaskError};

/// Longer than any measurement.
const PATIENCE: Duration = Duration::from_secs(240);

const HOUR: Duration = Duration::from_secs(3600);

struct Bench;

impl Plugin for Bench {
    fn tasks() -> Vec<Task> {
        // Without schemas, which the host would check at every job.
        vec![
            Task::raw("noop", |_, _| Ok("null".into())).description("Does nothing"),
            Task::without_schemas("clock", clock).description("Tells when it began"),
            Task::without_schemas("event", event).description("Waits for an event"),
            Task::without_schemas("wait", wait).description("Waits for a server to answer"),
        ]
    }
}

taskbox_task::export!(Bench);

/// Takes any input; returns the nanoseconds since the Unix epoch, which fit into 64 bits until 2554.
fn clock(_: &Job, _: Option<u64>) -> Result<u64, TaskError> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_err(|_| TaskError::permanent("the clock stands before 1970"))?.as_nanos();
    u64::try_from(nanos).map_err(|_| TaskError::permanent("the clock stands after 2554"))
}

/// Takes anything; returns whether the event `go` came within an hour.
fn event(job: &Job, _: Option<u64>) -> Result<bool, TaskError> {
    Ok(job.wait_for::<u64>("go", HOUR)?.is_some())
}

#[derive(Deserialize)]
struct Server {
    url: String,
}

/// Takes `{url}`; returns the status of the response.
fn wait(job: &Job, server: Server) -> Result<u16, TaskError> {
    Ok(job.http().get(server.url).timeout(PATIENCE).send()?.status())
}
