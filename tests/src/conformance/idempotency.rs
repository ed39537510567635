//! Sending a request twice.

use std::sync::Arc;

use taskbox::domain::{
    After, AfterFailed, AfterWhen, FailureKind, OnConflict, OrderStatus, Outcome, Retention, RetentionRule,
    StateName, TaskHold, TaskHolds, Timestamp, Unique,
};
use taskbox::ports::{
    Action, Admitted, FirstAnswer, IdempotencyKey, JobFilter, NewJob, StorageError, StorageResult,
    Submission, Submitted,
};

use super::world::{Draft, NOW, World, after, json, permanent, receipt, retryable, submission};

type Jobs = Vec<NewJob>;

async fn send(world: &World, jobs: Jobs, key: IdempotencyKey, now: Timestamp) -> StorageResult<Submitted> {
    world.storage.submit(Submission { idempotency: Some(key), now, ..submission(jobs) }).await
}

/// A job that was stored as it is.
fn admitted(NewJob { job, payload, order, .. }: NewJob) -> Admitted {
    Admitted::new(job, payload, order)
}

/// What a submission under the key `k` was answered the first time.
async fn first(world: &World, jobs: Jobs) -> FirstAnswer {
    let as_asked: Vec<_> = jobs.iter().cloned().map(admitted).collect();
    match send(world, jobs, world.key("k", "body"), NOW).await.expect("submitted") {
        Submitted::New => FirstAnswer::new(NOW, &as_asked, TaskHolds::default()),
        Submitted::Admitted(admitted) => FirstAnswer::new(NOW, &admitted, TaskHolds::default()),
        Submitted::Replayed(_) => panic!("it was not sent before"),
    }
}

async fn assert_replays(world: &World, first: &FirstAnswer) {
    let answer = send(world, vec![], world.key("k", "body"), after(59)).await.expect("replayed");
    assert_eq!(answer, Submitted::Replayed(first.clone()));
    assert_eq!(
        first_answer(world, world.key("k", "body"), after(59)).await.expect("read").as_ref(),
        Some(first)
    );
}

async fn first_answer(
    world: &World,
    key: IdempotencyKey,
    now: Timestamp,
) -> StorageResult<Option<FirstAnswer>> {
    world.storage.first_answer(key, now).await
}

pub async fn the_same_key_stores_nothing_and_gives_the_first_answer_again(world: &World) {
    let jobs = vec![world.order_job("u", |_| {}), world.job(|spec| spec.run_at = after(30))];
    let ids = [jobs[0].job.spec.id, jobs[1].job.spec.id];
    let first = first(world, jobs).await;
    world.finish(ids[0], permanent(), NOW).await;
    let again = vec![world.order_job("u", |_| {})];
    let answer = send(world, again, world.key("k", "body"), after(59)).await.expect("replayed");
    assert_eq!(answer, Submitted::Replayed(first));
    assert_eq!(world.listed(JobFilter::default(), NOW).await, [ids[1], ids[0]]);
}

pub async fn a_first_answer_is_read_by_its_key_as_long_as_that_is_kept(world: &World) {
    let key = world.key("k", "body");
    assert_eq!(first_answer(world, key.clone(), NOW).await.expect("read"), None);
    let first = first(world, vec![world.job(|_| {})]).await;
    let elsewhere = IdempotencyKey { scope: "elsewhere".to_owned(), ..key.clone() };
    assert_eq!(first_answer(world, elsewhere, NOW).await.expect("read"), None);
    assert_eq!(first_answer(world, key.clone(), after(59)).await.expect("read"), Some(first));
    assert_eq!(first_answer(world, key, after(60)).await.expect("read"), None, "it is not kept any more");
    assert_eq!(world.listed(JobFilter::default(), NOW).await.len(), 1, "reading stores nothing");
}

pub async fn a_first_answer_says_again_which_tasks_were_held_back(world: &World) {
    let new = world.job(|_| {});
    let held: TaskHolds = [
        (new.job.spec.task.clone(), TaskHold::NotReady),
        ("nobody".parse().expect("a task name"), TaskHold::UnknownTask),
    ]
    .into_iter()
    .collect();
    let (key, jobs) = (world.key("k", "body"), vec![new.clone()]);
    let submission = Submission { idempotency: Some(key), held: held.clone(), ..submission(jobs) };
    assert_eq!(world.storage.submit(submission).await.expect("submitted"), Submitted::New);
    assert_replays(world, &FirstAnswer::new(NOW, &[admitted(new)], held)).await;
}

