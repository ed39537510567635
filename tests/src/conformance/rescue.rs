//! Taking back jobs whose hosts fell silent.

use std::collections::BTreeSet;

use taskbox::domain::transition::Refusal;
use taskbox::domain::{FailureKind, OrderStatus, Outcome, StateName, Timestamp};
use taskbox::ports::{Action, Rescued, StorageError};

use super::world::{NOW, SEED, World, after, receipt};

async fn rescue(world: &World, now: Timestamp, limit: usize) -> Rescued {
    world.storage.rescue(now, SEED, limit).await.expect("rescued")
}

pub async fn an_expired_lease_is_taken_back_and_the_attempt_counts(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    world.start(id, NOW).await;
    let rescued = rescue(world, after(30), 10).await;
    assert_eq!(rescued.jobs[0].job, world.details(id).await.job);
    assert_eq!(rescued.jobs[0].order, Some(world.order(order).await));
    assert_eq!(world.details(id).await.errors[0].kind, FailureKind::LeaseLost);
    let again = world.claim(1, after(60)).await;
    assert_eq!(again.jobs[0].job.state.attempt, 2);
}

pub async fn a_held_lease_is_left_alone(world: &World) {
    let id = world.submit(|_| {}).await;
    world.start(id, NOW).await;
    assert_eq!(rescue(world, after(29), 10).await, Rescued { jobs: vec![], next_expiry: Some(after(30)) });
    assert_eq!(world.state(id, NOW).await, StateName::Running);
}

pub async fn rescue_takes_no_more_than_its_limit_the_oldest_first(world: &World) {
    let mut ids = Vec::new();
    for second in 0..3 {
        ids.push(world.submit(|_| {}).await);
        world.start(ids[second], after(second as u64)).await;
    }
    let rescued = rescue(world, after(100), 2).await;
    assert_eq!(rescued.jobs.iter().map(|settled| settled.job.spec.id).collect::<Vec<_>>(), ids[..2]);
    assert_eq!(rescued.next_expiry, Some(after(32)));
}

pub async fn a_stale_lease_is_refused_after_rescue(world: &World) {
    let (id, _) = world.submit_order("u", |_| {}).await;
    let token = world.start(id, NOW).await;
    rescue(world, after(30), 10).await;
    let answer = world.settle(id, token, Outcome::Succeeded(receipt()), after(31)).await;
    assert!(matches!(answer, Err(StorageError::Refused(Refusal::StaleLease))), "{answer:?}");
}

pub async fn the_last_attempt_ends_discarded(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.max_attempts = 1).await;
    world.start(id, NOW).await;
    rescue(world, after(30), 10).await;
    assert_eq!(world.state(id, NOW).await, StateName::Discarded);
    assert!(!world.order(order).await.is_loading());
}

pub async fn the_last_attempt_of_a_job_that_was_to_stop_ends_cancelled(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.max_attempts = 1).await;
    world.start(id, NOW).await;
    world.act(id, Action::Cancel).await.expect("asked");
    rescue(world, after(30), 10).await;
    assert_eq!(world.state(id, NOW).await, StateName::Cancelled);
    assert_eq!(world.order(order).await.status, OrderStatus::Cancelled);
    assert_eq!(world.details(id).await.errors[0].kind, FailureKind::LeaseLost);
}

pub async fn jobs_taken_back_together_do_not_return_together(world: &World) {
    for _ in 0..50 {
        world.submit(|_| {}).await;
    }
    assert_eq!(world.claim(50, NOW).await.jobs.len(), 50);
    let rescued = rescue(world, after(30), 50).await.jobs;
    let due: BTreeSet<_> = rescued.iter().map(|settled| settled.job.state.due_at()).collect();
    assert!(due.len() > 25, "{due:?}");
    // The first backoff is between half a second and a second.
    assert!(due.iter().all(|due_at| (after(30)..=after(31)).contains(&due_at.expect("it waits"))), "{due:?}");
}
