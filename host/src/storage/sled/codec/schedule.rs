//! A schedule as it is stored; its key holds its name.
//!
//! The job of a schedule is JSON text with named fields. It is read years after it was written, by
//! versions that know more fields than the one that wrote it.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

use super::Record;
use super::layout::{Layout, fields};
use crate::domain::{
    Cadence, Missed, Overlap, Schedule, ScheduleName, ScheduleSpec, ScheduleState, Submitter, Timestamp,
};
use crate::ports::{StorageError, StorageResult};

/// A schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleRecord {
    /// The cadence.
    pub cadence: Cadence,
    /// The effect of missed ticks.
    pub missed: Missed,
    /// The effect of a tick while a job runs.
    pub overlap: Overlap,
    /// The last moment of a tick.
    pub until: Option<Timestamp>,
    /// The job of every tick, as JSON.
    pub job: String,
    /// Its submitter.
    pub submitter: Submitter,
    /// Its state.
    pub state: ScheduleState,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When a person last wrote it.
    pub updated_at: Timestamp,
}

fields! {
    ScheduleRecord { cadence, missed, overlap, until, job, submitter, state, created_at, updated_at }
}

impl Record for ScheduleRecord {
    const WHAT: &'static str = "schedule";
}

impl ScheduleRecord {
    /// The record of a schedule.
    pub fn of(schedule: &Schedule) -> StorageResult<Self> {
        let Schedule { name: _, spec, state, created_at, updated_at } = schedule;
        let unwritable =
            |error| StorageError::Unavailable(format!("the job of a schedule cannot be stored: {error}"));
        Ok(Self {
            cadence: spec.cadence.clone(),
            missed: spec.missed,
            overlap: spec.overlap,
            until: spec.until,
            job: serde_json::to_string(&spec.job).map_err(unwritable)?,
            submitter: spec.submitter.clone(),
            state: state.clone(),
            created_at: *created_at,
            updated_at: *updated_at,
        })
    }

    /// The schedule of this name.
    pub fn named(self, name: ScheduleName) -> StorageResult<Schedule> {
        let Self { cadence, missed, overlap, until, job, submitter, state, created_at, updated_at } = self;
        let damaged = |error| StorageError::Corrupt(format!("the job of schedule {name}: {error}"));
        let job = serde_json::from_str(&job).map_err(damaged)?;
        let spec = ScheduleSpec { cadence, missed, overlap, until, job, submitter };
        Ok(Schedule { name, spec, state, created_at, updated_at })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::{decode, encode};
    use super::*;
    use crate::domain::{JobId, JobRequest, Json};

    const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn schedule(cadence: Cadence) -> Schedule {
        let job = JobRequest::new("mail".parse().unwrap(), Json::parse("[1]").unwrap());
        let (missed, overlap, submitter) = (Missed::All, Overlap::Skip, Submitter::token("s"));
        let spec = ScheduleSpec { cadence, missed, overlap, until: Some(AT), job, submitter };
        let last_job = Some(JobId::from_bytes([1; 16]));
        let state = ScheduleState { since: AT, next_at: Some(AT), last_at: None, last_job };
        Schedule { name: "s".parse().unwrap(), spec, state, created_at: AT, updated_at: AT }
    }

    /// The bytes of format 2, but for its job: that has named fields, and may get more of them.
    fn golden(cadence: Cadence, bytes: &str) {
        let written = schedule(cadence);
        let record = ScheduleRecord::of(&written).unwrap();
        let jobless = ScheduleRecord { job: String::new(), ..record.clone() };
        let encoded = encode(&jobless).unwrap();
        let hex: String = encoded.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, bytes, "a schedule has other bytes");
        assert_eq!(decode::<ScheduleRecord>(&encoded).unwrap(), jobless);
        assert_eq!(record.named(written.name.clone()).unwrap(), written);
    }

    #[test]
    fn format_1_of_a_schedule_of_each_cadence() {
        let zone = "Europe/Berlin".parse().unwrap();
        golden(
            Cadence::Cron { cron: "@daily".parse().unwrap(), zone },
            "010006406461696c790d4575726f70652f4265726c696e020101fd00505c18a301000000010173fd00505c18a301000001fd00505c18a3010000000101010101010101010101010101010101fd00505c18a3010000fd00505c18a3010000",
        );
        golden(
            Cadence::Every { period: Duration::from_millis(1_500) },
            "010101fc0065cd1d020101fd00505c18a301000000010173fd00505c18a301000001fd00505c18a3010000000101010101010101010101010101010101fd00505c18a3010000fd00505c18a3010000",
        );
    }

    #[test]
    fn the_job_of_an_older_version_is_read() {
        let mut record =
            ScheduleRecord::of(&schedule(Cadence::Every { period: Duration::from_secs(1) })).unwrap();
        record.job = r#"{"task":"mail","input":"[1]","tags":[],"metadata":"{}","allow_unknown_task":false}"#
            .to_owned();
        let read = record.named("s".parse().unwrap()).unwrap();
        assert_eq!(read.spec.job, schedule(read.spec.cadence.clone()).spec.job);
    }
}
