//! The attempts that run on this host now.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio_util::sync::CancellationToken;

use crate::domain::{JobId, LeaseToken, Progress, Timestamp};

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
    /// Stops the guest where it stands.
    pub(super) stop: CancellationToken,
    state: Mutex<AttemptState>,
}

struct AttemptState {
    lease_until: Timestamp,
    cause: Option<StopCause>,
    cancelled: bool,
    progress: Option<Progress>,
}

impl RunningAttempt {
    pub(super) fn new(token: LeaseToken, lease_until: Timestamp) -> Self {
        let state = AttemptState { lease_until, cause: None, cancelled: false, progress: None };
        Self { token, stop: CancellationToken::new(), state: Mutex::new(state) }
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

    /// Marks the job as cancelled; says whether that is news.
    pub(super) fn cancel(&self) -> bool {
        !std::mem::replace(&mut self.state().cancelled, true)
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        self.state().progress.clone()
    }

    pub(super) fn set_progress(&self, progress: Progress) {
        self.state().progress = Some(progress);
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
    /// Told when a person cancels a job that runs here.
    cancelled: tokio::sync::Notify,
}

impl Running {
    fn attempts(&self) -> MutexGuard<'_, HashMap<JobId, Arc<RunningAttempt>>> {
        self.attempts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// How many attempts run.
    pub fn count(&self) -> usize {
        self.attempts().len()
    }

    /// The latest progress of a job that runs here.
    pub fn progress(&self, id: JobId) -> Option<Progress> {
        self.attempts().get(&id).and_then(|attempt| attempt.progress())
    }

    /// Lets a running attempt know that its job was cancelled.
    pub fn request_cancel(&self, id: JobId) {
        if self.attempts().get(&id).is_some_and(|attempt| attempt.cancel()) {
            self.cancelled.notify_one();
        }
    }

    /// Returns when a job that runs here was cancelled since the last return.
    pub(super) async fn cancel_requested(&self) {
        self.cancelled.notified().await;
    }

    pub(super) fn insert(&self, id: JobId, attempt: Arc<RunningAttempt>) {
        self.attempts().insert(id, attempt);
    }

    /// Forgets an attempt, unless a later one of the same job has taken its place.
    pub(super) fn remove(&self, id: JobId, token: LeaseToken) {
        let mut attempts = self.attempts();
        if attempts.get(&id).is_some_and(|attempt| attempt.token == token) {
            attempts.remove(&id);
        }
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
