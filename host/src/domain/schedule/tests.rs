use std::time::Duration;

use super::*;
use crate::domain::{JobRequest, Json, Submitter};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const HOUR: u64 = 3600;

fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn every(seconds: u64) -> ScheduleSpec {
    ScheduleSpec {
        cadence: Cadence::Every { period: Duration::from_secs(seconds) },
        missed: Missed::default(),
        overlap: Overlap::default(),
        until: None,
        job: JobRequest::new("mail".parse().unwrap(), Json::empty_object()),
        submitter: Submitter::default(),
    }
}

fn cron(text: &str) -> ScheduleSpec {
    let cadence = Cadence::Cron { cron: text.parse().unwrap(), zone: Zone::default() };
    ScheduleSpec { cadence, ..every(1) }
}

fn written(spec: ScheduleSpec) -> Schedule {
    Schedule::written("s".parse().unwrap(), spec, None, NOW)
}

/// The ticks that become jobs, and the next one.
fn ticked(schedule: &Schedule, now: Timestamp) -> (Vec<Timestamp>, Option<Timestamp>) {
    let tick = schedule.tick(false, now).unwrap();
    (tick.jobs, tick.next_at)
}

#[test]
fn a_schedule_ticks_a_period_after_it_was_written_and_not_before() {
    let schedule = written(every(HOUR));
    assert_eq!(schedule.tick(false, after(HOUR - 1)), None);
    assert_eq!(ticked(&schedule, after(HOUR)), (vec![after(HOUR)], Some(after(2 * HOUR))));
}

#[test]
fn a_late_tick_does_not_move_the_phase() {
    let late = after(HOUR + 40);
    assert_eq!(ticked(&written(every(HOUR)), late), (vec![after(HOUR)], Some(after(2 * HOUR))));
    let far = after(1000 * HOUR + 1234);
    assert_eq!(ticked(&written(every(HOUR)), far).1, Some(after(1001 * HOUR)));
}

#[test]
fn missed_ticks_are_skipped_made_up_for_once_or_all() {
    let now = after(5 * HOUR + 1800);
    let missed = |missed| ticked(&written(ScheduleSpec { missed, ..every(HOUR) }), now);
    let next = Some(after(6 * HOUR));
    assert_eq!(missed(Missed::Skip), (vec![], next));
    assert_eq!(missed(Missed::Once), (vec![after(5 * HOUR)], next));
    assert_eq!(missed(Missed::All), ((1..=5).map(|n| after(n * HOUR)).collect(), next));
}

#[test]
fn of_many_ticks_the_one_that_is_not_late_is_not_missed() {
    let at = |missed, late| ticked(&written(ScheduleSpec { missed, ..every(HOUR) }), after(3 * HOUR + late));
    let hours = |hours: std::ops::RangeInclusive<u64>| hours.map(|n| after(n * HOUR)).collect::<Vec<_>>();
    let next = Some(after(4 * HOUR));
    assert_eq!(at(Missed::Skip, 60), (hours(3..=3), next));
    assert_eq!(at(Missed::Skip, 61), (vec![], next));
    // One stands for those that are missed, and one is not missed.
    assert_eq!(at(Missed::Once, 60), (hours(2..=3), next));
    assert_eq!(at(Missed::Once, 61), (hours(3..=3), next));
    assert_eq!(at(Missed::All, 60), (hours(1..=3), next));
}

#[test]
fn all_ticks_of_the_last_minute_become_jobs_whatever_is_said_of_missed_ones() {
    for spec in [every(2), cron("*/2 * * * * *")] {
        for missed in [Missed::Skip, Missed::Once, Missed::All] {
            let schedule = written(ScheduleSpec { missed, ..spec.clone() });
            let two_to_eight = vec![after(2), after(4), after(6), after(8)];
            assert_eq!(ticked(&schedule, after(9)), (two_to_eight, Some(after(10))), "{missed:?}");
            let minute_and_more = ticked(&schedule, after(71)).0;
            let from = match missed {
                Missed::Skip => after(12),
                Missed::Once => after(10),
                Missed::All => after(2),
            };
            assert_eq!((minute_and_more[0], minute_and_more.last()), (from, Some(&after(70))), "{missed:?}");
        }
    }
}

#[test]
fn a_cron_catches_up_the_same_way() {
    let day = 24 * HOUR;
    // 2027-01-15T08:00:00Z
    let noons = |missed| ticked(&written(ScheduleSpec { missed, ..cron("0 12 * * *") }), after(3 * day));
    let noon = |days| after(4 * HOUR + days * day);
    assert_eq!(noons(Missed::Skip), (vec![], Some(noon(3))));
    assert_eq!(noons(Missed::Once), (vec![noon(2)], Some(noon(3))));
    assert_eq!(noons(Missed::All), (vec![noon(0), noon(1), noon(2)], Some(noon(3))));
}

