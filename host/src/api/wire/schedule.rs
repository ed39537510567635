//! A schedule outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::job_request::{JobRequestBody, read_job_request};
use super::one_of::{MissedName, OneOf, OverlapName};
use super::scheduled_job::ScheduledJobBody;
use crate::api::read::{Fields, Read, Value};
use crate::domain::{Cadence, Cron, Schedule, ScheduleSpec, Submitter, Timestamp, Zone, format_duration};

/// The number of next times that are shown.
const UPCOMING: usize = 5;

/// A schedule to write, with either `cron` or `every`.
#[derive(ToSchema)]
#[schema(as = ScheduleRequest)]
#[allow(dead_code, reason = "describes what `read_schedule` reads")]
pub(in crate::api) struct ScheduleRequestBody {
    /// Cron expression: five fields (minute, hour, day of the month, month, day of the week), six with seconds first, or
    /// `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
    #[schema(example = "30 8 * * mon-fri")]
    cron: Option<String>,
    /// Period, counted from the time of writing.
    #[schema(example = "15m")]
    every: Option<String>,
    /// IANA timezone of `cron`.
    #[schema(example = "Europe/Berlin", default = "UTC")]
    timezone: Option<String>,
    /// Effect of times that are more than a minute late, because no host was running; `skip` when left out.
    #[schema(inline)]
    missed: Option<MissedName>,
    /// Effect of a time at which the previous job is not final; `allow` when left out.
    #[schema(inline)]
    overlap: Option<OverlapName>,
    /// Time after which it makes no jobs.
    #[schema(format = DateTime)]
    until: Option<String>,
    /// The job of every time, without `run_at`, `expires_at` and `after`.
    job: JobRequestBody,
}

/// A schedule and its times.
#[derive(Serialize, ToSchema)]
#[schema(as = Schedule)]
pub(in crate::api) struct ScheduleBody {
    name: String,
    cron: Option<String>,
    #[schema(example = "15m")]
    every: Option<String>,
    /// Null with `every`.
    timezone: Option<String>,
    #[schema(inline)]
    missed: MissedName,
    #[schema(inline)]
    overlap: OverlapName,
    #[schema(format = DateTime)]
    until: Option<String>,
    job: ScheduledJobBody,
    /// The next time; null when the schedule has ended.
    #[schema(format = DateTime)]
    next_at: Option<String>,
    /// The next five times, beginning with `next_at`.
    next: Vec<String>,
    /// The last time at which it made a job.
    #[schema(format = DateTime)]
    last_at: Option<String>,
    /// Id of that job. All jobs of the schedule have the tag `schedule:<name>`.
    last_job_id: Option<Uuid>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Reads a schedule that this submitter writes.
pub(in crate::api) fn read_schedule(value: Value<'_>, submitter: Submitter) -> Read<ScheduleSpec> {
    let mut fields = value.object()?;
    let cadence = read_cadence(&mut fields);
    let missed = fields.optional("missed", Value::parsed).unwrap_or_default();
    let overlap = fields.optional("overlap", Value::parsed).unwrap_or_default();
    let until = fields.optional("until", Value::parsed);
    let job = fields.required("job", read_job_request);
    fields.finish(|| Some(ScheduleSpec { cadence: cadence?, missed, overlap, until, job: job?, submitter }))
}

/// Reads the cadence. `None` if it is wrong, which [`Fields::finish`] reports.
fn read_cadence(fields: &mut Fields<'_>) -> Option<Cadence> {
    let (has_cron, has_every) = (fields.has("cron"), fields.has("every"));
    let has_zone = fields.has("timezone");
    let cron = fields.optional("cron", Value::parsed::<Cron>);
    let period = fields.optional("every", Value::duration);
    let zone = fields.optional("timezone", Value::parsed::<Zone>);
    match (has_cron, has_every) {
        (true, false) => Some(Cadence::Cron { cron: cron?, zone: zone.unwrap_or_default() }),
        (false, true) if has_zone => {
            fields.refuse("timezone", "requires cron; every counts elapsed time");
            None
        }
        (false, true) => Some(Cadence::Every { period: period? }),
        (true, true) => {
            fields.refuse("every", "must be left out when cron is given");
            None
        }
        (false, false) => {
            fields.refuse("cron", "is required, or \"every\"");
            None
        }
    }
}

impl From<&Schedule> for ScheduleBody {
    fn from(schedule: &Schedule) -> Self {
        let Schedule { name, spec, state, created_at, updated_at } = schedule;
        let (cron, every, timezone) = match &spec.cadence {
            Cadence::Cron { cron, zone } => (Some(cron.to_string()), None, Some(zone.to_string())),
            Cadence::Every { period } => (None, Some(format_duration(*period)), None),
        };
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Self {
            name: name.to_string(),
            cron,
            every,
            timezone,
            missed: OneOf(spec.missed),
            overlap: OneOf(spec.overlap),
            until: text(spec.until),
            job: ScheduledJobBody::from(&spec.job),
            next_at: text(state.next_at),
            next: schedule.upcoming(UPCOMING).iter().map(ToString::to_string).collect(),
            last_at: text(state.last_at),
            last_job_id: state.last_job.map(|job| job.as_uuid()),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
