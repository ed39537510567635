//! `taskbox queue`: how the queues are, and holding them back.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::client::Client;
use super::show::{self, Column};
use crate::domain::{Rate, format_duration};

const COLUMNS: [Column; 13] = [
    ("NAME", "/name"),
    ("LATENCY", "/latency"),
    ("AVAILABLE", "/counts/available"),
    ("SCHEDULED", "/counts/scheduled"),
    ("RETRYABLE", "/counts/retryable"),
    ("RUNNING", "/counts/running"),
    ("COMPLETED", "/counts/completed"),
    ("DISCARDED", "/counts/discarded"),
    ("CANCELLED", "/counts/cancelled"),
    ("PAUSED", "/paused"),
    ("CONCURRENCY", "/concurrency"),
    ("RATE", "/rate"),
    ("KEYS", "/key_concurrency"),
];

/// What to do with queues.
#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// List the queues that have jobs or settings, in numbers.
    List,
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
    /// How many of its jobs run at the same time at most, on all hosts together, or `none`.
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
        QueueCommand::List => {
            let mut answer = client.get("/v1/queues").await?;
            if !json {
                answer["items"].as_array_mut().into_iter().flatten().for_each(shorten_rate);
            }
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
    let mut answer = client.put(&format!("/v1/queues/{name}"), &change).await?;
    if !json {
        shorten_rate(&mut answer);
    }
    show::one(&answer, json);
    Ok(())
}

/// Shows a rate as it is typed.
pub(super) fn shorten_rate(queue: &mut Value) {
    let rate = &queue["rate"];
    if let (Some(count), Some(per)) = (rate["count"].as_u64(), rate["per"].as_str()) {
        queue["rate"] = json!(format!("{count}/{per}"));
    }
}
