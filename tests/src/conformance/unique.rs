//! Jobs that are the only ones of their key.

use std::sync::Arc;
use std::time::Duration;

use taskbox::domain::{
    FullJob, Job, JobId, JobSpec, OnConflict, Outcome, Phase, StateName, Timestamp, Unique,
};
use taskbox::ports::{Action, Admitted, JobFilter, NewJob, Submission, Submitted};

use super::world::{Draft, NOW, World, after, full, json, permanent, retryable, submission};

/// A job of the key `k`.
fn keyed(world: &World, on_conflict: OnConflict, change: impl FnOnce(&mut Draft)) -> NewJob {
    world.job(|spec| {
        spec.options.unique = Some(Unique { on_conflict, ..Unique::new("k") });
        change(spec);
    })
}

async fn send(world: &World, jobs: &[&NewJob], now: Timestamp) -> Vec<Admitted> {
    let jobs: Vec<_> = jobs.iter().copied().cloned().collect();
    let stored = |NewJob { job, payload, order, .. }| Admitted::new(job, payload, order);
    match world.storage.submit(Submission { now, ..submission(jobs.clone()) }).await.expect("submitted") {
        Submitted::Admitted(admitted) => admitted,
        Submitted::New => jobs.into_iter().map(stored).collect(),
        Submitted::Replayed(_) => panic!("no key was given"),
    }
}

/// Sends one job: which one stands for it, and whether it was there.
async fn sent(world: &World, job: &NewJob, now: Timestamp) -> (JobId, bool) {
    let Admitted { job, payload, duplicate, .. } = send(world, &[job], now).await.remove(0);
    let id = job.spec.id;
    assert_eq!(world.full_job(id).await, FullJob { job, payload });
    (id, duplicate)
}

async fn all(world: &World) -> Vec<JobId> {
    world.listed(JobFilter::default(), NOW).await
}

pub async fn a_second_job_of_a_key_is_the_first_one(world: &World) {
    let first = keyed(world, OnConflict::Existing, |_| {});
    let second = keyed(world, OnConflict::Existing, |draft| draft.input = json("2"));
    assert_eq!(sent(world, &first, NOW).await, (first.job.spec.id, false));
    assert_eq!(sent(world, &second, NOW).await, (first.job.spec.id, true));
    assert_eq!(world.full_job(first.job.spec.id).await, full(first.clone()));
    assert_eq!(all(world).await, [first.job.spec.id]);
}

pub async fn racing_submits_of_a_key_make_one_job(world: &World) {
    let racers = (0..20).map(|_| {
        let (storage, job) = (Arc::clone(&world.storage), keyed(world, OnConflict::Existing, |_| {}));
        tokio::spawn(async move { storage.submit(submission(vec![job])).await.expect("submitted") })
    });
    let mut new = 0;
    for racer in racers.collect::<Vec<_>>() {
        new += usize::from(racer.await.expect("no panic") == Submitted::New);
    }
    assert_eq!((new, all(world).await.len()), (1, 1));
}

pub async fn a_key_counts_within_its_task(world: &World) {
    let first = keyed(world, OnConflict::Existing, |_| {});
    let other_task = keyed(world, OnConflict::Existing, |spec| spec.task = "mail".parse().expect("a name"));
    let other_key = world.job(|spec| spec.options.unique = Some(Unique::new("k2")));
    let no_key = world.job(|_| {});
    for new in [first, other_task, other_key, no_key] {
        assert_eq!(sent(world, &new, NOW).await, (new.job.spec.id, false));
    }
}

pub async fn duplicates_inside_one_batch_are_one_job(world: &World) {
    let jobs: Vec<_> = (0..3).map(|_| keyed(world, OnConflict::Existing, |_| {})).collect();
    let alone = world.job(|_| {});
    let admitted = send(world, &[&jobs[0], &alone, &jobs[1], &jobs[2]], NOW).await;
    let ids: Vec<_> = admitted.iter().map(|one| (one.job.spec.id, one.duplicate)).collect();
    let first = jobs[0].job.spec.id;
    assert_eq!(ids, [(first, false), (alone.job.spec.id, false), (first, true), (first, true)]);
    assert_eq!(all(world).await, [alone.job.spec.id, first]);
}

