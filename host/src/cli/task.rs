//! `taskbox task`: how the tasks are over all queues, and holding them back.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::client::Client;
use super::holding::{Step, rate, read_concurrency, read_rate};
use super::paging::Paging;
use super::show::{Column, column, computed};
use crate::domain::{format_duration, parse_duration};

const COLUMNS: [Column; 7] = [
    column("NAME", "/name"),
    column("OFFERED", "/offered"),
    column("JOBS", "/jobs"),
    column("RUNNING", "/running"),
    column("PAUSED", "/paused"),
    column("CONCURRENCY", "/concurrency"),
    computed("RATE", rate),
];

/// What to do with tasks.
#[derive(Debug, Subcommand)]
pub(super) enum TaskCommand {
    /// List the tasks that are offered or have jobs or settings, by name.
    List(Paging),
    /// Limit how many jobs of a task run or start, over all queues, or set its grace after a cancel.
    Set(Box<SetArgs>),
    /// Let no job of a task start; those that run finish.
    Pause {
        /// Which.
        name: String,
    },
    /// Let the jobs of a paused task start again.
    Resume {
        /// Which.
        name: String,
    },
}

/// The settings of a task, one or more. One that is not named stays as it is.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Which.
    name: String,
    /// How many of its jobs run at the same time at most, or `none`.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency, required_unless_present_any = ["rate", "cancel_grace"])]
    concurrency: Option<Value>,
    /// How many of its jobs start in a period at most, such as 100/1m, or `none`.
    #[arg(long, value_name = "RATE|none", value_parser = read_rate)]
    rate: Option<Value>,
    /// How long an attempt may go on after its job was cancelled, such as 5m, or `none` for the usual 40s.
    #[arg(long, value_name = "DURATION|none", value_parser = read_grace)]
    cancel_grace: Option<Value>,
}

fn read_grace(text: &str) -> Result<Value, String> {
    match text {
        "none" => Ok(Value::Null),
        text => parse_duration(text).map(|grace| json!(format_duration(grace))),
    }
}

pub(super) async fn run(command: TaskCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    let step = match command {
        TaskCommand::List(paging) => Step::List(paging),
        TaskCommand::Set(set) => {
            let SetArgs { name, concurrency, rate, cancel_grace } = *set;
            let cancel_grace = ("cancel_grace", cancel_grace);
            Step::set(name, [("concurrency", concurrency), ("rate", rate), cancel_grace])
        }
        TaskCommand::Pause { name } => Step::pause(name, true),
        TaskCommand::Resume { name } => Step::pause(name, false),
    };
    step.run("/v1/tasks", &COLUMNS, client, json).await
}
