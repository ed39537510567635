//! `taskbox schedule`: jobs that are made again and again, by the clock.

use clap::{Args, Subcommand};

use super::answer::{Part, text};
use super::client::Client;
use super::job_fields::JobFields;
use super::object::Object;
use super::one_of::one_of;
use super::show::{self, Column, column, computed};
use crate::domain::{Missed, Overlap};

const COLUMNS: [Column; 7] = [
    column("NAME", "/name"),
    computed("WHEN", when),
    column("TIMEZONE", "/timezone"),
    column("TASK", "/job/task"),
    column("NEXT", "/next_at"),
    column("LAST", "/last_at"),
    column("UNTIL", "/until"),
];

/// What to do with schedules.
#[derive(Debug, Subcommand)]
pub(super) enum ScheduleCommand {
    /// Write a schedule, a new one or in place of the one of this name.
    Set(Box<SetArgs>),
    /// List the schedules.
    List,
    /// Show a schedule and its next times.
    Show {
        /// Which.
        name: String,
    },
    /// Forget a schedule. Its jobs stay.
    Rm {
        /// Which.
        name: String,
    },
}

/// When, and which job.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// The name of the schedule.
    name: String,
    /// When, such as '30 8 * * mon-fri' or @daily; six fields have seconds in front.
    #[arg(long, value_name = "EXPRESSION", required_unless_present = "every", conflicts_with = "every")]
    cron: Option<String>,
    /// How often, from now on, such as 15m.
    #[arg(long, value_name = "DURATION")]
    every: Option<String>,
    /// On whose clock the expression is read, such as Europe/Berlin [default: UTC].
    #[arg(long, value_name = "ZONE", requires = "cron")]
    timezone: Option<String>,
    /// The effect of times that are more than a minute late [default: skip].
    #[arg(long, value_name = "EFFECT", value_parser = one_of::<Missed>())]
    missed: Option<Missed>,
    /// The effect of a time at which the job of the last one is not final [default: allow].
    #[arg(long, value_name = "EFFECT", value_parser = one_of::<Overlap>())]
    overlap: Option<Overlap>,
    /// No job after this time, such as 2030-01-02T03:04:05Z.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    job: JobFields,
}

pub(super) async fn run(command: ScheduleCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        ScheduleCommand::Set(args) => {
            let (path, body) = args.request()?;
            show::one(&client.put(&path, &body).await?, json);
        }
        ScheduleCommand::List => {
            show::list(&client.get("/v1/schedules").await?, json, &COLUMNS);
        }
        ScheduleCommand::Show { name } => {
            show::one(&client.get(&format!("/v1/schedules/{name}")).await?, json);
        }
        ScheduleCommand::Rm { name } => client.delete(&format!("/v1/schedules/{name}")).await?,
    }
    Ok(())
}

impl SetArgs {
    fn request(self) -> anyhow::Result<(String, Object)> {
        let mut body = Object::default();
        body.set("job", &self.job.body()?);
        body.set_some("cron", self.cron);
        body.set_some("every", self.every);
        body.set_some("timezone", self.timezone);
        body.set_some("missed", self.missed);
        body.set_some("overlap", self.overlap);
        body.set_some("until", self.until);
        Ok((format!("/v1/schedules/{}", self.name), body))
    }
}

/// A schedule is either of the two.
fn when(schedule: Part<'_>) -> String {
    match schedule.get("every").filter(|every| !every.is_empty()) {
        Some(every) => format!("every {}", every.text()),
        None => text(schedule.get("cron")),
    }
}