pub async fn a_final_job_counts_only_when_its_state_is_named(world: &World) {
    let first = keyed(world, OnConflict::Existing, |_| {});
    sent(world, &first, NOW).await;
    world.finish(first.job.spec.id, permanent(), NOW).await;
    let named = |states: &[StateName]| {
        let unique = Unique { states: states.to_vec(), ..Unique::new("k") };
        world.job(|spec| spec.options.unique = Some(unique))
    };
    let discarded = named(&[StateName::Discarded]);
    assert_eq!(sent(world, &discarded, NOW).await, (first.job.spec.id, true));
    let completed = named(&[StateName::Completed, StateName::Cancelled]);
    assert_eq!(sent(world, &completed, NOW).await, (completed.job.spec.id, false));
    let usual = keyed(world, OnConflict::Existing, |_| {});
    assert_eq!(sent(world, &usual, NOW).await, (completed.job.spec.id, true));
}

pub async fn the_three_waiting_states_are_told_apart_by_the_time(world: &World) {
    let first = keyed(world, OnConflict::Existing, |spec| spec.run_at = after(10));
    sent(world, &first, NOW).await;
    let scheduled = || {
        let unique = Unique { states: vec![StateName::Scheduled], ..Unique::new("k") };
        world.job(|spec| (spec.options.unique, spec.run_at) = (Some(unique), after(99)))
    };
    assert_eq!(sent(world, &scheduled(), after(9)).await, (first.job.spec.id, true));
    let second = scheduled();
    assert_eq!(sent(world, &second, after(10)).await, (second.job.spec.id, false));
}

pub async fn a_job_counts_for_its_period_only(world: &World) {
    let hourly = |created_at| {
        let unique = Unique {
            within: Some(Duration::from_secs(3600)),
            states: StateName::ALL.to_vec(),
            ..Unique::new("k")
        };
        world.job(|spec| {
            (spec.options.unique, spec.created_at, spec.run_at) = (Some(unique), created_at, created_at);
        })
    };
    let first = hourly(NOW);
    sent(world, &first, NOW).await;
    world.finish(first.job.spec.id, Outcome::Succeeded(json("1")), NOW).await;
    assert_eq!(sent(world, &hourly(after(3599)), after(3599)).await, (first.job.spec.id, true));
    let second = hourly(after(3600));
    assert_eq!(sent(world, &second, after(3600)).await, (second.job.spec.id, false));
}

pub async fn a_job_that_expired_before_it_began_does_not_count(world: &World) {
    let first = keyed(world, OnConflict::Existing, |spec| spec.options.expires_at = Some(after(5)));
    sent(world, &first, NOW).await;
    let second = keyed(world, OnConflict::Existing, |_| {});
    assert_eq!(sent(world, &second, after(5)).await, (second.job.spec.id, false));
}

pub async fn a_replaced_job_gets_everything_of_the_new_one_but_its_name_and_age(world: &World) {
    let first = keyed(world, OnConflict::Replace, |spec| {
        (spec.options.tags, spec.priority) = (vec!["old".to_owned()], -1);
    });
    sent(world, &first, NOW).await;
    let second = keyed(world, OnConflict::Replace, |draft| {
        (draft.options.tags, draft.priority) = (vec!["new".to_owned()], 7);
        (draft.input, draft.queue) = (json("2"), "q".parse().expect("a name"));
        (draft.run_at, draft.created_at) = (after(60), after(9));
    });
    assert_eq!(sent(world, &second, after(9)).await, (first.job.spec.id, true));
    let expected = JobSpec { id: first.job.spec.id, created_at: NOW, ..second.job.spec };
    let expected = FullJob { job: Job::new(expected), payload: second.payload };
    assert_eq!(world.full_job(first.job.spec.id).await, expected);
    let tagged = |tag: &str| JobFilter { tag: Some(tag.to_owned()), ..JobFilter::default() };
    assert_eq!(world.listed(tagged("old"), NOW).await, []);
    assert_eq!(world.listed(tagged("new"), NOW).await, [first.job.spec.id]);
    let queues: Vec<_> = world.queues(NOW).await;
    assert_eq!(queues.iter().map(|queue| queue.name.as_str()).collect::<Vec<_>>(), ["q"]);
    assert_eq!(world.claimed_ids(9, after(59)).await, []);
    assert_eq!(world.claimed_ids(9, after(60)).await, [first.job.spec.id]);
}

pub async fn a_job_replaced_over_and_over_keeps_its_place_in_the_line(world: &World) {
    let first = keyed(world, OnConflict::Replace, |_| {});
    sent(world, &first, NOW).await;
    let between = world.submit(|spec| spec.run_at = after(1)).await;
    let again = keyed(world, OnConflict::Replace, |spec| spec.run_at = after(2));
    sent(world, &again, after(2)).await;
    assert_eq!(world.claimed_ids(9, after(2)).await, [first.job.spec.id, between]);
}

