//! `taskbox queue`: how the queues are, and holding them back.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::client::Client;
use super::holding::{Step, rate, read_concurrency, read_rate};
use super::paging::Paging;
use super::show::{Column, column, computed};

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
    /// How many of its jobs start in a period at most, such as 100/1m, or `none`.
    #[arg(long, value_name = "RATE|none", value_parser = read_rate)]
    rate: Option<Value>,
    /// How many of its jobs of one concurrency key run at the same time at most, or `none` for one.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency)]
    key_concurrency: Option<Value>,
}

pub(super) async fn run(command: QueueCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    let step = match command {
        QueueCommand::List(paging) => Step::List(paging),
        QueueCommand::Set(set) => {
            let SetArgs { name, concurrency, rate, key_concurrency } = *set;
            let key_concurrency = ("key_concurrency", key_concurrency);
            Step::set(name, [("concurrency", concurrency), ("rate", rate), key_concurrency])
        }
        QueueCommand::Pause { name } => Step::pause(name, true),
        QueueCommand::Resume { name } => Step::pause(name, false),
    };
    step.run("/v1/queues", &COLUMNS, client, json).await
}
