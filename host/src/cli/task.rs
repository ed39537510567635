//! `taskbox task`: list and show tasks, pause and limit them over all queues.

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use serde_json::{Value, json};

use super::answer::Part;
use super::client::Client;
use super::holding::{Step, limits, read_concurrency, read_rate};
use super::known;
use super::layouts;
use super::paging::Paging;
use super::show::{Column, column, computed};
use crate::domain::{format_duration, parse_duration};

const COLUMNS: [Column; 5] = [
    column("NAME", "/name"),
    computed("OFFERED", offered).whole(),
    column("JOBS", "/jobs").number(),
    column("RUNNING", "/running").number(),
    computed("LIMITS", limits),
];

const SET_EXAMPLES: &str = "Examples:
  taskbox task set reindex --concurrency 4 --rate 10/1s
  taskbox task set reindex --cancel-grace 2m";

/// Commands on tasks.
#[derive(Debug, Subcommand)]
pub(super) enum TaskCommand {
    /// List the tasks that a plugin offers or that have jobs or settings, by name.
    List(Paging),
    /// Show a task: its numbers, its settings, and its JSON Schemas.
    Show {
        /// Name of the task.
        #[arg(add = ArgValueCandidates::new(known::tasks))]
        name: String,
    },
    /// Set the limits of a task over all queues, or its grace period after a cancel.
    #[command(after_help = SET_EXAMPLES)]
    Set(Box<SetArgs>),
    /// Pause a task: no job of it starts, and running ones finish.
    Pause {
        /// Name of the task.
        #[arg(add = ArgValueCandidates::new(known::tasks))]
        name: String,
    },
    /// Resume a paused task.
    Resume {
        /// Name of the task.
        #[arg(add = ArgValueCandidates::new(known::tasks))]
        name: String,
    },
}

/// The settings of a task, one or more. Those that are left out stay unchanged.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Name of the task.
    #[arg(add = ArgValueCandidates::new(known::tasks))]
    name: String,
    /// Most jobs of the task that run at the same time, or `none`.
    #[arg(long, value_name = "COUNT|none", value_parser = read_concurrency, required_unless_present_any = ["rate", "cancel_grace"])]
    concurrency: Option<Value>,
    /// Most jobs of the task that start within a period, such as 100/1m, or `none`.
    #[arg(long, value_name = "RATE|none", value_parser = read_rate)]
    rate: Option<Value>,
    /// Time for a running attempt to end after its job was cancelled, such as 5m, or `none` for the default of 40s.
    #[arg(long, value_name = "DURATION|none", value_parser = read_grace)]
    cancel_grace: Option<Value>,
}

/// Whether a plugin offers the task of a row.
fn offered(row: Part<'_>) -> String {
    let is_offered = row.get("offered").is_some_and(|offered| offered.json().get() == "true");
    if is_offered { "yes" } else { "no" }.to_owned()
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
        TaskCommand::Show { name } => Step::Show { name },
        TaskCommand::Set(set) => {
            let SetArgs { name, concurrency, rate, cancel_grace } = *set;
            let cancel_grace = ("cancel_grace", cancel_grace);
            Step::set(name, [("concurrency", concurrency), ("rate", rate), cancel_grace])
        }
        TaskCommand::Pause { name } => Step::pause(name, true),
        TaskCommand::Resume { name } => Step::pause(name, false),
    };
    step.run("/v1/tasks", &COLUMNS, &layouts::TASK, client, json).await
}