pub async fn a_running_or_final_job_is_not_replaced_and_not_moved(world: &World) {
    let first = keyed(world, OnConflict::Existing, |_| {});
    sent(world, &first, NOW).await;
    let token = world.start(first.job.spec.id, NOW).await;
    for choice in [OnConflict::Replace, OnConflict::Debounce] {
        let second = keyed(world, choice, |draft| draft.input = json("2"));
        assert_eq!(sent(world, &second, NOW).await, (first.job.spec.id, true));
    }
    let settled = world.settle(first.job.spec.id, token, permanent(), NOW).await.expect("settled");
    let unique =
        Unique { states: vec![StateName::Discarded], on_conflict: OnConflict::Replace, ..Unique::new("k") };
    let third = world.job(|spec| spec.options.unique = Some(unique));
    assert_eq!(sent(world, &third, NOW).await, (first.job.spec.id, true));
    let kept = FullJob { job: settled.job, payload: first.payload };
    assert_eq!(world.full_job(first.job.spec.id).await, kept);
}

pub async fn a_job_that_has_begun_is_replaced_by_another_one(world: &World) {
    let first = keyed(world, OnConflict::Replace, |_| {});
    sent(world, &first, NOW).await;
    let old = world.finish(first.job.spec.id, retryable(), NOW).await;
    let second = keyed(world, OnConflict::Replace, |draft| draft.input = json("2"));
    let admitted = send(world, &[&second], NOW).await.remove(0);
    let there = FullJob { job: admitted.job, payload: admitted.payload };
    assert_eq!((there, admitted.duplicate), (full(second.clone()), false));
    let superseded = admitted.superseded.expect("the old one is cancelled").job;
    assert_eq!((superseded.spec.id, superseded.state_name(NOW)), (old.job.spec.id, StateName::Cancelled));
    assert_eq!(world.claimed_ids(9, after(99)).await, [second.job.spec.id]);
}

pub async fn a_debounced_job_is_due_when_the_latest_one_would_have_been(world: &World) {
    let due = |seconds| keyed(world, OnConflict::Debounce, |spec| spec.run_at = after(seconds));
    let first = due(10);
    sent(world, &first, NOW).await;
    assert_eq!(sent(world, &due(15), after(5)).await, (first.job.spec.id, true));
    assert_eq!(world.claimed_ids(1, after(14)).await, []);
    let job = world.details(first.job.spec.id).await.job;
    assert_eq!((job.state.phase, job.spec), (Phase::Pending { due_at: after(15) }, first.job.spec.clone()));
    assert_eq!(sent(world, &due(12), after(6)).await, (first.job.spec.id, true));
    assert_eq!(world.claimed_ids(1, after(12)).await, [first.job.spec.id]);
}

pub async fn a_due_job_that_is_submitted_again_keeps_its_place_in_the_line(world: &World) {
    for choice in [OnConflict::Debounce, OnConflict::Replace] {
        let at_once = |seconds| {
            world.job(|spec| {
                spec.run_at = after(seconds);
                spec.options.unique = Some(Unique { on_conflict: choice, ..Unique::new(choice.as_str()) });
            })
        };
        let first = at_once(0);
        sent(world, &first, NOW).await;
        let between = world.submit(|spec| spec.run_at = after(1)).await;
        assert_eq!(sent(world, &at_once(2), after(2)).await, (first.job.spec.id, true));
        assert_eq!(world.claimed_ids(9, after(2)).await, [first.job.spec.id, between]);
    }
}

pub async fn a_deleted_job_frees_its_key(world: &World) {
    let first = keyed(world, OnConflict::Existing, |_| {});
    sent(world, &first, NOW).await;
    world.act(first.job.spec.id, Action::Delete).await.expect("deleted");
    let second = keyed(world, OnConflict::Existing, |_| {});
    assert_eq!(sent(world, &second, NOW).await, (second.job.spec.id, false));
}

pub async fn a_repeated_request_shows_the_duplicate_again(world: &World) {
    let first = keyed(world, OnConflict::Existing, |_| {});
    sent(world, &first, NOW).await;
    for _ in 0..2 {
        let jobs = vec![keyed(world, OnConflict::Existing, |_| {})];
        let idempotency = Some(world.key("key", "body"));
        let submission = Submission { idempotency, ..submission(jobs) };
        let jobs = match world.storage.submit(submission).await.expect("answered") {
            Submitted::Admitted(admitted) => admitted,
            Submitted::Replayed(first) => first.jobs,
            Submitted::New => Vec::new(),
        };
        let [answered] = &jobs[..] else { panic!("{jobs:?}") };
        assert_eq!((&answered.job, &answered.payload), (&first.job, &first.payload));
        assert!(answered.duplicate);
    }
}
