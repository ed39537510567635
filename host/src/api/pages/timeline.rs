//! What happened to a job, as a list of events.

use super::time::When;
use crate::domain::{AttemptError, FailureKind, Job, JobDetails, Phase, Timestamp};

/// An event in the history of a job, or its present state.
pub(super) struct TimelineEvent {
    /// The style: `placed`, `failed`, `waiting`, `running`, `completed`, `cancelled`.
    pub(super) kind: &'static str,
    pub(super) title: String,
    pub(super) when: Option<When>,
    pub(super) text: Option<String>,
    pub(super) detail: Option<String>,
    /// Steps done, of all.
    pub(super) progress: Option<(u64, u64)>,
}

impl TimelineEvent {
    /// The failures of a job, oldest first, then its present state.
    pub(super) fn of(details: &JobDetails, now: Timestamp) -> impl Iterator<Item = Self> {
        let failures = details.errors.iter().map(move |error| Self::failed(error, now));
        failures.chain([Self::present(&details.job, now)])
    }

    /// An event without a text.
    pub(super) fn new(kind: &'static str, title: impl Into<String>, when: Option<When>) -> Self {
        Self { kind, title: title.into(), when, text: None, detail: None, progress: None }
    }

    fn failed(error: &AttemptError, now: Timestamp) -> Self {
        let title = match (error.attempt, error.kind) {
            (0, _) => "It was never started".to_owned(),
            (attempt, FailureKind::Failed) => format!("Attempt {attempt} failed"),
            (attempt, kind) => format!("Attempt {attempt} failed: {kind}"),
        };
        let when = Some(When::new(error.at, now));
        let text = Some(error.message.clone());
        Self { text, detail: error.detail.clone(), ..Self::new("failed", title, when) }
    }

    fn present(job: &Job, now: Timestamp) -> Self {
        let (state, next) = (&job.state, job.state.attempt + 1);
        let at = |time| Some(When::new(time, now));
        match state.phase {
            Phase::Pending { .. } if state.due_at().is_none() => {
                Self::new("waiting", format!("Attempt {next} waits for other jobs"), None)
            }
            Phase::Pending { due_at } if due_at <= now => {
                Self::new("waiting", format!("Attempt {next} may start"), None)
            }
            Phase::Pending { due_at } => Self::new("waiting", format!("Attempt {next} is due"), at(due_at)),
            Phase::Running { .. } => Self::running(job, now),
            Phase::Completed { at: time } => {
                Self::new("completed", format!("Completed by attempt {}", state.attempt), at(time))
            }
            Phase::Discarded { at: time } => Self::new("failed", "Given up", at(time)),
            Phase::Cancelled { at: time } => Self::new("cancelled", "Cancelled", at(time)),
        }
    }

    fn running(job: &Job, now: Timestamp) -> Self {
        let state = &job.state;
        let title = match state.cancel_requested {
            true => format!("Attempt {} is asked to stop", state.attempt),
            false => format!("Attempt {} is running", state.attempt),
        };
        let progress = state.progress.as_ref();
        Self {
            text: progress.map(|progress| progress.message.clone()).filter(|message| !message.is_empty()),
            progress: progress.filter(|p| p.total > 0).map(|p| (p.done.min(p.total), p.total)),
            ..Self::new("running", title, state.attempted_at.map(|at| When::new(at, now)))
        }
    }
}
