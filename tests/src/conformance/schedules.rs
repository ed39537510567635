//! Schedules.

use std::time::Duration;

use futures::future::join_all;
use taskbox::domain::{
    Cadence, Cron, JobRequest, Missed, Overlap, Schedule, ScheduleName, ScheduleSpec, Submitter, Zone,
};
use taskbox::ports::{Fired, Firing, JobFilter, Submission, Submitted};

use super::world::{NOW, World, after, json, submission};

fn name(text: &str) -> ScheduleName {
    text.parse().expect("a schedule name")
}

fn hourly() -> ScheduleSpec {
    ScheduleSpec {
        cadence: Cadence::Every { period: Duration::from_secs(3600) },
        missed: Missed::All,
        overlap: Overlap::Allow,
        until: None,
        job: JobRequest::new("create-order".parse().expect("a task name"), json(r#"{"a":1}"#)),
        submitter: Submitter::default(),
    }
}

async fn put(world: &World, text: &str, spec: ScheduleSpec) -> Schedule {
    world.storage.put_schedule(name(text), spec, NOW).await.expect("written")
}

/// What somebody finds who looks at a schedule so many seconds later.
fn found(world: &World, schedule: &Schedule, seconds: u64) -> Firing {
    let tick = schedule.tick(false, after(seconds)).expect("it is due");
    let jobs = tick.jobs.iter().map(|_| world.job(|_| {})).collect();
    let submission = Submission { now: after(seconds), ..submission(jobs) };
    Firing { expected: schedule.clone(), tick, submission }
}

async fn jobs(world: &World) -> usize {
    world.listed(JobFilter::default(), NOW).await.len()
}

pub async fn a_schedule_is_there_as_it_was_written_until_it_is_removed(world: &World) {
    let mut spec = hourly();
    let cron: Cron = "0 9 29 2 mon".parse().expect("an expression");
    let zone: Zone = "Europe/Berlin".parse().expect("a timezone");
    spec.cadence = Cadence::Cron { cron, zone };
    spec.until = Some(after(1_000_000_000));
    spec.job.options.tags = vec!["nightly".to_owned()];
    spec.job.delay = Some(Duration::from_millis(1));
    let written = put(world, "b", spec).await;
    let other = put(world, "a", hourly()).await;
    assert_eq!(world.storage.schedule(name("b")).await.expect("read"), Some(written.clone()));
    assert_eq!(world.storage.schedules().await.expect("read"), [other, written]);
    assert!(world.storage.remove_schedule(name("b")).await.expect("removed"));
    assert!(!world.storage.remove_schedule(name("b")).await.expect("answered"));
    assert_eq!(world.storage.schedule(name("b")).await.expect("read"), None);
}

pub async fn a_schedule_written_again_keeps_its_phase_and_its_first_date(world: &World) {
    let first = put(world, "a", hourly()).await;
    let spec = ScheduleSpec { missed: Missed::Skip, ..hourly() };
    let again = world.storage.put_schedule(name("a"), spec.clone(), after(60)).await.expect("written");
    assert_eq!((&again.state, again.created_at, again.updated_at), (&first.state, NOW, after(60)));
    assert_eq!(world.storage.schedule(name("a")).await.expect("read").expect("it is there").spec, spec);
}

pub async fn due_schedules_are_found_the_longest_due_first(world: &World) {
    let every = |hours: u64| ScheduleSpec {
        cadence: Cadence::Every { period: Duration::from_secs(3600 * hours) },
        ..hourly()
    };
    let due = async |seconds, limit| {
        let due = world.storage.due_schedules(after(seconds), limit).await.expect("read");
        let names: Vec<_> = due.schedules.iter().map(|schedule| schedule.name.to_string()).collect();
        (names.concat(), due.next_at)
    };
    assert_eq!(due(9_999_999, 9).await, (String::new(), None));
    let (c, _, _) =
        (put(world, "c", every(1)).await, put(world, "a", every(2)).await, put(world, "b", every(3)).await);
    assert_eq!(due(3599, 9).await, (String::new(), Some(after(3600))));
    assert_eq!(due(7200, 9).await, ("ca".to_owned(), Some(after(3 * 3600))));
    assert_eq!(due(7200, 1).await, ("c".to_owned(), Some(after(7200))));
    world.storage.fire(found(world, &c, 7200)).await.expect("fired");
    assert_eq!(due(7200, 9).await, ("a".to_owned(), Some(after(3 * 3600))));
    world.storage.remove_schedule(name("a")).await.expect("removed");
    put(world, "b", ScheduleSpec { until: Some(after(1)), ..every(3) }).await;
    assert_eq!(due(9_999_999, 9).await, ("c".to_owned(), None));
}

pub async fn a_tick_writes_its_jobs_and_moves_the_schedule_on(world: &World) {
    let schedule = put(world, "a", hourly()).await;
    let firing = found(world, &schedule, 2 * 3600);
    let ids: Vec<_> = firing.submission.jobs.iter().map(|new| new.job.spec.id).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(world.storage.fire(firing).await.expect("fired"), Fired::Done(Submitted::New));
    for id in &ids {
        world.details(*id).await;
    }
    let state = world.storage.schedule(name("a")).await.expect("read").expect("it is there").state;
    assert_eq!((state.last_at, state.last_job), (Some(after(2 * 3600)), ids.last().copied()));
    assert_eq!((state.since, state.next_at), (NOW, Some(after(3 * 3600))));
}

pub async fn hosts_that_see_the_same_tick_make_one_job(world: &World) {
    let schedule = put(world, "a", hourly()).await;
    let firings = (0..20).map(|_| world.storage.fire(found(world, &schedule, 3600)));
    let answers: Vec<_> = join_all(firings).await.into_iter().map(|fired| fired.expect("answered")).collect();
    assert_eq!(answers.iter().filter(|fired| **fired != Fired::Taken).count(), 1, "{answers:?}");
    assert_eq!(jobs(world).await, 1);
}

pub async fn a_tick_of_a_schedule_that_was_changed_or_removed_writes_nothing(world: &World) {
    let schedule = put(world, "a", hourly()).await;
    let late = found(world, &schedule, 3600);
    let mut other = hourly();
    other.job.input = json("2");
    let changed = put(world, "a", other).await;
    assert_eq!(world.storage.fire(late).await.expect("answered"), Fired::Taken);
    let late = found(world, &changed, 3600);
    world.storage.remove_schedule(name("a")).await.expect("removed");
    assert_eq!(world.storage.fire(late).await.expect("answered"), Fired::Taken);
    assert_eq!(jobs(world).await, 0);
    assert_eq!(world.storage.schedules().await.expect("read"), []);
}

pub async fn a_tick_that_is_left_out_still_moves_the_schedule_on(world: &World) {
    let schedule = put(world, "a", ScheduleSpec { overlap: Overlap::Skip, ..hourly() }).await;
    let tick = schedule.tick(true, after(3600)).expect("it is due");
    let submission = Submission { now: after(3600), ..submission(Vec::new()) };
    let firing = Firing { expected: schedule, tick, submission };
    assert_eq!(world.storage.fire(firing).await.expect("fired"), Fired::Done(Submitted::New));
    let state = world.storage.schedule(name("a")).await.expect("read").expect("it is there").state;
    assert_eq!((state.last_at, state.next_at), (None, Some(after(2 * 3600))));
}

pub async fn a_refused_job_leaves_the_schedule_where_it_was(world: &World) {
    let schedule = put(world, "a", hourly()).await;
    let mut firing = found(world, &schedule, 3600);
    let there = world.job(|_| {});
    world.submit_all(vec![there.clone()]).await;
    firing.submission.jobs = vec![there];
    world.storage.fire(firing).await.expect_err("a job of this id is there");
    assert_eq!(world.storage.schedule(name("a")).await.expect("read"), Some(schedule));
}
