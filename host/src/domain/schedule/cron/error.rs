//! What is wrong with a cron expression, and where.

/// A text that is no cron expression. The text of the error says where it stops being one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {reason}")]
pub struct CronError {
    /// The first wrong character, counted from 1.
    pub position: usize,
    reason: String,
}

impl CronError {
    /// Something is wrong at this character, counted from 0.
    pub(super) fn at(offset: usize, reason: impl Into<String>) -> Self {
        Self { position: offset + 1, reason: reason.into() }
    }
}
