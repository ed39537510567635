//! What a guest asks its host for, and the host cannot read.

/// Ends an attempt that must not go on without it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} could not be read: {reason}")]
pub(super) struct Unread {
    /// What was to be read.
    pub(super) what: &'static str,
    /// Why it could not be.
    pub(super) reason: String,
}
