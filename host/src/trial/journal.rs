//! What happens in a trial, kept in its order and told as it happens.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::Ended;
use crate::domain::{JobId, Json};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Happening {
    /// An attempt began.
    Began,
    /// It reported progress.
    Progress {
        /// How much is done.
        done: u64,
        /// Of how much.
        total: u64,
        /// What it does.
        message: String,
    },
    /// It printed or logged a line.
    Line(String),
    /// It sent a request, which was answered or failed.
    Request(SentRequest),
    /// It stored a checkpoint.
    Checkpoint {
        /// The name.
        name: String,
        /// The value.
        value: Json,
    },
    /// It submitted a job in a step.
    Submitted(SubmittedJob),
    /// Nothing answered a request: the line of a mock file that would.
    Unanswered(String),
    /// It ended.
    Ended(Ended),
}

/// A request, and what came of it.
#[derive(Debug, Clone)]
pub struct SentRequest {
    /// The method.
    pub method: String,
    /// The URL, as it was sent.
    pub url: String,
    /// The body, as the task wrote it.
    pub body: Bytes,
    /// The source of the answer.
    pub by: AnsweredBy,
    /// The status, or the error in its place.
    pub answer: Result<u16, String>,
    /// The time until the head of the answer.
    pub took: Duration,
}

/// The source of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnsweredBy {
    /// The entry of the mock file with this number, from 1.
    Mock(usize),
    /// The server itself.
    Server,
    /// Nobody: the request was not allowed, or there was no answer for it.
    Nobody,
}

/// A job that a task submitted.
#[derive(Debug, Clone)]
pub struct SubmittedJob {
    /// The step.
    pub step: String,
    /// Its task.
    pub task: String,
    /// Its input.
    pub input: Json,
    /// The other fields of its submission.
    pub options: Option<Json>,
    /// Its id.
    pub job_id: JobId,
}

/// An entry of a journal.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Time since the trial began.
    pub at: Duration,
    /// What happened.
    pub happening: Happening,
}

/// Hears of everything as it happens.
pub trait Watcher: Send + Sync {
    /// Hears of something.
    fn hear(&self, entry: &Entry);
}

/// The journal of one trial.
pub(super) struct Journal {
    began: Instant,
    attempt: Mutex<u32>,
    entries: Mutex<Vec<Entry>>,
    watcher: Arc<dyn Watcher>,
}

impl Journal {
    pub(super) fn begin(watcher: Arc<dyn Watcher>) -> Self {
        Self { began: Instant::now(), attempt: Mutex::new(0), entries: Mutex::default(), watcher }
    }

    /// The time since the trial began.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub(super) fn begin_attempt(&self, number: u32) {
        *lock(&self.attempt) = number;
        self.note(Happening::Began);
    }

    /// Keeps and tells it. Progress is told only: a task may report as often as it likes.
    pub(super) fn note(&self, happening: Happening) {
        let entry = Entry { attempt: *lock(&self.attempt), at: self.elapsed(), happening };
        self.watcher.hear(&entry);
        if !matches!(entry.happening, Happening::Progress { .. }) {
            lock(&self.entries).push(entry);
        }
    }

    pub(super) fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).clone()
    }
}

/// What is kept is good also after a panic elsewhere.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
