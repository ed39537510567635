//! The options of a job.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{FlowControl, RequestProblem, Timestamp, TraceParent, Unique, callback_url_problem};

/// The longest timeout of an attempt.
const TIMEOUT_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// The most tags of a job.
pub const TAGS_MAX: usize = 32;
/// The longest tag and label, in bytes.
const TEXT_BYTES_MAX: usize = 255;

/// The options of a job that pass unchanged from its request to its specification.
///
/// Schedules keep them as JSON, by the names of the fields: a new option must be one that may be missing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct JobOptions {
    /// Wall time of one attempt, at most 7 days; without it the task's own, then the grant's.
    pub timeout: Option<Duration>,
    /// Time at which it expires unless it has started: see [`JobState::expires_at`](super::JobState::expires_at).
    pub expires_at: Option<Timestamp>,
    /// Tags to find it by, at most 32 of 1 to 255 bytes.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Short text to show with it, at most 255 bytes.
    pub label: Option<String>,
    /// Its uniqueness within its task.
    pub unique: Option<Unique>,
    /// The jobs with which it shares a limit, an order and turns.
    #[serde(default)]
    pub flow: FlowControl,
    /// URL that gets a webhook when it is final.
    pub callback_url: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<TraceParent>,
}

impl JobOptions {
    /// Puts a job that names no trace into this one.
    pub fn default_trace(&mut self, trace: Option<&TraceParent>) {
        self.traceparent = self.traceparent.take().or_else(|| trace.cloned());
    }

    /// The problems of all fields.
    pub fn problems(&self, now: Timestamp) -> Vec<RequestProblem> {
        let timeout_wrong = self.timeout.is_some_and(|timeout| timeout.is_zero() || timeout > TIMEOUT_MAX);
        let tag_wrong = self.tags.iter().any(|tag| tag.is_empty() || tag.len() > TEXT_BYTES_MAX);
        let label_wrong = self.label.as_ref().is_some_and(|label| label.len() > TEXT_BYTES_MAX);
        let expired = self.expires_at.is_some_and(|at| at <= now);
        let callback_problem = self.callback_url.as_deref().and_then(callback_url_problem);
        let wrong = |wrong: bool, field: &str, detail: &str| wrong.then(|| problem(field, detail.to_owned()));
        let mut problems: Vec<_> = [
            wrong(timeout_wrong, "timeout", "must be longer than 0 and at most 7 days, such as \"5m\""),
            wrong(expired, "expires_at", "must be in the future"),
            wrong(self.tags.len() > TAGS_MAX, "tags", "must be at most 32 tags"),
            wrong(tag_wrong, "tags", "every tag must have 1 to 255 bytes"),
            wrong(label_wrong, "label", "must have at most 255 bytes"),
            callback_problem.map(|detail| problem("callback_url", detail)),
        ]
        .into_iter()
        .flatten()
        .collect();
        problems.extend(self.unique.iter().flat_map(Unique::problems));
        problems.extend(self.flow.problems());
        problems
    }
}

fn problem(field: &str, detail: String) -> RequestProblem {
    RequestProblem { pointer: format!("/{field}"), detail }
}
