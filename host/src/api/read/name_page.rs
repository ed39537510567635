//! Pages of lists that are ordered by name. A cursor is the name of the last row.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::cursor::{LIMIT_DEFAULT, limit, no_cursor};
use super::{Params, Rows};
use crate::ports::NamePageRequest;

/// The page that `limit` and `cursor` select, plus one row, whose existence shows whether there is a next page.
pub(in crate::api) fn name_page<Name: FromStr>(params: &mut Params) -> NamePageRequest<Name> {
    let limit = params.read("limit", limit).unwrap_or(LIMIT_DEFAULT);
    NamePageRequest { limit: limit + 1, after: params.read("cursor", name) }
}

/// Cuts the rows that were found to the page.
pub(in crate::api) fn cut_by_name<Row, Name: Display>(
    found: Vec<Row>,
    limit: usize,
    name: impl Fn(&Row) -> Name,
) -> Rows<Row> {
    Rows::shown(found, false, limit, |row| URL_SAFE_NO_PAD.encode(name(row).to_string()))
}

fn name<Name: FromStr>(cursor: &str) -> Result<Name, String> {
    let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.and_then(|text| text.parse().ok()).ok_or_else(no_cursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::QueueName;

    #[test]
    fn a_cursor_leads_to_the_names_behind_the_last_one_shown() {
        let all: Vec<QueueName> = ["a", "b", "c"].map(|name| name.parse().unwrap()).into();
        let page = name_page::<QueueName>(&mut Params::of(b"limit=2"));
        assert_eq!((page.limit, page.after), (3, None));
        let rows = cut_by_name(all.clone(), 3, Clone::clone);
        assert_eq!(rows.items, all[..2]);
        let next = format!("cursor={}", rows.next_cursor.unwrap());
        assert_eq!(name_page::<QueueName>(&mut Params::of(next.as_bytes())).after, Some(all[1].clone()));
        assert_eq!(cut_by_name(all[2..].to_vec(), 3, Clone::clone).next_cursor, None);
    }

    #[test]
    fn a_cursor_that_is_no_name_is_refused() {
        let mut params = Params::of(b"cursor=%21");
        assert_eq!(name_page::<QueueName>(&mut params).after, None);
        assert!(params.finish().is_err());
    }
}
