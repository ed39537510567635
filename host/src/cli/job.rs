//! `taskbox job`: submit, watch, cancel, retry and delete jobs.

use std::ops::ControlFlow;

use clap::Subcommand;

use super::answer::{Answer, Part, text};
use super::client::Client;
use super::failures;
use super::job_fields::{JobFields, parsed};
use super::many::Selection;
use super::one_of::one_of;
use super::out::say;
use super::paging::Paging;
use super::show::{self, Column, column};
use super::watch::{print_gap, print_json, watched};
use crate::api::StreamEventName;
use crate::domain::StateName;
use crate::domain::transition::Action;

const COLUMNS: [Column; 6] = [
    column("ID", "/id"),
    column("TASK", "/task"),
    column("STATE", "/state"),
    column("ATTEMPT", "/attempt"),
    column("QUEUE", "/queue"),
    column("SUBMITTED", "/created_at"),
];

/// Commands on jobs.
#[derive(Debug, Subcommand)]
pub(super) enum JobCommand {
    /// Submit a job.
    Submit {
        #[command(flatten)]
        job: Box<JobFields>,
        /// Watch the job until it is final.
        #[arg(long)]
        watch: bool,
    },
    /// Show a job.
    Show {
        /// Id of the job.
        id: String,
    },
    /// List jobs, newest first.
    List {
        /// Only jobs in this state.
        #[arg(long, value_parser = one_of::<StateName>())]
        state: Option<StateName>,
        /// Only jobs of this task.
        #[arg(long)]
        task: Option<String>,
        /// Only jobs in this queue.
        #[arg(long)]
        queue: Option<String>,
        /// Only jobs with this tag.
        #[arg(long)]
        tag: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Watch a job until it is final.
    Watch {
        /// Id of the job.
        id: String,
    },
    /// Show the output that the attempts of a job printed.
    Logs {
        /// Id of the job.
        id: String,
    },
    /// Show the jobs that the task of a job submitted.
    Submitted {
        /// Id of the job.
        id: String,
    },
    /// Send an event that the task of a job waits for.
    Send {
        /// Id of the job.
        id: String,
        /// Name of the event.
        event: String,
        /// Its value, as JSON.
        #[arg(default_value = "null")]
        value: String,
    },
    /// Cancel jobs: waiting ones at once, running ones after a grace period.
    Cancel {
        #[command(flatten)]
        selection: Selection,
        /// Also the jobs that the tasks of these jobs submitted.
        #[arg(long, requires = "ids", conflicts_with_all = ["state", "task", "queue", "tag", "all"])]
        submitted: bool,
    },
    /// Retry jobs, with the full number of attempts.
    Retry(Selection),
    /// Delete jobs, except running ones.
    Delete(Selection),
}

pub(super) async fn run(command: JobCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        JobCommand::Submit { job, watch: follow } => {
            let job = client.post("/v1/jobs", &job.body()?).await?;
            show::one(&job, json);
            match job.str("id") {
                Some(id) if follow => return watch(client, &id, json).await,
                _ => {}
            }
        }
        JobCommand::Show { id } => failures::show_job(&client.get(&format!("/v1/jobs/{id}")).await?, json),
        JobCommand::List { state, task, queue, tag, paging } => {
            let state = state.map(|state| state.to_string());
            let query = paging.query([("state", state), ("task", task), ("queue", queue), ("tag", tag)]);
            show::list(&client.get(&format!("/v1/jobs{query}")).await?, json, &COLUMNS);
        }
        JobCommand::Watch { id } => return watch(client, &id, json).await,
        JobCommand::Logs { id } => logs(&client.get(&format!("/v1/jobs/{id}/logs")).await?, json),
        JobCommand::Submitted { id } => {
            let jobs = client.get(&format!("/v1/jobs/{id}/submitted")).await?;
            show::list(&jobs, json, &[column("STEP", "/step"), column("JOB", "/job_id")]);
        }
        JobCommand::Send { id, event, value } => {
            let value = parsed("the value", &value)?;
            show::one(&client.post(&format!("/v1/jobs/{id}/events/{event}"), &value).await?, json);
        }
        JobCommand::Cancel { selection, submitted: true } => {
            return selection.cancel_with_submitted(client, json).await;
        }
        JobCommand::Cancel { selection, submitted: false } => {
            return selection.act(Action::Cancel, client, json).await;
        }
        JobCommand::Retry(selection) => return selection.act(Action::Retry, client, json).await,
        JobCommand::Delete(selection) => return selection.act(Action::Delete, client, json).await,
    }
    Ok(())
}

async fn watch(client: &Client, id: &str, json: bool) -> anyhow::Result<()> {
    let mut state = String::new();
    let see = |event: &str, data: &Answer| {
        let name = event.parse().ok();
        match json {
            true => print_json(event, data),
            false => print_event(name, data),
        }
        let is_state = name == Some(StreamEventName::State);
        if is_state {
            state = data.str("state").unwrap_or_default();
        }
        let is_final = is_state && data.at("/finalized_at").is_some_and(|at| !at.is_empty());
        if is_final { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    client.watch(&format!("/v1/jobs/{id}/events"), see).await?;
    if !json && state == StateName::Discarded.to_string() {
        failures::print_latest(&client.get(&format!("/v1/jobs/{id}")).await?);
    }
    watched("job", &state)
}

/// Prints an event; an unknown one, of a newer host, is left out.
fn print_event(event: Option<StreamEventName>, data: &Answer) {
    let part = |pointer: &str| text(data.at(pointer));
    match event {
        Some(StreamEventName::State) => say!("{} (attempt {})", part("/state"), part("/attempt")),
        Some(StreamEventName::Progress) => say!("{}/{}  {}", part("/done"), part("/total"), part("/message")),
        Some(StreamEventName::Log) => say!("| {}", part("/line")),
        Some(StreamEventName::Gap) => print_gap(data),
        Some(StreamEventName::Order) | None => {}
    }
}

fn logs(answer: &Answer, json: bool) {
    if json {
        return show::json(answer);
    }
    for attempt in answer.items() {
        say!("attempt {}", text(attempt.get("attempt")));
        for line in attempt.get("lines").map(Part::items).unwrap_or_default() {
            say!("| {}", line.text());
        }
    }
}
