//! The summary of a trial, for people.

use super::super::size_text::size_text;
use super::live::happening_text;
use super::screen::Screen;
use super::words::{count, failure, outcome_name, time};
use crate::cli::out::{note, say};
use crate::domain::{Outcome, Retry, TaskSpec, format_duration};
use crate::trial::{AnsweredBy, Report};

/// Shows the result of a trial, below what was shown of it as it happened.
pub(super) fn summary(report: &Report) {
    let screen = Screen::of_stdout();
    let last = report.attempts.last();
    say!("\n{} in {}", outcome_name(report.outcome()), time(report.wall));
    outcome(screen, report.outcome());
    let field = |name: &str, text: &str| say!("{}", screen.field(name, text));
    field(
        "CPU time",
        &report.attempts.iter().map(|attempt| time(attempt.cpu)).collect::<Vec<_>>().join(", "),
    );
    field("peak memory", &size_text(last.map_or(0, |attempt| attempt.peak_memory_bytes)));
    field("requests", &requests(report));
    let names = |names: Vec<&str>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    field("checkpoints", &names(report.checkpoints.keys().map(String::as_str).collect()));
    let submitted: Vec<_> = report.submitted().map(|job| format!("{} ({})", job.step, job.task)).collect();
    field("submitted", &names(submitted.iter().map(String::as_str).collect()));
    repetition(screen, report);
}

/// What the outcome says.
fn outcome(screen: Screen, outcome: &Outcome) {
    let field = |name: &str, text: &str| say!("{}", screen.field(name, text));
    if let Outcome::Succeeded(output) = outcome {
        field("output", &screen.json(output.as_str()));
    }
    if let Outcome::Snoozed(delay) = outcome {
        field("snoozed", &format!("the job would run again in {}", format_duration(*delay)));
    }
    if let Outcome::Waiting(wait) = outcome {
        field("waits for", &format!("the event {0}; --event {0}=JSON gives it", wait.event));
    }
    let Some(failure) = failure(outcome) else { return };
    field("error", &failure.message);
    if let Some(detail) = &failure.detail {
        field("", detail);
    }
    let retry = match failure.retry {
        Retry::Backoff => "a host would try again".to_owned(),
        Retry::After(delay) => format!("a host would try again in {}", format_duration(delay)),
        Retry::Never => "a host would not try again".to_owned(),
    };
    field("then", &retry);
}

fn requests(report: &Report) -> String {
    let of = |is: fn(AnsweredBy) -> bool| report.requests().filter(|request| is(request.by)).count();
    let mocked = of(|by| matches!(by, AnsweredBy::Mock(_)));
    let sent = of(|by| by == AnsweredBy::Server);
    let all = report.requests().count();
    let parts = [(mocked, "by the mock file"), (sent, "by servers"), (all - mocked - sent, "not answered")];
    let parts: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(n, by)| format!("{n} {by}")).collect();
    if parts.is_empty() { "none".to_owned() } else { format!("{all}: {}", parts.join(", ")) }
}

/// Whether an attempt after one that was killed repeated a step.
fn repetition(screen: Screen, report: &Report) {
    let Some((killed, step)) =
        report.attempts.iter().find_map(|attempt| Some((attempt.attempt, attempt.killed_after.as_ref()?)))
    else {
        return;
    };
    if report.problems.is_empty() && report.attempts.len() > 1 {
        let text = format!("none: attempt {} went on after step {step}", killed + 1);
        say!("{}", screen.field("repeated", &text));
    }
}

/// Shows a case that ran; of one that did not come as expected, all that happened.
pub(super) fn case(name: &str, report: &Report, problems: &[String]) {
    let screen = Screen::of_stdout();
    let word = if problems.is_empty() { "ok" } else { "FAILED" };
    say!("{}", screen.field(word, &format!("{name} ({})", time(report.wall))));
    for problem in problems {
        say!("{}", screen.field("", problem));
    }
    if problems.is_empty() {
        return;
    }
    for entry in &report.entries {
        let Some((what, text)) = happening_text(&entry.happening) else { continue };
        say!("{}", screen.line(entry.at, what, &text));
    }
}

/// Tells what helps to keep a mock file short.
pub(super) fn unused_mocks(report: &Report) {
    for (number, url) in &report.unused_mocks {
        note!("note: entry {number} of the mock file answered nothing: {url}");
    }
}

/// A task, as its plugin describes it.
pub(super) fn described(task: &TaskSpec) {
    let limits = [
        task.timeout.map(|timeout| format!("timeout {}", format_duration(timeout))),
        task.max_attempts.map(|most| count(most as usize, "attempt", "attempts")),
        task.queue.as_ref().map(|queue| format!("queue {queue}")),
        task.input_schema.as_ref().map(|_| "input schema".to_owned()),
        task.output_schema.as_ref().map(|_| "output schema".to_owned()),
    ];
    let limits: Vec<_> = limits.into_iter().flatten().collect();
    let text = [task.description.clone(), limits.join(", ")].join("\n");
    say!("{}", Screen::of_stdout().field(task.name.as_str(), text.trim()));
}
