//! A part of a list.

use serde::Serialize;
use utoipa::ToSchema;

/// A part of a list, and where it goes on.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ListBody<T> {
    /// The rows, newest first where they have an age.
    pub(in crate::api) items: Vec<T>,
    /// The `cursor` of the next part; null at the end.
    pub(in crate::api) next_cursor: Option<String>,
}

impl<T> ListBody<T> {
    /// A list that is never long enough to be cut.
    pub(in crate::api) fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}
