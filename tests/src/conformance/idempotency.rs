//! Sending a request twice.

use std::sync::Arc;

use taskbox::domain::{Job, Order, Timestamp};
use taskbox::ports::{Action, IdempotencyKey, JobFilter, StorageError, StorageResult, Submission, Submitted};

use super::world::{NOW, World, after, anyone, permanent};

type Jobs = Vec<(Job, Option<Order>)>;

async fn send(world: &World, jobs: Jobs, key: IdempotencyKey, now: Timestamp) -> StorageResult<Submitted> {
    world
        .storage
        .submit(Submission { jobs, webhooks: Vec::new(), idempotency: Some(key), caller: anyone(), now })
        .await
}

pub async fn the_same_key_stores_nothing_and_shows_what_is_there_now(world: &World) {
    let (first, second) = (world.order_job("u", |_| {}), (world.job(|spec| spec.run_at = after(99)), None));
    let ids = (first.0.spec.id, second.0.spec.id);
    let answer = send(world, vec![first, second], world.key("k", "body"), NOW).await.expect("submitted");
    assert_eq!(answer, Submitted::New);
    let settled = world.finish(ids.0, permanent(), NOW).await;
    let again = vec![world.order_job("u", |_| {})];
    let answer = send(world, again, world.key("k", "body"), after(59)).await.expect("replayed");
    let second = world.details(ids.1).await.job;
    assert_eq!(answer, Submitted::Replayed(vec![Some((settled.job, settled.order)), Some((second, None))]));
    assert_eq!(world.listed(JobFilter::default(), NOW).await, [ids.1, ids.0]);
}

pub async fn the_same_key_at_the_same_time_is_a_replay(world: &World) {
    let requests = (0..20).map(|_| {
        let (storage, key) = (Arc::clone(&world.storage), world.key("k", "body"));
        let submission = Submission {
            jobs: vec![world.order_job("u", |_| {})],
            webhooks: Vec::new(),
            idempotency: Some(key),
            caller: anyone(),
            now: NOW,
        };
        tokio::spawn(async move { storage.submit(submission).await.expect("answered") })
    });
    let mut new = 0;
    for request in requests.collect::<Vec<_>>() {
        new += usize::from(request.await.expect("no panic") == Submitted::New);
    }
    assert_eq!((new, world.listed(JobFilter::default(), NOW).await.len()), (1, 1));
}

pub async fn another_body_under_the_same_key_is_refused(world: &World) {
    let jobs = |world: &World| vec![(world.job(|_| {}), None)];
    send(world, jobs(world), world.key("k", "body"), NOW).await.expect("submitted");
    let answer = send(world, jobs(world), world.key("k", "other"), NOW).await;
    assert!(matches!(answer, Err(StorageError::KeyReused)), "{answer:?}");
    assert_eq!(world.listed(JobFilter::default(), NOW).await.len(), 1);
}

pub async fn keys_of_different_calls_do_not_meet(world: &World) {
    let key = world.key("k", "body");
    for scope in ["a", "ab", "a b"] {
        let key = IdempotencyKey { scope: scope.to_owned(), ..key.clone() };
        let answer = send(world, vec![(world.job(|_| {}), None)], key, NOW).await.expect("submitted");
        assert_eq!(answer, Submitted::New);
    }
}

pub async fn an_expired_key_is_free_again(world: &World) {
    for now in [NOW, after(60), after(61)] {
        let key = IdempotencyKey { expires_at: after(60).max(now), ..world.key("k", "body") };
        let answer = send(world, vec![(world.job(|_| {}), None)], key, now).await.expect("submitted");
        assert_eq!(answer, Submitted::New);
    }
    let key = IdempotencyKey { expires_at: after(90), ..world.key("k", "body") };
    let answer =
        send(world, vec![(world.job(|_| {}), None)], key.clone(), after(61)).await.expect("submitted");
    assert_eq!(answer, Submitted::New);
    let answer = send(world, vec![(world.job(|_| {}), None)], key, after(89)).await.expect("replayed");
    assert!(matches!(answer, Submitted::Replayed(jobs) if jobs.len() == 1));
}

pub async fn a_deleted_job_leaves_its_place_empty_in_a_replay(world: &World) {
    let jobs = vec![(world.job(|_| {}), None), (world.job(|_| {}), None)];
    let kept = jobs[1].clone();
    let deleted = jobs[0].0.spec.id;
    send(world, jobs, world.key("k", "body"), NOW).await.expect("submitted");
    world.act(deleted, Action::Delete).await.expect("deleted");
    let answer = send(world, vec![], world.key("k", "body"), NOW).await.expect("replayed");
    assert_eq!(answer, Submitted::Replayed(vec![None, Some(kept)]));
}
