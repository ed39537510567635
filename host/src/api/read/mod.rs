//! Strict reading of requests: unknown fields are refused, never ignored.
//!
//! All errors are collected for one response, so that a caller corrects a request once. Nothing here knows the purpose
//! of a request.

mod body;
mod cursor;
mod fields;
mod idempotency;
mod name_page;
mod nearest;
mod number_page;
mod pace;
mod params;
mod path;
mod receive;
mod trace;
mod value;

#[cfg(test)]
mod tests;

pub(super) use body::{Body, RawBody, read_json};
pub(super) use cursor::{Rows, cursor_of, page};
pub(super) use fields::Fields;
pub(super) use idempotency::{KeyHeader, key_scope};
pub(super) use name_page::{cut_by_name, name_page};
pub(super) use nearest::nearest_or_all;
pub(super) use number_page::number_page;
pub(super) use params::Params;
pub(super) use path::{PathId, PathIdAndName, PathName};
pub(super) use receive::Unreceived;
pub(super) use trace::{TraceHeader, trace_of};
pub(super) use value::{Read, Value};
