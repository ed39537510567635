//! The parents of a guest's job.

/// Ends an attempt that must not go on without a parent of its job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a parent of the job could not be read: {0}")]
pub(super) struct ParentUnread(pub(super) String);
