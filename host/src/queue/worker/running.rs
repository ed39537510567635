//! The attempts that run on this host now.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio_util::sync::CancellationToken;

use crate::domain::{Ended, JobId, LeaseToken, Outcome, Progress, TaskName, Timestamp};

/// Why an attempt is stopped before it ends by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum StopCause {
    /// The host shuts down: the attempt is given back.
    Shutdown,
    /// A person cancelled the job.
    Cancelled,
    /// The lease is no longer ours: nothing may be written.
    LeaseLost,
}

/// One attempt that runs. Shared between its own task and the loops.
pub(super) struct RunningAttempt {
    pub(super) token: LeaseToken,
    pub(super) task: TaskName,
    /// Stops the guest where it stands.
    pub(super) stop: CancellationToken,
    state: Mutex<AttemptState>,
}

struct AttemptState {
    lease_until: Timestamp,
    cause: Option<StopCause>,
    cancelled: bool,
    progress: Option<Progress>,
    log: String,
    log_lines: u64,
}

/// What a running attempt has printed so far.
pub struct Printed {
    /// The attempt's lease.
    pub lease: LeaseToken,
    /// Number of lines.
    pub lines: u64,
    /// The lines, each with its end.
    pub text: String,
}

impl RunningAttempt {
    pub(super) fn new(task: TaskName, token: LeaseToken, lease_until: Timestamp) -> Self {
        let state = AttemptState {
            lease_until,
            cause: None,
            cancelled: false,
            progress: None,
            log: String::new(),
            log_lines: 0,
        };
        Self { token, task, stop: CancellationToken::new(), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, AttemptState> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Stops the guest; the first cause stays.
    pub(super) fn stop(&self, cause: StopCause) {
        self.state().cause.get_or_insert(cause);
        self.stop.cancel();
    }

    pub(super) fn stop_cause(&self) -> Option<StopCause> {
        self.state().cause
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state().cancelled
    }

    /// Marks the job as cancelled. Returns whether it was not before.
    pub(super) fn cancel(&self) -> bool {
        !std::mem::replace(&mut self.state().cancelled, true)
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        self.state().progress.clone()
    }

    pub(super) fn set_progress(&self, progress: Progress) {
        self.state().progress = Some(progress);
    }

    /// Keeps a line, and says how many there were before it. The sandbox bounds them.
    pub(super) fn print(&self, line: &str) -> u64 {
        let mut state = self.state();
        let before = state.log_lines;
        state.log.push_str(line);
        state.log.push('\n');
        state.log_lines += 1 + line.matches('\n').count() as u64;
        before
    }

    pub(super) fn printed(&self) -> Printed {
        let state = self.state();
        Printed { lease: self.token, lines: state.log_lines, text: state.log.clone() }
    }

    pub(super) fn lease_until(&self) -> Timestamp {
        self.state().lease_until
    }

    pub(super) fn extend_lease(&self, until: Timestamp) {
        self.state().lease_until = until;
    }
}

/// All attempts that run on this host.
#[derive(Default)]
pub struct Running {
    attempts: Mutex<HashMap<JobId, Arc<RunningAttempt>>>,
    succeeded: AtomicU64,
    failed: AtomicU64,
    /// Attempts whose jobs a person cancelled and that were not yet given their grace.
    cancelled: Mutex<Vec<Arc<RunningAttempt>>>,
    /// Notified when one is added to `cancelled`.
    some_cancelled: tokio::sync::Notify,
}

/// An attempt among those that run here, until it is dropped: also when its task panics.
pub(super) struct Registered {
    running: Arc<Running>,
    job: JobId,
    attempt: Arc<RunningAttempt>,
}

impl Registered {
    pub(super) fn attempt(&self) -> &Arc<RunningAttempt> {
        &self.attempt
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut attempts = self.running.attempts();
        // A later attempt of the same job may have taken its place.
        if attempts.get(&self.job).is_some_and(|current| Arc::ptr_eq(current, &self.attempt)) {
            attempts.remove(&self.job);
        }
    }
}

impl Running {
    fn attempts(&self) -> MutexGuard<'_, HashMap<JobId, Arc<RunningAttempt>>> {
        self.attempts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Number of running attempts.
    pub fn count(&self) -> usize {
        self.attempts().len()
    }

    /// The latest progress of a job that runs here.
    pub fn progress(&self, id: JobId) -> Option<Progress> {
        self.attempts().get(&id).and_then(|attempt| attempt.progress())
    }

    /// What a job that runs here has printed so far.
    pub fn printed(&self, id: JobId) -> Option<Printed> {
        let attempt = self.attempts().get(&id).cloned();
        attempt.map(|attempt| attempt.printed())
    }

    /// Counts the end of an attempt, if it succeeded or failed.
    pub(super) fn count_end(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Succeeded(_) => self.succeeded.fetch_add(1, Ordering::Relaxed),
            Outcome::Failed(_) => self.failed.fetch_add(1, Ordering::Relaxed),
            _ => 0,
        };
    }

    /// The attempts that have ended on this host since it started.
    pub fn ended(&self) -> Ended {
        let [succeeded, failed] = [&self.succeeded, &self.failed].map(|count| count.load(Ordering::Relaxed));
        Ended { succeeded, failed }
    }

    /// Lets a running attempt know that its job was cancelled.
    pub fn request_cancel(&self, id: JobId) {
        let attempt = self.attempts().get(&id).cloned();
        if let Some(attempt) = attempt.filter(|attempt| attempt.cancel()) {
            self.newly_cancelled().push(attempt);
            self.some_cancelled.notify_one();
        }
    }

    fn newly_cancelled(&self) -> MutexGuard<'_, Vec<Arc<RunningAttempt>>> {
        self.cancelled.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Waits until jobs that run here were cancelled, and takes those attempts.
    pub(super) async fn cancelled(&self) -> Vec<Arc<RunningAttempt>> {
        self.some_cancelled.notified().await;
        std::mem::take(&mut *self.newly_cancelled())
    }

    /// Puts an attempt among those that run here. An earlier one of the same job is still at work although
    /// its lease was lost: it is stopped.
    pub(super) fn register(self: &Arc<Self>, job: JobId, attempt: RunningAttempt) -> Registered {
        let attempt = Arc::new(attempt);
        let displaced = self.attempts().insert(job, Arc::clone(&attempt));
        if let Some(displaced) = displaced {
            displaced.stop(StopCause::LeaseLost);
        }
        Registered { running: Arc::clone(self), job, attempt }
    }

    /// Whether a lease of this host has run out without anybody taking it.
    pub(super) fn any_expired(&self, now: Timestamp) -> bool {
        self.attempts().values().any(|attempt| attempt.lease_until() <= now)
    }

    pub(super) fn all(&self) -> Vec<(JobId, Arc<RunningAttempt>)> {
        self.attempts().iter().map(|(id, attempt)| (*id, Arc::clone(attempt))).collect()
    }

    pub(super) fn stop_all(&self, cause: StopCause) -> usize {
        let all = self.all();
        all.iter().for_each(|(_, attempt)| attempt.stop(cause));
        all.len()
    }
}
