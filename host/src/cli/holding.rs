//! The commands that queues and tasks share: list, set, pause, resume.

use serde_json::{Map, Value, json};

use super::answer::{Part, text};
use super::client::Client;
use super::paging::Paging;
use super::show::{self, Column};
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
        client: &Client,
        json: bool,
    ) -> anyhow::Result<()> {
        match self {
            Self::List(paging) => {
                show::list(&client.get(&format!("{path}{}", paging.query([]))).await?, json, columns);
            }
            Self::Show { name } => {
                show::one_by(&client.get(&format!("{path}/{name}")).await?, json, shown);
            }
            Self::Change { name, change } => {
                show::one_by(&client.put(&format!("{path}/{name}"), &change).await?, json, shown);
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

/// The rate of a row.
pub(super) fn rate(row: Part<'_>) -> String {
    row.get("rate").map_or_else(|| text(None), |rate| shown("rate", rate))
}

/// A field; a rate in the form in which it is typed.
fn shown(name: &str, value: Part<'_>) -> String {
    let parts = || Some((value.get("count")?.number()?, value.get("per")?.str()?));
    match parts() {
        Some((count, per)) if name == "rate" => format!("{count}/{per}"),
        _ => value.text(),
    }
}
