//! A page of a list.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct ListBody<T> {
    /// The rows; newest first, or by name.
    pub(in crate::api) items: Vec<T>,
    /// The `cursor` of the next page; null on the last.
    pub(in crate::api) next_cursor: Option<String>,
}

impl<T> ListBody<T> {
    /// A list that always fits on one page.
    pub(in crate::api) fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None }
    }
}
