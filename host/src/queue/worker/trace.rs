//! The spans of an attempt: the wait before it, the attempt itself, and what it does in storage.

use crate::domain::{Job, Outcome, Phase, TraceParent};
use crate::spans::{Kind, OpenSpan, Place};

/// The span of an attempt, if spans are recorded.
pub(super) struct AttemptTrace(Option<OpenSpan>);

impl AttemptTrace {
    /// Begins with the attempt, and records the wait before it.
    pub(super) fn begin(job: &Job) -> Self {
        let (spec, state) = (&job.spec, &job.state);
        let Some(place) = Place::of_job(spec.id, spec.options.traceparent.as_ref()) else {
            return Self(None);
        };
        if let Phase::Running { lease } = &state.phase {
            OpenSpan::since(place, "wait", Kind::Internal, lease.due_at).end();
        }
        let mut span = OpenSpan::begin(place, format!("attempt {}", spec.task), Kind::Consumer);
        span.set("taskbox.job", spec.id);
        span.set("taskbox.task", &spec.task);
        span.set("taskbox.queue", &spec.queue);
        span.set("taskbox.attempt", state.attempt);
        Self(Some(span))
    }

    /// What the task hands on to those that it calls: the attempt, or the trace of the submitter.
    pub(super) fn traceparent(&self, job: &Job) -> Option<TraceParent> {
        let own = self.0.as_ref().map(OpenSpan::traceparent);
        own.or_else(|| job.spec.options.traceparent.clone())
    }

    /// The place of what the attempt does.
    pub(super) fn below(&self) -> Option<Place> {
        self.0.as_ref().map(OpenSpan::below)
    }

    /// Says how the attempt ended.
    pub(super) fn ended(&mut self, outcome: &Outcome) {
        let Some(span) = &mut self.0 else { return };
        span.set("taskbox.outcome", outcome.name());
        if let Outcome::Failed(failure) = outcome {
            span.fail(&failure.message);
        }
    }

    /// Ends with the settlement of the attempt.
    pub(super) fn end(self) {
        self.0.into_iter().for_each(OpenSpan::end);
    }
}

/// The span of something that an attempt does in storage.
pub(super) fn step(place: Option<Place>, name: &'static str) -> Option<OpenSpan> {
    place.map(|place| OpenSpan::begin(place, name, Kind::Internal))
}
