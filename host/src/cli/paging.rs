//! The page of a list, as the query of a URL.

use clap::Args;
use url::form_urlencoded::Serializer;

/// The page of a list.
#[derive(Debug, Args)]
pub(super) struct Paging {
    /// Number of rows, at most 500.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// Cursor that the previous page ended with.
    #[arg(long)]
    cursor: Option<String>,
}

impl Paging {
    /// The page of so many rows after a cursor.
    pub(super) fn of(limit: u32, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// The query with the filters that are set.
    pub(super) fn query<const N: usize>(self, filters: [(&str, Option<String>); N]) -> String {
        let mut query = Serializer::for_suffix(String::from("?"), 1);
        query.append_pair("limit", &self.limit.to_string());
        for (name, value) in filters.into_iter().chain([("cursor", self.cursor)]) {
            if let Some(value) = value {
                query.append_pair(name, &value);
            }
        }
        query.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_encoded_and_absent_ones_left_out() {
        let paging = Paging { limit: 5, cursor: None };
        assert_eq!(paging.query([("tag", Some("a&b".into())), ("task", None)]), "?limit=5&tag=a%26b");
    }
}