pub async fn the_same_key_at_the_same_time_is_a_replay(world: &World) {
    let requests = (0..20).map(|_| {
        let (storage, key) = (Arc::clone(&world.storage), world.key("k", "body"));
        let jobs = vec![world.order_job("u", |_| {})];
        let submission = Submission { idempotency: Some(key), ..submission(jobs) };
        tokio::spawn(async move { storage.submit(submission).await.expect("answered") })
    });
    let mut new = 0;
    for request in requests.collect::<Vec<_>>() {
        new += usize::from(request.await.expect("no panic") == Submitted::New);
    }
    assert_eq!((new, world.listed(JobFilter::default(), NOW).await.len()), (1, 1));
}

pub async fn another_body_under_the_same_key_is_refused(world: &World) {
    let jobs = |world: &World| vec![world.job(|_| {})];
    send(world, jobs(world), world.key("k", "body"), NOW).await.expect("submitted");
    let answer = send(world, jobs(world), world.key("k", "other"), NOW).await;
    assert!(matches!(answer, Err(StorageError::KeyReused)), "{answer:?}");
    let answer = first_answer(world, world.key("k", "other"), NOW).await;
    assert!(matches!(answer, Err(StorageError::KeyReused)), "{answer:?}");
    assert_eq!(world.listed(JobFilter::default(), NOW).await.len(), 1);
}

pub async fn keys_of_different_calls_do_not_meet(world: &World) {
    let key = world.key("k", "body");
    for scope in ["a", "ab", "a b"] {
        let key = IdempotencyKey { scope: scope.to_owned(), ..key.clone() };
        let answer = send(world, vec![world.job(|_| {})], key, NOW).await.expect("submitted");
        assert_eq!(answer, Submitted::New);
    }
}

pub async fn an_expired_key_is_free_again(world: &World) {
    for now in [NOW, after(60), after(61)] {
        let key = IdempotencyKey { expires_at: after(60).max(now), ..world.key("k", "body") };
        let answer = send(world, vec![world.job(|_| {})], key, now).await.expect("submitted");
        assert_eq!(answer, Submitted::New);
    }
    let key = IdempotencyKey { expires_at: after(90), ..world.key("k", "body") };
    let answer = send(world, vec![world.job(|_| {})], key.clone(), after(61)).await.expect("submitted");
    assert_eq!(answer, Submitted::New);
    let answer = send(world, vec![world.job(|_| {})], key, after(89)).await.expect("replayed");
    assert!(matches!(answer, Submitted::Replayed(first) if first.jobs.len() == 1));
}

pub async fn a_job_that_was_deleted_is_answered_as_it_was(world: &World) {
    let large = json(format!("\"{}\"", "i".repeat(20_000)));
    let jobs: Jobs = (0..4).map(|_| world.job(|draft| draft.input = large.clone())).collect();
    let ids: Vec<_> = jobs.iter().map(|new| new.job.spec.id).collect();
    let first = first(world, jobs).await;
    world.act(ids[0], Action::Delete).await.expect("deleted");
    world
        .storage
        .act_on_many(vec![ids[1]], JobFilter::default(), Action::Delete, NOW)
        .await
        .expect("deleted");
    world.finish(ids[2], Outcome::Succeeded(json("1")), NOW).await;
    let none = RetentionRule { age: None, count: 0 };
    let retention = Retention { completed: none, discarded: none, cancelled: none };
    assert_eq!(world.storage.prune(retention.cutoffs(NOW), NOW, 9).await.expect("pruned"), 1);
    assert_eq!(world.listed(JobFilter::default(), NOW).await, [ids[3]]);
    assert_replays(world, &first).await;
}

fn unique(on_conflict: OnConflict) -> impl Fn(&mut Draft) {
    move |spec| {
        let states = StateName::ALL.to_vec();
        spec.options.unique = Some(Unique { on_conflict, states, ..Unique::new("k") });
    }
}

pub async fn a_job_that_was_replaced_is_answered_as_it_was(world: &World) {
    let replacing = |input: &str| {
        let mut new = world.job(unique(OnConflict::Replace));
        new.payload.input = json(input);
        vec![new]
    };
    let first = first(world, replacing("1")).await;
    let key = |key| IdempotencyKey { scope: key, ..world.key("k", "body") };
    for round in 2..5 {
        let answer = send(world, replacing(&round.to_string()), key(round.to_string()), NOW).await;
        assert!(matches!(answer.expect("replaced"), Submitted::Admitted(there) if there[0].duplicate));
    }
    world.act(first.jobs[0].job.spec.id, Action::Delete).await.expect("deleted");
    assert_replays(world, &first).await;
    for round in 2..5 {
        let answer = send(world, vec![], key(round.to_string()), NOW).await.expect("replayed");
        let Submitted::Replayed(again) = answer else { panic!("{answer:?}") };
        assert_eq!((&again.jobs[0].payload.input, again.jobs[0].duplicate), (&json(round.to_string()), true));
    }
}

