//! What is counted of attempts.

use crate::domain::{Job, Outcome, Phase};
use crate::metering::Stopwatch;
use crate::metering::catalog::{ATTEMPT_TIME, ATTEMPTS, WAIT_TIME};

/// Counts the start of an attempt, and begins to time it.
pub(super) fn started(job: &Job) -> Stopwatch {
    if let (Phase::Running { lease }, Some(at)) = (&job.state.phase, job.state.attempted_at) {
        WAIT_TIME.with([job.spec.queue.as_str()]).record(at.since(lease.due_at));
    }
    Stopwatch::start()
}

/// Counts the end of an attempt.
pub(super) fn ended(job: &Job, outcome: &Outcome, stopwatch: Stopwatch) {
    let (task, queue) = (job.spec.task.as_str(), job.spec.queue.as_str());
    stopwatch.record(&ATTEMPT_TIME.with([task]));
    ATTEMPTS.with([task, queue, outcome.name()]).increment(1);
}
