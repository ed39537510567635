//! Ids in short: a unique beginning or ending of one stands for it.

use anyhow::bail;

use super::answer::Part;
use super::client::Client;

/// The rows of a list that are looked through, newest first.
const NEWEST_MAX: usize = 1_000;

/// The rows of one page.
const PAGE: usize = 250;

/// The fewest characters of a part of an id.
const PART_MIN: usize = 4;

/// The characters of a whole id.
const WHOLE: usize = 36;

/// The ids that an error lists.
const LISTED_MAX: usize = 5;

/// What ids name, and the list that has them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind {
    what: &'static str,
    path: &'static str,
}

/// Jobs.
pub(super) const JOB: Kind = Kind { what: "job", path: "/v1/jobs" };

/// Orders.
pub(super) const ORDER: Kind = Kind { what: "order", path: "/v1/orders" };

impl Kind {
    /// The whole ids of some, each of which may be given in part.
    pub(super) async fn whole(self, client: &Client, given: Vec<String>) -> anyhow::Result<Vec<String>> {
        if !given.iter().any(|text| is_part(text)) {
            return Ok(given);
        }
        let newest = self.newest(client).await?;
        given.into_iter().map(|text| self.found(&newest, text)).collect()
    }

    /// The whole id of one.
    pub(super) async fn one(self, client: &Client, given: String) -> anyhow::Result<String> {
        let whole = self.whole(client, vec![given]).await?;
        Ok(whole.into_iter().collect())
    }

    /// The newest ids.
    pub(super) async fn newest(self, client: &Client) -> anyhow::Result<Vec<String>> {
        let (mut ids, mut cursor) = (Vec::new(), String::new());
        while ids.len() < NEWEST_MAX {
            let page = client.get(&format!("{}?limit={PAGE}{cursor}", self.path)).await?;
            ids.extend(page.items().into_iter().filter_map(|row| row.get("id").and_then(Part::str)));
            match page.str("next_cursor") {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        Ok(ids)
    }

    fn found(self, newest: &[String], given: String) -> anyhow::Result<String> {
        if !is_part(&given) {
            return Ok(given);
        }
        let what = self.what;
        let part = given.to_ascii_lowercase();
        let matching: Vec<&String> =
            newest.iter().filter(|id| id.starts_with(&part) || id.ends_with(&part)).collect();
        match matching.as_slice() {
            [id] => Ok((*id).clone()),
            [] => bail!(
                "none of the newest {} {what}s has an id that begins or ends with {given}; \
                 give the whole id, which `taskbox {what} list` shows",
                newest.len()
            ),
            several => {
                let listed: Vec<_> = several.iter().take(LISTED_MAX).map(|id| format!("\n  {id}")).collect();
                let more = if several.len() > LISTED_MAX { "\n  ..." } else { "" };
                bail!(
                    "{} of the newest {what}s have an id that begins or ends with {given}; give more of it:{}{more}",
                    several.len(),
                    listed.concat()
                )
            }
        }
    }
}

/// Whether it can only be a part of an id. Everything else is for the host to judge.
fn is_part(text: &str) -> bool {
    (PART_MIN..WHOLE).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "01a21dc1-4b63-763a-a451-d5cc9973f4d6";
    const B: &str = "01a21dc1-4b23-70d8-b11c-0eab8c3edb17";

    fn found(given: &str) -> Result<String, String> {
        let newest = [A.to_owned(), B.to_owned()];
        JOB.found(&newest, given.to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_unique_beginning_or_ending_stands_for_the_id() {
        assert_eq!(found("01a21dc1-4b6").as_deref(), Ok(A));
        assert_eq!(found("DB17").as_deref(), Ok(B));
        assert_eq!(found(A).as_deref(), Ok(A));
        // The host says what is wrong with it.
        assert_eq!(found("no id").as_deref(), Ok("no id"));
        assert_eq!(found("db").as_deref(), Ok("db"));
    }

    #[test]
    fn one_that_is_not_unique_or_unknown_is_refused_with_what_there_is() {
        let several = found("01a21dc1").unwrap_err();
        assert!(
            several.contains("2 of the newest jobs") && several.contains(A) && several.contains(B),
            "{several}"
        );
        let unknown = found("abcdef").unwrap_err();
        assert!(unknown.contains("newest 2 jobs"), "{unknown}");
    }
}
