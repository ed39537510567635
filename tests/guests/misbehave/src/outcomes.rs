//! Tasks that end, each in its own way.

use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use taskbox_task::{Job, JobResult, Json, Task, TaskError};

pub fn tasks() -> Vec<Task> {
    vec![
        Task::raw("echo", |_, input| Ok(input)).description("Returns its input"),
        Task::raw("noop", |_, _| Ok("null".into())).description("Does nothing"),
        Task::without_schemas("context", context).description("Returns what it was told about its attempt"),
        Task::without_schemas("log", write_log).description("Logs a line of each level, and fails"),
        Task::without_schemas("approval", approval).description("Waits for an approval"),
        Task::without_schemas("fan-out", fan_out).description("Submits jobs"),
        Task::without_schemas("fail", fail).description("Fails as told"),
        Task::without_schemas("fail-until", fail_until).description("Fails until a given attempt"),
        Task::without_schemas("checkpoint", count_runs)
            .description("Does a step once, however often it is tried"),
        Task::without_schemas("parents", read_parents).description("Returns what became of its parents"),
        Task::raw("bad-output", bad_output).description("Returns what is not JSON"),
        Task::without_schemas("big-output", big_output).description("Returns a long text"),
        Task::raw("deep-output", deep_output).description("Returns arrays within arrays"),
        Task::without_schemas("panic", panic).description("Panics"),
        Task::raw("stack-overflow", stack_overflow).description("Calls itself without end"),
        Task::raw("out-of-bounds", out_of_bounds).description("Writes where its memory ends"),
    ]
}

#[derive(Serialize)]
struct Context {
    job_id: String,
    task: String,
    attempt: u32,
    max_attempts: u32,
    idempotency_key: String,
    deadline_ms: u128,
    tags: Vec<String>,
    metadata: serde_json::Value,
    traceparent: Option<String>,
}

/// Takes anything; gives the fields of its job context.
fn context(job: &Job, _: serde_json::Value) -> Result<Context, TaskError> {
    let deadline = job.deadline().duration_since(UNIX_EPOCH).map_err(TaskError::permanent)?;
    Ok(Context {
        job_id: job.id().to_owned(),
        task: job.task().to_owned(),
        attempt: job.attempt(),
        max_attempts: job.max_attempts(),
        idempotency_key: job.idempotency_key().to_owned(),
        deadline_ms: deadline.as_millis(),
        tags: job.tags().to_vec(),
        metadata: job.metadata()?,
        traceparent: job.traceparent().map(str::to_owned),
    })
}

#[derive(Deserialize)]
struct FanOut {
    task: String,
    steps: Vec<String>,
    #[serde(default)]
    input: serde_json::Value,
    #[serde(default)]
    options: Option<serde_json::Value>,
    /// Fail for another attempt behind this many steps, if it is the first.
    #[serde(default)]
    fail_behind: Option<usize>,
    /// Wait for the jobs, so many milliseconds at most.
    #[serde(default)]
    wait_ms: Option<u64>,
}

/// Takes `{task, steps, input?, options?, fail_behind?, wait_ms?}`; submits a job in each step, and gives their ids, or
/// their states after a wait.
fn fan_out(job: &Job, wanted: FanOut) -> Result<Vec<String>, TaskError> {
    let mut ids = Vec::new();
    for (index, step) in wanted.steps.iter().enumerate() {
        if job.attempt() == 1 && wanted.fail_behind == Some(index) {
            return Err(TaskError::retry_after(Duration::from_millis(1), "cut off"));
        }
        let (task, input) = (&wanted.task, &wanted.input);
        ids.push(match &wanted.options {
            Some(options) => job.submit_with(step, task, input, options)?,
            None => job.submit(step, task, input)?,
        });
    }
    if let Some(ms) = wanted.wait_ms {
        let all = job.wait_for_jobs("all", &wanted.steps, Duration::from_millis(ms))?;
        ids = wanted.steps.iter().filter_map(|step| job.submitted(step)).map(|job| job.state).collect();
        ids.push(format!("all: {all}"));
    }
    Ok(ids)
}

#[derive(Deserialize)]
struct Awaited {
    event: String,
    ms: u64,
    #[serde(default)]
    with_url: bool,
    /// Wait at once, whatever the name, which the SDK would check.
    #[serde(default)]
    unchecked: bool,
}

#[derive(Serialize)]
struct Approval {
    value: Option<serde_json::Value>,
    attempt: u32,
}

/// Takes `{event, ms, with_url?, unchecked?}`; waits for that event, and gives its value and the number of the attempt.
fn approval(job: &Job, awaited: Awaited) -> Result<Approval, TaskError> {
    let timeout = Duration::from_millis(awaited.ms);
    if awaited.unchecked {
        return Err(TaskError::WaitForEvent { name: awaited.event, timeout });
    }
    if awaited.with_url {
        job.progress(0, 1, job.event_url(&awaited.event, timeout)?);
    }
    let value = job.wait_for(&awaited.event, timeout)?;
    Ok(Approval { value, attempt: job.attempt() })
}

