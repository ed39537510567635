//! `taskbox queue`: how the queues are, and holding them back.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::answer::{Part, text};
use super::client::Client;
use super::paging::Paging;
use super::show::{self, Column, column, computed};
use crate::domain::{Rate, format_duration};

const COLUMNS: [Column; 13] = [
    column("NAME", "/name"),
    column("LATENCY", "/latency"),
    column("AVAILABLE", "/counts/available"),
    column("SCHEDULED", "/counts/scheduled"),
    column("RETRYABLE", "/counts/retryable"),
    column("RUNNING", "/counts/running"),
    column("COMPLETED", "/counts/completed"),
    column("DISCARDED", "/counts/discarded"),
    column("CANCELLED", "/counts/cancelled"),
    column("PAUSED", "/paused"),
    column("CONCURRENCY", "/concurrency"),
    computed("RATE", rate),
    column("KEYS", "/key_concurrency"),
];

/// What to do with queues.
#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// List the queues that have jobs or settings, in numbers, by name.
    List(Paging),
    /// Limit how many jobs of a queue run or start.
    Set(Box<SetArgs>),
    /// Let no job of a queue start; those that run finish.
    Pause {
        /// Which.
        name: String,
    },
    /// Let the jobs of a paused queue start again.
    Resume {
        /// Which.
        name: String,
    },
}

/// The limits of a queue, one or more. One that is not named stays as it is.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Which.
    name: String,
    /// How many of its jobs run at the same time at most, or `none`.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency, required_unless_present_any = ["rate", "key_concurrency"])]
    concurrency: Option<Value>,
    /// How many of its jobs start in a period at most, such as 100/1m, on all hosts together, or `none`.
    #[arg(long, value_name = "RATE|none", value_parser = read_rate)]
    rate: Option<Value>,
    /// How many of its jobs of one concurrency key run at the same time at most, or `none` for one.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency)]
    key_concurrency: Option<Value>,
}

pub(super) fn read_concurrency(text: &str) -> Result<Value, String> {
    match text {
        "none" => Ok(Value::Null),
        text => text.parse().map(|count: u32| json!(count)).map_err(|_| "give a number or `none`".to_owned()),
    }
}

pub(super) fn read_rate(text: &str) -> Result<Value, String> {
    if text == "none" {
        return Ok(Value::Null);
    }
    let rate: Rate = text.parse()?;
    Ok(json!({ "count": rate.count(), "per": format_duration(rate.per()) }))
}

pub(super) async fn run(command: QueueCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    let (name, change) = match command {
        QueueCommand::List(paging) => {
            let answer = client.get(&format!("/v1/queues{}", paging.query([]))).await?;
            show::list(&answer, json, &COLUMNS);
            return Ok(());
        }
        QueueCommand::Set(set) => {
            let SetArgs { name, concurrency, rate, key_concurrency } = *set;
            let named = [("concurrency", concurrency), ("rate", rate), ("key_concurrency", key_concurrency)];
            let fields = named.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?)));
            (name, Value::Object(fields.collect::<Map<_, _>>()))
        }
        QueueCommand::Pause { name } => (name, json!({ "paused": true })),
        QueueCommand::Resume { name } => (name, json!({ "paused": false })),
    };
    show::one_by(&client.put(&format!("/v1/queues/{name}"), &change).await?, json, shown);
    Ok(())
}

/// A field of a queue or a task: a rate is shown as it is typed.
pub(super) fn shown(name: &str, value: Part<'_>) -> String {
    let parts = || Some((value.get("count")?.number()?, value.get("per")?.str()?));
    match parts() {
        Some((count, per)) if name == "rate" => format!("{count}/{per}"),
        _ => value.text(),
    }
}

/// The rate of a queue or a task.
pub(super) fn rate(row: Part<'_>) -> String {
    row.get("rate").map_or_else(|| text(None), |rate| shown("rate", rate))
}
