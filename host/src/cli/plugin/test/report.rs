//! The report of a trial as JSON.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use super::words::{failure, outcome_name};
use crate::domain::{Json, Outcome};
use crate::trial::{AnsweredBy, Ended, Happening, Report};

/// The report of a trial.
#[derive(Serialize)]
pub(super) struct ReportBody<'a> {
    /// The name of its case.
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<&'a str>,
    task: &'a str,
    outcome: &'static str,
    passed: bool,
    problems: &'a [String],
    output: Option<&'a RawValue>,
    error: Option<ErrorBody<'a>>,
    wall_ms: f64,
    cpu_ms: f64,
    peak_memory_bytes: u64,
    attempts: Vec<AttemptBody<'a>>,
    requests: Vec<RequestBody<'a>>,
    checkpoints: BTreeMap<&'a str, Option<&'a RawValue>>,
    submitted: Vec<SubmittedBody<'a>>,
    unused_mocks: Vec<usize>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    kind: &'static str,
    message: &'a str,
    detail: Option<&'a str>,
}

#[derive(Serialize)]
struct AttemptBody<'a> {
    attempt: u32,
    outcome: &'static str,
    killed_after: Option<&'a str>,
    wall_ms: f64,
    cpu_ms: f64,
    peak_memory_bytes: u64,
    log: Vec<&'a str>,
}

#[derive(Serialize)]
struct RequestBody<'a> {
    attempt: u32,
    method: &'a str,
    url: &'a str,
    status: Option<u16>,
    error: Option<&'a str>,
    /// The number of the entry that answered, from 1.
    mock: Option<usize>,
    wall_ms: f64,
}

#[derive(Serialize)]
struct SubmittedBody<'a> {
    step: &'a str,
    task: &'a str,
    input: Option<&'a RawValue>,
    options: Option<&'a RawValue>,
    job_id: String,
}

impl<'a> ReportBody<'a> {
    /// The report of a trial with these problems.
    pub(super) fn new(
        case: Option<&'a str>,
        task: &'a str,
        report: &'a Report,
        problems: &'a [String],
    ) -> Self {
        let outcome = report.outcome();
        let output = match outcome {
            Outcome::Succeeded(output) => raw(output),
            _ => None,
        };
        let error = failure(outcome).map(|failure| ErrorBody {
            kind: failure.kind.as_str(),
            message: &failure.message,
            detail: failure.detail.as_deref(),
        });
        Self {
            case,
            task,
            outcome: outcome_name(outcome),
            passed: problems.is_empty(),
            problems,
            output,
            error,
            wall_ms: ms(report.wall),
            cpu_ms: report.attempts.iter().map(|attempt| ms(attempt.cpu)).sum(),
            peak_memory_bytes: report
                .attempts
                .iter()
                .map(|attempt| attempt.peak_memory_bytes)
                .max()
                .unwrap_or(0),
            attempts: report.attempts.iter().map(|ended| attempt(report, ended)).collect(),
            requests: requests(report),
            checkpoints: report.checkpoints.iter().map(|(name, value)| (name.as_str(), raw(value))).collect(),
            submitted: report.submitted().map(submitted).collect(),
            unused_mocks: report.unused_mocks.iter().map(|(number, _)| *number).collect(),
        }
    }
}

fn attempt<'a>(report: &'a Report, ended: &'a Ended) -> AttemptBody<'a> {
    let of_it = report.entries.iter().filter(|entry| entry.attempt == ended.attempt);
    let line = |happening: &'a Happening| match happening {
        Happening::Line(line) => Some(line.as_str()),
        _ => None,
    };
    AttemptBody {
        attempt: ended.attempt,
        outcome: outcome_name(&ended.outcome),
        killed_after: ended.killed_after.as_deref(),
        wall_ms: ms(ended.wall),
        cpu_ms: ms(ended.cpu),
        peak_memory_bytes: ended.peak_memory_bytes,
        log: of_it.filter_map(|entry| line(&entry.happening)).collect(),
    }
}

fn requests(report: &Report) -> Vec<RequestBody<'_>> {
    let all = report.entries.iter().filter_map(|entry| match &entry.happening {
        Happening::Request(sent) => Some((entry.attempt, sent)),
        _ => None,
    });
    all.map(|(attempt, sent)| RequestBody {
        attempt,
        method: &sent.method,
        url: &sent.url,
        status: sent.answer.as_ref().ok().copied(),
        error: sent.answer.as_ref().err().map(String::as_str),
        mock: match sent.by {
            AnsweredBy::Mock(number) => Some(number),
            AnsweredBy::Server | AnsweredBy::Nobody => None,
        },
        wall_ms: ms(sent.took),
    })
    .collect()
}

fn submitted(job: &crate::trial::SubmittedJob) -> SubmittedBody<'_> {
    SubmittedBody {
        step: &job.step,
        task: &job.task,
        input: raw(&job.input),
        options: job.options.as_ref().and_then(raw),
        job_id: job.job_id.to_string(),
    }
}

/// JSON as it came.
fn raw(json: &Json) -> Option<&RawValue> {
    serde_json::from_str(json.as_str()).ok()
}

/// Milliseconds, to a microsecond.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
