//! `taskbox schedule`: write, list and remove schedules.

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use super::answer::{Part, text};
use super::client::Client;
use super::job_fields::JobFields;
use super::known;
use super::layouts;
use super::object::Object;
use super::one_of::one_of;
use super::show::{self, Column, column, computed};
use crate::domain::{Missed, Overlap};

const COLUMNS: [Column; 7] = [
    column("NAME", "/name"),
    computed("WHEN", when),
    column("TIMEZONE", "/timezone").rare(),
    column("TASK", "/job/task"),
    column("NEXT", "/next_at").time(),
    column("LAST", "/last_at").time(),
    column("UNTIL", "/until").time().rare(),
];

const SET_EXAMPLES: &str = "Examples:
  taskbox schedule set report --cron '30 8 * * mon-fri' --timezone Europe/Berlin report '{\"kind\":\"daily\"}'
  taskbox schedule set beat --every 15m ping";

/// Commands on schedules.
#[derive(Debug, Subcommand)]
pub(super) enum ScheduleCommand {
    /// Create a schedule, or replace the one of this name.
    #[command(after_help = SET_EXAMPLES)]
    Set(Box<SetArgs>),
    /// List the schedules.
    List,
    /// Show a schedule and its next times.
    Show {
        /// Name of the schedule.
        #[arg(add = ArgValueCandidates::new(known::schedules))]
        name: String,
    },
    /// Remove a schedule. Its jobs stay.
    Rm {
        /// Name of the schedule.
        #[arg(add = ArgValueCandidates::new(known::schedules))]
        name: String,
    },
}

/// The times of a schedule, and its job.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    /// Name of the schedule.
    name: String,
    /// Cron expression, such as '30 8 * * mon-fri' or @daily; of six fields the first is seconds.
    #[arg(long, value_name = "EXPRESSION", required_unless_present = "every", conflicts_with = "every")]
    cron: Option<String>,
    /// Period from now on, such as 15m.
    #[arg(long, value_name = "DURATION")]
    every: Option<String>,
    /// IANA timezone of the cron expression, such as Europe/Berlin [default: UTC].
    #[arg(long, value_name = "ZONE", requires = "cron")]
    timezone: Option<String>,
    /// Effect of times that are more than a minute late [default: skip].
    #[arg(long, value_name = "EFFECT", value_parser = one_of::<Missed>())]
    missed: Option<Missed>,
    /// Effect of a time at which the previous job is not final [default: allow].
    #[arg(long, value_name = "EFFECT", value_parser = one_of::<Overlap>())]
    overlap: Option<Overlap>,
    /// Time after which the schedule makes no jobs, such as 2030-01-02T03:04:05Z.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    #[command(flatten)]
    job: JobFields,
}

pub(super) async fn run(command: ScheduleCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        ScheduleCommand::Set(args) => {
            let (path, body) = args.request()?;
            show::one_as(&client.put(&path, &body).await?, json, &layouts::SCHEDULE);
        }
        ScheduleCommand::List => {
            show::list(&client.get("/v1/schedules").await?, json, &COLUMNS);
        }
        ScheduleCommand::Show { name } => {
            let schedule = client.get(&format!("/v1/schedules/{name}")).await?;
            show::one_as(&schedule, json, &layouts::SCHEDULE);
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

/// The period, or the cron expression.
fn when(schedule: Part<'_>) -> String {
    match schedule.get("every").filter(|every| !every.is_empty()) {
        Some(every) => format!("every {}", every.text()),
        None => text(schedule.get("cron")),
    }
}
