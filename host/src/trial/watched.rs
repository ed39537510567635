//! Attempts of a host that are watched: everything that one does is heard as it happens, and its requests are answered as in
//! a trial. Storage, queue and API are the host's own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::Ended;
use super::journal::{Happening, Journal, SubmittedJob, Watcher};
use super::network::{NetworkRules, Traffic, TrialEgress};
use crate::domain::{EventName, InboxEvent, JobId, Json};
use crate::ports::{
    Assignment, AttemptHost, AttemptReport, CheckpointError, JobResult, Runner, StepRequest, SubmitError,
};

/// Chooses what answers the requests of an attempt that begins, and who hears of it.
pub trait Observer: Send + Sync {
    /// An attempt begins.
    fn begin(&self, assignment: &Assignment) -> (NetworkRules, Arc<dyn Watcher>);
}

/// A runner whose attempts are watched.
pub struct WatchedRunner {
    /// Runs the attempts, and sends through `egress`.
    pub inner: Arc<dyn Runner>,
    /// The egress.
    pub egress: Arc<TrialEgress>,
    /// Hears of them.
    pub observer: Arc<dyn Observer>,
}

#[async_trait]
impl Runner for WatchedRunner {
    async fn run(
        &self,
        assignment: Assignment,
        host: Arc<dyn AttemptHost>,
        stop: CancellationToken,
    ) -> AttemptReport {
        let (rules, watcher) = self.observer.begin(&assignment);
        let journal = Arc::new(Journal::begin(watcher));
        let traffic = Arc::new(Traffic::new(rules, Arc::clone(&journal)));
        let _served = self.egress.serve(&assignment.egress, &traffic);
        let attempt = assignment.attempt;
        journal.begin_attempt(attempt);
        let host = Arc::new(WatchedHost { inner: host, journal: Arc::clone(&journal) });
        let report = self.inner.run(assignment, host, stop).await;
        journal.note(Happening::Ended(Ended {
            attempt,
            outcome: report.outcome.clone(),
            killed_after: None,
            wall: journal.elapsed(),
            cpu: report.cpu,
            peak_memory_bytes: report.peak_memory_bytes,
        }));
        report
    }
}

/// The host of an attempt, and the journal of what the attempt asks of it.
struct WatchedHost {
    inner: Arc<dyn AttemptHost>,
    journal: Arc<Journal>,
}

#[async_trait]
impl AttemptHost for WatchedHost {
    fn report_progress(&self, done: u64, total: u64, message: &str) {
        self.journal.note(Happening::Progress { done, total, message: message.to_owned() });
        self.inner.report_progress(done, total, message);
    }

    fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, CheckpointError> {
        self.inner.checkpoint(name).await
    }

    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), CheckpointError> {
        self.inner.save_checkpoint(name, value.clone()).await?;
        self.journal.note(Happening::Checkpoint { name: name.to_owned(), value });
        Ok(())
    }

    fn parent_count(&self) -> u32 {
        self.inner.parent_count()
    }

    async fn parent(&self, index: u32) -> Result<Option<JobResult>, String> {
        self.inner.parent(index).await
    }

    async fn submit(&self, step: &str, request: StepRequest) -> Result<JobId, SubmitError> {
        let StepRequest { task, input, options } = request.clone();
        let job_id = self.inner.submit(step, request).await?;
        let step = step.to_owned();
        self.journal.note(Happening::Submitted(SubmittedJob { step, task, input, options, job_id }));
        Ok(job_id)
    }

    async fn submitted(&self, step: &str) -> Result<Option<JobResult>, String> {
        self.inner.submitted(step).await
    }

    async fn event(&self, event: EventName) -> Result<Option<InboxEvent>, String> {
        self.inner.event(event).await
    }

    async fn event_url(&self, event: EventName, valid_for: Duration) -> Result<String, String> {
        self.inner.event_url(event, valid_for).await
    }

    fn log_line(&self, line: &str) {
        self.journal.note(Happening::Line(line.to_owned()));
        self.inner.log_line(line);
    }
}
