//! `taskbox queue`: list queues, pause and limit them.

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use serde_json::Value;

use super::client::Client;
use super::holding::{Step, limits, read_concurrency, read_rate};
use super::known;
use super::layouts;
use super::paging::Paging;
use super::show::{Column, column, computed};

const COLUMNS: [Column; 10] = [
    column("NAME", "/name"),
    column("LATENCY", "/latency").whole(),
    column("AVAILABLE", "/counts/available").number(),
    column("SCHEDULED", "/counts/scheduled").number().rare(),
    column("RETRYABLE", "/counts/retryable").number(),
    column("RUNNING", "/counts/running").number(),
    column("COMPLETED", "/counts/completed").number().rare(),
    column("DISCARDED", "/counts/discarded").number(),
    column("CANCELLED", "/counts/cancelled").number().rare(),
    computed("LIMITS", limits),
];

const SET_EXAMPLES: &str = "Examples:
  taskbox queue set mail --concurrency 20 --rate 100/1m
  taskbox queue set mail --rate none";

const LIST_EXAMPLES: &str = "Examples:
  taskbox queue list
  taskbox queue list --json | jq '.items[] | select(.paused)'";

/// Commands on queues.
#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// List the queues that have jobs or settings, by name, with their numbers of jobs.
    #[command(after_help = LIST_EXAMPLES)]
    List(Paging),
    /// Show a queue: its numbers of jobs and its limits.
    Show {
        /// Name of the queue.
        #[arg(add = ArgValueCandidates::new(known::queues))]
        name: String,
    },
    /// Set the limits of a queue.
    #[command(after_help = SET_EXAMPLES)]
    Set(Box<SetArgs>),
    /// Pause a queue: no job of it starts, and running ones finish.
    Pause {
        /// Name of the queue.
        #[arg(add = ArgValueCandidates::new(known::queues))]
        name: String,
    },
    /// Resume a paused queue.
    Resume {
        /// Name of the queue.
        #[arg(add = ArgValueCandidates::new(known::queues))]
        name: String,
    },
}

/// The limits of a queue, one or more. Those that are left out stay unchanged.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Name of the queue.
    #[arg(add = ArgValueCandidates::new(known::queues))]
    name: String,
    /// Most jobs of the queue that run at the same time, or `none`.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency, required_unless_present_any = ["rate", "key_concurrency"])]
    concurrency: Option<Value>,
    /// Most jobs of the queue that start within a period, such as 100/1m, or `none`.
    #[arg(long, value_name = "RATE|none", value_parser = read_rate)]
    rate: Option<Value>,
    /// Most jobs of one concurrency key that run at the same time, or `none` for the default of 1.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency)]
    key_concurrency: Option<Value>,
}

pub(super) async fn run(command: QueueCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    let step = match command {
        QueueCommand::List(paging) => Step::List(paging),
        QueueCommand::Show { name } => Step::Show { name },
        QueueCommand::Set(set) => {
            let SetArgs { name, concurrency, rate, key_concurrency } = *set;
            let key_concurrency = ("key_concurrency", key_concurrency);
            Step::set(name, [("concurrency", concurrency), ("rate", rate), key_concurrency])
        }
        QueueCommand::Pause { name } => Step::pause(name, true),
        QueueCommand::Resume { name } => Step::pause(name, false),
    };
    step.run("/v1/queues", &COLUMNS, &layouts::QUEUE, client, json).await
}
