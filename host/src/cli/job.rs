//! `taskbox job`: submit, watch, cancel, retry and delete jobs.

use clap::Subcommand;
use clap_complete::engine::ArgValueCandidates;

use super::answer::{Answer, Part, text};
use super::batch::BatchArgs;
use super::client::Client;
use super::failures;
use super::ids;
use super::job_fields::{JobFields, parsed};
use super::job_watch;
use super::known;
use super::layouts;
use super::many::Selection;
use super::one_of::one_of;
use super::out::say;
use super::paging::Paging;
use super::show::{self, Column, column};
use crate::domain::StateName;
use crate::domain::transition::Action;

const COLUMNS: [Column; 6] = [
    column("ID", "/id").whole(),
    column("TASK", "/task"),
    column("STATE", "/state").state(),
    column("ATTEMPT", "/attempt").number().rare(),
    column("QUEUE", "/queue").rare(),
    column("SUBMITTED", "/created_at").time(),
];

const SUBMIT_EXAMPLES: &str = "Examples:
  taskbox job submit mail '{\"to\":\"ada@example.com\"}'
  taskbox job submit mail '{\"to\":\"ada@example.com\"}' --delay 15m --queue slow --tag night
  taskbox job submit report --watch
  taskbox job submit --batch jobs.jsonl";

const LIST_EXAMPLES: &str = "Examples:
  taskbox job list --state discarded --limit 10
  taskbox job list --task mail --json | jq -r '.items[].id'
  taskbox job list --queue slow | cut -f1,3";

const WATCH_HELP: &str =
    "The exit status is 0 if the job completed, 1 if it was discarded, 3 if it was cancelled, and 4 if its
end was not seen.

Examples:
  taskbox job watch 01a21dc1-4b63-763a-a451-d5cc9973f4d6
  taskbox job watch 73f4d6 && echo done";

const SEND_EXAMPLES: &str = "Example:
  taskbox job send 73f4d6 approval '{\"by\":\"Ada\"}'";

const MANY_EXAMPLES: &str = "Examples:
  taskbox job retry 73f4d6
  taskbox job retry --state discarded --task mail
  taskbox job cancel --queue slow --yes";

/// Commands on jobs.
#[derive(Debug, Subcommand)]
pub(super) enum JobCommand {
    /// Submit a job, or the jobs of a file.
    #[command(
        after_help = SUBMIT_EXAMPLES,
        mut_arg("task", |task| task.index(1).required(false).required_unless_present("batch")),
        // An argument that is changed would be behind the others.
        mut_arg("input", |input| input.index(2))
    )]
    Submit {
        #[command(flatten)]
        job: Box<JobFields>,
        #[command(flatten)]
        batch: BatchArgs,
        /// Watch the job until it is final.
        #[arg(long)]
        watch: bool,
    },
    /// Show a job.
    Show {
        /// Id of the job, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::jobs))]
        id: String,
    },
    /// List jobs, newest first.
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// Only jobs in this state.
        #[arg(long, value_parser = one_of::<StateName>())]
        state: Option<StateName>,
        /// Only jobs of this task.
        #[arg(long, add = ArgValueCandidates::new(known::tasks))]
        task: Option<String>,
        /// Only jobs in this queue.
        #[arg(long, add = ArgValueCandidates::new(known::queues))]
        queue: Option<String>,
        /// Only jobs with this tag.
        #[arg(long)]
        tag: Option<String>,
        #[command(flatten)]
        paging: Paging,
    },
    /// Watch a job until it is final: its states, its progress and its lines.
    #[command(after_help = WATCH_HELP)]
    Watch {
        /// Id of the job, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::jobs))]
        id: String,
    },
    /// Show the output that the attempts of a job printed.
    Logs {
        /// Id of the job, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::jobs))]
        id: String,
    },
    /// Show why a job has not started.
    Why {
        /// Id of the job, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::jobs))]
        id: String,
    },
    /// Show the jobs that the task of a job submitted.
    Submitted {
        /// Id of the job, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::jobs))]
        id: String,
    },
    /// Send an event that the task of a job waits for.
    #[command(after_help = SEND_EXAMPLES)]
    Send {
        /// Id of the job, or a unique beginning or ending of it.
        #[arg(add = ArgValueCandidates::new(known::jobs))]
        id: String,
        /// Name of the event.
        event: String,
        /// Its value, as JSON.
        #[arg(default_value = "null")]
        value: String,
    },
    /// Cancel jobs: waiting ones at once, running ones after a grace period.
    #[command(after_help = MANY_EXAMPLES)]
    Cancel {
        #[command(flatten)]
        selection: Selection,
        /// Also the jobs that the tasks of these jobs submitted.
        #[arg(long, requires = "ids", conflicts_with_all = ["state", "task", "queue", "tag", "all"])]
        submitted: bool,
    },
    /// Retry jobs, with the full number of attempts.
    #[command(after_help = MANY_EXAMPLES)]
    Retry(Selection),
    /// Delete jobs, except running ones.
    #[command(after_help = MANY_EXAMPLES)]
    Delete(Selection),
}

pub(super) async fn run(command: JobCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        JobCommand::Submit { job, batch, watch: follow } => {
            if let Some(submission) = batch.submission() {
                return submission.run(client, json).await;
            }
            let job = client.post("/v1/jobs", &job.body()?).await?;
            show::one_as(&job, json, &layouts::JOB);
            match job.str("id") {
                Some(id) if follow => return job_watch::follow(client, &id, json).await,
                _ => {}
            }
        }
        JobCommand::Show { id } => {
            let id = ids::JOB.one(client, id).await?;
            failures::show_job(&client.get(&format!("/v1/jobs/{id}")).await?, json);
        }
        JobCommand::List { state, task, queue, tag, paging } => {
            let state = state.map(|state| state.to_string());
            let query = paging.query([("state", state), ("task", task), ("queue", queue), ("tag", tag)]);
            show::list(&client.get(&format!("/v1/jobs{query}")).await?, json, &COLUMNS);
        }
        JobCommand::Watch { id } => {
            return job_watch::follow(client, &ids::JOB.one(client, id).await?, json).await;
        }
        JobCommand::Logs { id } => {
            let id = ids::JOB.one(client, id).await?;
            logs(&client.get(&format!("/v1/jobs/{id}/logs")).await?, json);
        }
        JobCommand::Why { id } => {
            let id = ids::JOB.one(client, id).await?;
            why(&client.get(&format!("/v1/jobs/{id}/why")).await?, json);
        }
        JobCommand::Submitted { id } => {
            let id = ids::JOB.one(client, id).await?;
            let jobs = client.get(&format!("/v1/jobs/{id}/submitted")).await?;
            show::list(&jobs, json, &[column("STEP", "/step"), column("JOB", "/job_id").whole()]);
        }
        JobCommand::Send { id, event, value } => {
            let value = parsed("the value", &value)?;
            let id = ids::JOB.one(client, id).await?;
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

/// The reasons that keep a job from its start, one a line.
fn why(answer: &Answer, json: bool) {
    if json {
        return show::json(answer);
    }
    let holds = answer.at("/holds").map(Part::items).unwrap_or_default();
    if holds.is_empty() {
        say!("It waits for nothing: it is {}.", text(answer.at("/state")));
    }
    for hold in holds {
        say!("{}", text(hold.get("detail")));
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