#[test]
fn years_of_missed_seconds_cost_no_time() {
    let now = after(20 * 366 * 24 * HOUR);
    for spec in [cron("* * * * * *"), every(1)] {
        let once = written(ScheduleSpec { missed: Missed::Once, ..spec.clone() });
        let last_minute = (0..=61).rev().map(|late| now.minus(Duration::from_secs(late))).collect();
        assert_eq!(ticked(&once, now), (last_minute, Some(now.plus(Duration::from_secs(1)))));
        let (jobs, next) = ticked(&written(ScheduleSpec { missed: Missed::All, ..spec }), now);
        assert_eq!((jobs.len(), next), (500, Some(after(501))));
    }
}

#[test]
fn with_overlap_skip_a_tick_is_left_out_while_the_last_job_is_not_final() {
    let skips = written(ScheduleSpec { overlap: Overlap::Skip, ..every(HOUR) });
    let tick = skips.tick(true, after(HOUR)).unwrap();
    assert_eq!(tick, Tick { jobs: vec![], next_at: Some(after(2 * HOUR)) });
    assert_eq!(skips.tick(false, after(HOUR)).unwrap().jobs, [after(HOUR)]);
    assert_eq!(written(every(HOUR)).tick(true, after(HOUR)).unwrap().jobs, [after(HOUR)]);
    let all = ScheduleSpec { overlap: Overlap::Skip, missed: Missed::All, ..every(HOUR) };
    assert_eq!(ticked(&written(all), after(3 * HOUR)), (vec![after(HOUR)], Some(after(4 * HOUR))));
}

#[test]
fn after_until_there_is_no_tick() {
    let spec = ScheduleSpec { until: Some(after(2 * HOUR)), missed: Missed::All, ..every(HOUR) };
    let schedule = written(spec);
    assert_eq!(schedule.upcoming(5), [after(HOUR), after(2 * HOUR)]);
    assert_eq!(ticked(&schedule, after(9 * HOUR)), (vec![after(HOUR), after(2 * HOUR)], None));
    let once = ScheduleSpec { missed: Missed::Once, ..schedule.spec.clone() };
    assert_eq!(ticked(&written(once), after(9 * HOUR)), (vec![after(2 * HOUR)], None));
    let ended = Schedule { state: ScheduleState { next_at: None, ..schedule.state.clone() }, ..schedule };
    assert_eq!(ended.tick(false, after(99 * HOUR)), None);
}

#[test]
fn writing_the_same_again_keeps_the_phase_and_another_cadence_begins_anew() {
    let first = written(every(HOUR));
    let again = |spec, now| Schedule::written("s".parse().unwrap(), spec, Some(&first), now);
    let same = again(ScheduleSpec { missed: Missed::All, ..every(HOUR) }, after(1800));
    assert_eq!((same.state.next_at, same.created_at), (Some(after(HOUR)), NOW));
    assert_eq!(again(every(60), after(1800)).state.next_at, Some(after(1860)));
    let ends = again(ScheduleSpec { until: Some(after(1900)), ..every(HOUR) }, after(1800));
    assert_eq!(ends.state.next_at, None);
    let goes_on = Schedule::written("s".parse().unwrap(), every(HOUR), Some(&ends), after(3 * HOUR + 9));
    assert_eq!(goes_on.state.next_at, Some(after(4 * HOUR)));
}

#[test]
fn a_tick_is_taken_once() {
    let seen = written(every(HOUR));
    let tick = seen.tick(false, after(HOUR)).unwrap();
    let job = JobId::from_bytes([7; 16]);
    let next = seen.ticked(&tick, Some(job));
    assert_eq!((next.last_at, next.last_job), (Some(after(HOUR)), Some(job)));
    let stored = Schedule { state: next, ..seen.clone() };
    assert!(!seen.is_outdated(Some(&seen.clone())));
    assert!(seen.is_outdated(Some(&stored)) && seen.is_outdated(None));
}

#[test]
fn every_wrong_field_is_named() {
    let pointers = |spec: ScheduleSpec| -> Vec<String> {
        spec.problems(NOW).into_iter().map(|problem| problem.pointer).collect()
    };
    assert_eq!(pointers(every(HOUR)), [""; 0]);
    assert_eq!(pointers(every(0)), ["/every"]);
    assert_eq!(pointers(ScheduleSpec { until: Some(after(9)), ..every(10) }), ["/until"]);
    let mut spec = every(1);
    spec.job.run_at = Some(after(1));
    spec.job.options.expires_at = Some(after(1));
    spec.job.max_attempts = Some(0);
    assert_eq!(pointers(spec), ["/job/run_at", "/job/expires_at", "/job/max_attempts"]);
}

#[test]
fn the_job_of_an_older_version_reads() {
    // A job that an older version stored has fewer fields.
    let job: JobRequest = serde_json::from_str(
        r#"{"task":"mail","input":"{}","tags":[],"metadata":"{}","allow_unknown_task":false}"#,
    )
    .unwrap();
    assert_eq!(job, every(1).job);
}