pub async fn jobs_that_replace_one_another_are_answered_each_as_it_was(world: &World) {
    let replacing = |input: u32| {
        let mut new = world.job(unique(OnConflict::Replace));
        new.payload.input = json(input.to_string());
        new
    };
    let first = first(world, (0..3).map(replacing).collect()).await;
    let inputs: Vec<_> = first.jobs.iter().map(|one| (one.payload.input.as_str(), one.duplicate)).collect();
    assert_eq!(inputs, [("0", false), ("1", true), ("2", true)]);
    assert_replays(world, &first).await;
}

pub async fn a_completed_duplicate_that_was_run_again_is_answered_with_its_first_result(world: &World) {
    let id = world.submit(unique(OnConflict::Existing)).await;
    world.finish(id, retryable(), NOW).await;
    world.finish(id, Outcome::Succeeded(json("1")), after(9)).await;
    let first = first(world, vec![world.job(unique(OnConflict::Existing))]).await;
    let shown = &first.jobs[0];
    assert_eq!((shown.duplicate, &shown.output, shown.errors.len()), (true, &Some(json("1")), 1));
    world.act(id, Action::Retry).await.expect("retried");
    assert_replays(world, &first).await;
    world.finish(id, permanent(), after(9)).await;
    assert_replays(world, &first).await;
    world.act(id, Action::Delete).await.expect("deleted");
    assert_replays(world, &first).await;
}

pub async fn a_duplicate_of_many_is_answered_without_its_results(world: &World) {
    let id = world.submit(unique(OnConflict::Existing)).await;
    world.finish(id, Outcome::Succeeded(json("1")), NOW).await;
    let jobs = vec![world.job(unique(OnConflict::Existing)), world.job(|_| {})];
    let first = first(world, jobs).await;
    assert_eq!((first.jobs[0].duplicate, &first.jobs[0].output), (true, &None));
    assert_replays(world, &first).await;
}

pub async fn a_child_that_was_discarded_at_once_is_answered_with_its_reason(world: &World) {
    let parent = world.submit(|_| {}).await;
    world.act(parent, Action::Cancel).await.expect("cancelled");
    let waiting = |draft: &mut Draft| {
        draft.after =
            Some(After { jobs: vec![parent], when: AfterWhen::All, on_failed: AfterFailed::Discard });
    };
    let first = first(world, vec![world.order_job("u", waiting), world.job(|_| {})]).await;
    let child = &first.jobs[0];
    assert_eq!(child.job.state_name(NOW), StateName::Discarded);
    assert_eq!(child.errors[0].kind, FailureKind::ParentFailed);
    assert!(matches!(child.order.as_ref().expect("it has one").status, OrderStatus::Failed { .. }));
    assert_replays(world, &first).await;
    world.act(child.job.spec.id, Action::Retry).await.expect("retried");
    assert_replays(world, &first).await;
    world.act(child.job.spec.id, Action::Delete).await.expect("deleted");
    assert_replays(world, &first).await;
}

pub async fn an_order_is_answered_as_it_was_placed_also_without_its_job(world: &World) {
    let placed = world.order_job("u", |_| {});
    let id = placed.job.spec.id;
    let first = first(world, vec![placed.clone()]).await;
    world.finish(id, Outcome::Succeeded(receipt()), NOW).await;
    assert_replays(world, &first).await;
    world.act(id, Action::Delete).await.expect("deleted");
    assert_replays(world, &first).await;
    assert_eq!(first.jobs[0].order, placed.order);
}

pub async fn a_key_used_again_in_the_same_group_is_a_replay(world: &World) {
    let new = world.job(|_| {});
    let id = new.job.spec.id;
    // Sent without waiting for one another, so that a driver may write them together.
    let (sent, _, again) = tokio::join!(
        send(world, vec![new.clone()], world.key("k", "body"), NOW),
        world.act(id, Action::Delete),
        send(world, vec![], world.key("k", "body"), NOW),
    );
    assert_eq!(sent.expect("submitted"), Submitted::New);
    let first = FirstAnswer::new(NOW, &[admitted(new)], TaskHolds::default());
    assert_eq!(again.expect("replayed"), Submitted::Replayed(first));
}
