//! What the host knows by name, for completions: tasks, queues, plugins, schedules, and the newest ids.

use std::time::Duration;

use clap_complete::engine::CompletionCandidate;

use super::answer::{Answer, Part, text};
use super::remote::Remote;

/// The time for an answer. A person waits for it, and gets no names after it.
const ANSWER_MAX: Duration = Duration::from_millis(700);

/// The tasks.
pub(super) fn tasks() -> Vec<CompletionCandidate> {
    named("/v1/tasks?limit=500")
}

/// The queues.
pub(super) fn queues() -> Vec<CompletionCandidate> {
    named("/v1/queues?limit=500")
}

/// The plugins.
pub(super) fn plugins() -> Vec<CompletionCandidate> {
    named("/v1/plugins")
}

/// The schedules.
pub(super) fn schedules() -> Vec<CompletionCandidate> {
    named("/v1/schedules")
}

/// The newest jobs, with the task and the state of each.
pub(super) fn jobs() -> Vec<CompletionCandidate> {
    let about = |job: Part<'_>| format!("{}, {}", text(job.get("task")), text(job.get("state")));
    candidates("/v1/jobs?limit=100", "id", about)
}

/// The newest orders, with the status of each.
pub(super) fn orders() -> Vec<CompletionCandidate> {
    candidates("/v1/orders?limit=100", "id", |order| text(order.get("status")))
}

fn named(path: &str) -> Vec<CompletionCandidate> {
    candidates(path, "name", |_| String::new())
}

/// A candidate for each row of a list. There are none where the host cannot be reached.
fn candidates(path: &str, field: &str, about: fn(Part<'_>) -> String) -> Vec<CompletionCandidate> {
    let Some(list) = asked(path) else { return Vec::new() };
    let candidate = |row: Part<'_>| {
        let help = Some(about(row)).filter(|words| !words.is_empty());
        Some(CompletionCandidate::new(text(row.get(field))).help(help.map(Into::into)))
    };
    list.items().into_iter().filter_map(candidate).collect()
}

/// Asks the host of the environment or of the current context. The program only completes here, and runs nothing else.
fn asked(path: &str) -> Option<Answer> {
    let client = Remote::of_environment().client().ok()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    runtime.block_on(async { tokio::time::timeout(ANSWER_MAX, client.get(path)).await.ok()?.ok() })
}
