//! Pages of lists. A cursor is the id of the last row, so that new rows shift nothing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Params;
use crate::domain::{JobId, OrderId};
use crate::ports::PageRequest;

/// The default number of rows on a page.
pub(super) const LIMIT_DEFAULT: usize = 50;

/// The most rows on a page.
const LIMIT_MAX: usize = 500;

/// An id that orders the rows of a list.
pub(in crate::api) trait RowId: Copy {
    /// Its sixteen bytes.
    fn bytes(&self) -> &[u8; 16];
    /// The id with these bytes.
    fn from_bytes(bytes: [u8; 16]) -> Self;
}

macro_rules! row_id {
    ($id:ident) => {
        impl RowId for $id {
            fn bytes(&self) -> &[u8; 16] {
                self.as_bytes()
            }

            fn from_bytes(bytes: [u8; 16]) -> Self {
                $id::from_bytes(bytes)
            }
        }
    };
}

row_id!(JobId);
row_id!(OrderId);

/// The page that `limit` and `cursor` select, plus one row, whose existence shows whether there is a next page.
pub(in crate::api) fn page<Id: RowId>(params: &mut Params) -> PageRequest<Id> {
    let limit = params.read("limit", limit).unwrap_or(LIMIT_DEFAULT);
    PageRequest { limit: limit + 1, before: params.read("cursor", cursor) }
}

/// The rows to show, and the cursor of the rows after them.
pub(in crate::api) struct Rows<Row> {
    /// The rows of the page.
    pub(in crate::api) items: Vec<Row>,
    /// The cursor of the next page.
    pub(in crate::api) next_cursor: Option<String>,
}

impl<Row> Rows<Row> {
    /// Cuts the rows that were found to the page.
    pub(in crate::api) fn of<Id: RowId>(
        found: Vec<Row>,
        page: &PageRequest<Id>,
        id: impl Fn(&Row) -> Id,
    ) -> Self {
        Self::cut(found, false, page, id)
    }

    /// The same, of rows that may be incomplete.
    pub(in crate::api) fn cut<Id: RowId>(
        found: Vec<Row>,
        is_cut: bool,
        page: &PageRequest<Id>,
        id: impl Fn(&Row) -> Id,
    ) -> Self {
        Self::shown(found, is_cut, page.limit, |row| cursor_of(&id(row)))
    }

    /// Removes the extra row.
    pub(super) fn shown(
        mut found: Vec<Row>,
        is_cut: bool,
        asked: usize,
        cursor: impl Fn(&Row) -> String,
    ) -> Self {
        let limit = asked.saturating_sub(1);
        let more = is_cut || found.len() > limit;
        found.truncate(limit);
        let next_cursor = found.last().filter(|_| more).map(cursor);
        Self { items: found, next_cursor }
    }
}

/// The cursor of the rows after this one.
pub(in crate::api) fn cursor_of<Id: RowId>(id: &Id) -> String {
    URL_SAFE_NO_PAD.encode(id.bytes())
}

pub(super) fn limit(text: &str) -> Result<usize, String> {
    let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {LIMIT_MAX}"))
}

fn cursor<Id: RowId>(text: &str) -> Result<Id, String> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Id::from_bytes).ok_or_else(no_cursor)
}

pub(super) fn no_cursor() -> String {
    "not a cursor; take `next_cursor` of the answer before".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::ids::IdGenerator;
    use crate::ports::Ids;

    #[test]
    fn a_cursor_leads_to_the_rows_after_the_last_one_shown() {
        let ids = IdGenerator::new();
        let all: Vec<JobId> = (0..3).map(|_| ids.job_id(Timestamp::from_millis(1))).collect();
        let page = page::<JobId>(&mut Params::of(b"limit=2"));
        let rows = Rows::of(all.clone(), &page, |id| *id);
        assert_eq!(rows.items, all[..2]);
        assert_eq!(cursor::<JobId>(&rows.next_cursor.unwrap()), Ok(all[1]));
        assert_eq!(Rows::of(all[..2].to_vec(), &page, |id| *id).next_cursor, None);
        let cut = Rows::cut(all[..1].to_vec(), true, &page, |id| *id);
        assert_eq!(cursor::<JobId>(&cut.next_cursor.unwrap()), Ok(all[0]));
    }

    #[test]
    fn limits_and_cursors_that_make_no_sense_are_refused() {
        for wrong in ["0", "501", "-1", "x"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
        assert!(cursor::<JobId>("abc").is_err());
    }
}
