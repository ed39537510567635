//! The tasks of `taskbox bench`. They do almost nothing, because the host is measured.

use std::time::{Duration, SystemTime};

use serde::Deserialize;
use taskbox_task::{JobContext, Plugin, Task, TaskError, http};

/// Longer than any measurement.
const PATIENCE: Duration = Duration::from_secs(240);

struct Bench;

impl Plugin for Bench {
    fn tasks() -> Vec<Task> {
        vec![
            Task::raw("noop", |_, _| Ok("null".into())).description("Does nothing"),
            Task::new("clock", clock).description("Tells when it began"),
            Task::new("wait", wait).description("Waits for a server to answer"),
        ]
    }
}

taskbox_task::export!(Bench);

/// Takes any input; returns the nanoseconds since the Unix epoch, which fit into 64 bits until 2554.
fn clock(_: &JobContext, _: Option<u64>) -> Result<u64, TaskError> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanos = since.map_err(|_| TaskError::permanent("the clock stands before 1970"))?.as_nanos();
    u64::try_from(nanos).map_err(|_| TaskError::permanent("the clock stands after 2554"))
}

#[derive(Deserialize)]
struct Server {
    url: String,
}

/// Takes `{url}`; returns the status of the response.
fn wait(_: &JobContext, server: Server) -> Result<u16, TaskError> {
    Ok(http::get(server.url).timeout(PATIENCE).send()?.status())
}
