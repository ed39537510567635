//! The commands that queues and tasks share: list, set, pause, resume.

use serde_json::{Map, Value, json};

use super::answer::Part;
use super::client::Client;
use super::layouts::rate;
use super::paging::Paging;
use super::show::{self, Column};
use super::view::Layout;
use crate::domain::{Rate, format_duration};

/// A command on queues, or on tasks.
pub(super) enum Step {
    /// List them.
    List(Paging),
    /// Show one.
    Show {
        /// Its name.
        name: String,
    },
    /// Change the settings of one.
    Change {
        /// Its name.
        name: String,
        /// The fields that change.
        change: Value,
    },
}

impl Step {
    /// Sets the fields that have a value; null clears one.
    pub(super) fn set<const N: usize>(name: String, fields: [(&str, Option<Value>); N]) -> Self {
        let named = fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?)));
        Self::Change { name, change: Value::Object(named.collect::<Map<_, _>>()) }
    }

    /// Pauses or resumes.
    pub(super) fn pause(name: String, paused: bool) -> Self {
        Self::Change { name, change: json!({ "paused": paused }) }
    }

    /// Runs the command on the resources at this path, such as `/v1/queues`.
    pub(super) async fn run(
        self,
        path: &str,
        columns: &[Column],
        layout: &Layout,
        client: &Client,
        json: bool,
    ) -> anyhow::Result<()> {
        match self {
            Self::List(paging) => {
                show::list(&client.get(&format!("{path}{}", paging.query([]))).await?, json, columns);
            }
            Self::Show { name } => {
                show::one_as(&client.get(&format!("{path}/{name}")).await?, json, layout);
            }
            Self::Change { name, change } => {
                show::one_as(&client.put(&format!("{path}/{name}"), &change).await?, json, layout);
            }
        }
        Ok(())
    }
}

/// Reads a number of jobs, or `none`.
pub(super) fn read_concurrency(text: &str) -> Result<Value, String> {
    match text {
        "none" => Ok(Value::Null),
        text => text.parse().map(|count: u32| json!(count)).map_err(|_| "give a number or `none`".to_owned()),
    }
}

/// Reads a rate such as `100/1m`, or `none`.
pub(super) fn read_rate(text: &str) -> Result<Value, String> {
    if text == "none" {
        return Ok(Value::Null);
    }
    let rate: Rate = text.parse()?;
    Ok(json!({ "count": rate.count(), "per": format_duration(rate.per()) }))
}

/// The limits of a row in a few words, such as `paused, 20 at once, 100/1m, 2 per key`.
pub(super) fn limits(row: Part<'_>) -> String {
    let value = |name: &str| row.get(name).filter(|value| !value.is_empty());
    let paused = value("paused").filter(|paused| paused.json().get() == "true").map(|_| "paused".to_owned());
    let concurrency = value("concurrency").map(|count| format!("{} at once", count.text()));
    let per_key = value("key_concurrency").map(|count| format!("{} per key", count.text()));
    let limits: Vec<_> =
        [paused, concurrency, value("rate").and_then(rate), per_key].into_iter().flatten().collect();
    if limits.is_empty() { "-".to_owned() } else { limits.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::answer::Answer;

    #[test]
    fn limits_are_told_in_a_few_words() {
        let shown = |row: &str| limits(Answer::parse(row.to_owned()).unwrap().root());
        let limited =
            r#"{"paused":true,"concurrency":20,"rate":{"count":100,"per":"1m"},"key_concurrency":2}"#;
        assert_eq!(shown(limited), "paused, 20 at once, 100/1m, 2 per key");
        assert_eq!(shown(r#"{"paused":false,"concurrency":null,"rate":null}"#), "-");
    }
}
