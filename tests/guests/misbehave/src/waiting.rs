//! Tasks that wait.

use std::thread::sleep;
use std::time::Duration;

use serde::Deserialize;
use taskbox_task::{Job, Json, Task, TaskError};

const HOUR: Duration = Duration::from_secs(3_600);

/// How long a task sleeps between two looks at whether it was cancelled.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

pub fn tasks() -> Vec<Task> {
    vec![
        Task::without_schemas("sleep", sleep_ms).description("Waits"),
        Task::raw("sleep-hour", sleep_hour).description("Waits for an hour, deaf to everything"),
        Task::raw("wait-for-cancel", wait_for_cancel).description("Waits until it is cancelled"),
        Task::without_schemas("print-and-wait", print_and_wait)
            .description("Prints lines, then waits until it is cancelled"),
        Task::without_schemas("progress", progress).description("Tells how far it is, step by step"),
    ]
}

#[derive(Deserialize)]
struct Time {
    ms: u64,
}

/// Takes `{ms}`; waits so long in the host, then gives null.
fn sleep_ms(_: &Job, time: Time) -> Result<(), TaskError> {
    sleep(Duration::from_millis(time.ms));
    Ok(())
}

/// Takes anything; reports that it has begun, then waits in the host and looks at nothing.
#[inline(never)]
fn sleep_hour(job: &Job, _: Json) -> Result<Json, TaskError> {
    job.progress(0, 1, "asleep");
    sleep(HOUR);
    Ok("null".into())
}

/// Takes anything; asks until it is cancelled, and ends as cancelled.
fn wait_for_cancel(job: &Job, _: Json) -> Result<Json, TaskError> {
    loop {
        job.stop_if_cancelled()?;
        sleep(LOOK_INTERVAL);
    }
}

#[derive(Deserialize)]
struct Lines {
    lines: Vec<String>,
}

/// Takes `{lines}`; prints them, then asks until it is cancelled.
fn print_and_wait(job: &Job, input: Lines) -> Result<(), TaskError> {
    for line in input.lines {
        println!("{line}");
    }
    loop {
        job.stop_if_cancelled()?;
        sleep(LOOK_INTERVAL);
    }
}

#[derive(Deserialize)]
struct Steps {
    steps: u64,
    /// Pause after each step.
    #[serde(default)]
    ms: u64,
}

/// Takes `{steps, ms?}`; reports `step 1` of so many, and so on, with a pause after each; gives null.
fn progress(job: &Job, steps: Steps) -> Result<(), TaskError> {
    for step in 1..=steps.steps {
        job.progress(step, steps.steps, format!("step {step}"));
        sleep(Duration::from_millis(steps.ms));
    }
    Ok(())
}
