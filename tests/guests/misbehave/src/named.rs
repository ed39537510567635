//! Tasks of the names that the commands in the documentation use.

use taskbox_task::{Job, Json, Task, TaskError};

const NAMES: [&str; 6] = ["import-done", "publish", "reindex", "report", "resize", "sync"];

pub fn tasks() -> Vec<Task> {
    NAMES.into_iter().map(|name| Task::raw(name, give_back).description("Gives its input back")).collect()
}

fn give_back(_: &Job, input: Json) -> Result<Json, TaskError> {
    Ok(input)
}