/// Takes anything; logs four lines and fails.
fn write_log(job: &Job, _: serde_json::Value) -> Result<(), TaskError> {
    job.debug("looking");
    job.info("found it");
    job.warn("it is old");
    job.error("it is broken");
    Err(TaskError::retryable("no luck"))
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FailureKind {
    Retryable,
    RetryAfter,
    Permanent,
    Snooze,
    Cancelled,
}

#[derive(Deserialize)]
struct Failure {
    kind: FailureKind,
    #[serde(default)]
    message: String,
    #[serde(default)]
    ms: u64,
}

/// Takes `{kind: retryable|retry-after|permanent|snooze|cancelled, message?, ms?}`; gives that error.
fn fail(_: &Job, failure: Failure) -> Result<(), TaskError> {
    let Failure { kind, message, ms } = failure;
    Err(match kind {
        FailureKind::Retryable => TaskError::retryable(message),
        FailureKind::RetryAfter => TaskError::retry_after(Duration::from_millis(ms), message),
        FailureKind::Permanent => TaskError::permanent(message),
        FailureKind::Snooze => TaskError::Snooze(Duration::from_millis(ms)),
        FailureKind::Cancelled => TaskError::Cancelled,
    })
}

#[derive(Deserialize)]
struct Until {
    attempts: u32,
}

/// Takes `{attempts: n}`; fails before attempt n, then gives `{attempt}`.
fn fail_until(job: &Job, until: Until) -> Result<serde_json::Value, TaskError> {
    if job.attempt() < until.attempts {
        return Err(TaskError::retryable(format!("attempt {} of {}", job.attempt(), until.attempts)));
    }
    Ok(serde_json::json!({ "attempt": job.attempt() }))
}

#[derive(Serialize)]
struct Runs {
    attempt: u32,
    /// The attempt that did the step.
    first_done_by: u32,
    /// Whether this attempt did the step.
    ran_now: bool,
}

/// Takes `{attempts: n}`; does a step once, fails before attempt n, then gives which attempt did it.
fn count_runs(job: &Job, until: Until) -> Result<Runs, TaskError> {
    let mut ran_now = false;
    let first_done_by = job.step("step", || {
        ran_now = true;
        Ok(job.attempt())
    })?;
    fail_until(job, until)?;
    Ok(Runs { attempt: job.attempt(), first_done_by, ran_now })
}

/// Takes anything; gives a list of its parents with all that is known of them.
fn read_parents(job: &Job, _: serde_json::Value) -> Result<Vec<serde_json::Value>, TaskError> {
    let shown = |parent: JobResult| {
        let output: Option<serde_json::Value> = parent.output().ok();
        serde_json::json!({
            "job_id": parent.job_id, "task": parent.task, "state": parent.state,
            "output": output, "error": parent.error,
        })
    };
    Ok(job.parents().map(shown).collect())
}

/// Takes anything; gives a text that is no JSON.
fn bad_output(_: &Job, _: Json) -> Result<Json, TaskError> {
    Ok("this is {not JSON".into())
}

#[derive(Deserialize)]
struct Size {
    bytes: usize,
}

/// Takes `{bytes}`; gives a JSON text of exactly so many bytes, quotes included.
fn big_output(_: &Job, size: Size) -> Result<String, TaskError> {
    Ok("x".repeat(size.bytes.saturating_sub(2)))
}

/// Takes a number; gives so many arrays within each other.
fn deep_output(_: &Job, input: Json) -> Result<Json, TaskError> {
    let depth = input.parse().map_err(|_| TaskError::permanent("the input is no number"))?;
    Ok("[".repeat(depth) + &"]".repeat(depth))
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    message: String,
}

/// Takes `{message?}`; panics with it.
#[inline(never)]
fn panic(_: &Job, input: Message) -> Result<(), TaskError> {
    panic!("{}", input.message)
}

/// Takes anything; calls itself until the stack is full.
fn stack_overflow(_: &Job, _: Json) -> Result<Json, TaskError> {
    Ok(descend(0).to_string())
}

/// Each call uses its number afterwards, or it would be compiled to a loop. It keeps no more than that: what is
/// kept lies in linear memory, which must not run out before the stack does.
#[expect(unconditional_recursion, reason = "that is the bad behaviour")]
fn descend(depth: u64) -> u64 {
    descend(depth + 1) + std::hint::black_box(depth)
}

/// Takes anything; keeps more in each call than there is room for, and ends below the first address of its memory.
fn out_of_bounds(_: &Job, _: Json) -> Result<Json, TaskError> {
    Ok(descend_with_luggage(1).to_string())
}

/// Rust keeps what is large on a stack in linear memory, which has one mebibyte and no guard.
fn descend_with_luggage(depth: u8) -> u64 {
    let luggage = std::hint::black_box([depth; 64 * 1024]);
    let below =
        if std::hint::black_box(depth) == 0 { 0 } else { descend_with_luggage(depth.wrapping_add(1).max(1)) };
    below + u64::from(std::hint::black_box(luggage)[usize::from(depth)])
}
