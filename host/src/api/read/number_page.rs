//! Pages of lists that are numbered. A cursor is the number above the next row.

use super::Params;
use super::cursor::{LIMIT_DEFAULT, limit, no_cursor};

/// The number of rows that `limit` asks for, and the number of `cursor` below which they are.
pub(in crate::api) fn number_page(params: &mut Params) -> (usize, Option<u64>) {
    let limit = params.read("limit", limit).unwrap_or(LIMIT_DEFAULT);
    (limit, params.read("cursor", |text| text.parse().map_err(|_| no_cursor())))
}
