//! `/schedules`: jobs that are made by the clock, their next times, and their last jobs.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::show::{self, PageProblem};
use super::time::When;
use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::problem::Problem;
use crate::api::read::PathName;
use crate::domain::{Cadence, Schedule, ScheduleName, Timestamp, format_duration};

/// The number of next times that are shown.
const UPCOMING: usize = 3;

#[derive(Template)]
#[template(path = "schedules.html")]
struct SchedulesPage {
    frame: Frame,
    schedules: Vec<ScheduleRow>,
}

struct ScheduleRow {
    name: String,
    task: String,
    cadence: String,
    zone: Option<String>,
    upcoming: Vec<When>,
    last: Option<When>,
    last_job: Option<String>,
}

/// The page.
pub(super) async fn show(State(api): State<Api>, viewer: Viewer) -> Result<Response, PageProblem> {
    let now = api.clock.now();
    let schedules = api.schedules.schedules().await?.iter().map(|each| ScheduleRow::of(each, now)).collect();
    let template = SchedulesPage { frame: Frame::of(&api, &viewer, "schedules"), schedules };
    Ok(show::page(StatusCode::OK, &template))
}

impl ScheduleRow {
    fn of(schedule: &Schedule, now: Timestamp) -> Self {
        let (spec, state) = (&schedule.spec, &schedule.state);
        let (cadence, zone) = match &spec.cadence {
            Cadence::Cron { cron, zone } => (cron.to_string(), Some(zone.to_string())),
            Cadence::Every { period } => (format!("every {}", format_duration(*period)), None),
        };
        let upcoming = schedule.upcoming(UPCOMING);
        Self {
            name: schedule.name.to_string(),
            task: spec.job.task.to_string(),
            cadence,
            zone,
            upcoming: upcoming.iter().map(|at| When::new(*at, now)).collect(),
            last: state.last_at.map(|at| When::new(at, now)),
            last_job: state.last_job.map(|job| job.to_string()),
        }
    }
}

/// Submits the job of a schedule now, and shows it.
pub(super) async fn run(
    State(api): State<Api>,
    PathName(name): PathName<ScheduleName>,
) -> Result<Response, PageProblem> {
    let job = api.schedules.run_now(name.clone()).await?;
    let job = job.ok_or_else(|| Problem::no_such("schedule", &name))?;
    Ok(Redirect::to(&format!("/jobs/{job}")).into_response())
}

/// Removes a schedule, then shows the others. Its jobs stay.
pub(super) async fn remove(
    State(api): State<Api>,
    PathName(name): PathName<ScheduleName>,
) -> Result<Response, PageProblem> {
    api.schedules.remove(name).await?;
    Ok(Redirect::to("/schedules").into_response())
}
