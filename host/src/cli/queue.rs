//! `taskbox queue`: how the queues are.

use clap::Subcommand;

use super::client::Client;
use super::show::{self, Column};

const COLUMNS: [Column; 9] = [
    ("NAME", "/name"),
    ("LATENCY", "/latency"),
    ("AVAILABLE", "/counts/available"),
    ("SCHEDULED", "/counts/scheduled"),
    ("RETRYABLE", "/counts/retryable"),
    ("RUNNING", "/counts/running"),
    ("COMPLETED", "/counts/completed"),
    ("DISCARDED", "/counts/discarded"),
    ("CANCELLED", "/counts/cancelled"),
];

/// What to do with queues.
#[derive(Debug, Subcommand)]
pub(super) enum QueueCommand {
    /// List the queues that have jobs, in numbers.
    List,
}

pub(super) async fn run(command: &QueueCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    let QueueCommand::List = command;
    show::list(&client.get("/v1/queues").await?, json, &COLUMNS);
    Ok(())
}
