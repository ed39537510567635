//! Claiming.

use std::collections::HashSet;
use std::sync::Arc;

use taskbox::domain::{FailureKind, OrderStatus, StateName};

use taskbox::ports::ClaimRequest;

use super::world::{Draft, NOW, World, after, retryable, routes};

pub async fn a_due_job_is_claimed_once(world: &World) {
    let id = world.submit(|_| {}).await;
    let claimed = world.claim(10, NOW).await;
    assert_eq!(claimed.jobs, [world.full_job(id).await]);
    assert_eq!((claimed.jobs[0].job.state.attempt, claimed.jobs[0].job.state.attempted_at), (1, Some(NOW)));
    assert_eq!(world.claim(10, NOW).await, Default::default());
}

pub async fn jobs_are_claimed_by_priority_then_due_time_then_age(world: &World) {
    let job =
        |priority, due| move |draft: &mut Draft| (draft.priority, draft.run_at) = (priority, after(due));
    let last = world.submit(job(-5, 0)).await;
    let third = world.submit(job(0, 7)).await;
    let second = world.submit(job(0, 3)).await;
    let fourth = world.submit(job(0, 7)).await;
    let first = world.submit(job(100, 9)).await;
    assert_eq!(world.claimed_ids(10, after(10)).await, [first, second, third, fourth, last]);
}

pub async fn a_job_due_later_does_not_hold_up_one_due_now(world: &World) {
    for _ in 0..100 {
        world.submit(|spec| (spec.priority, spec.run_at) = (9, after(1))).await;
    }
    let due = world.submit(|_| {}).await;
    assert_eq!(world.claimed_ids(1, NOW).await, [due]);
}

pub async fn a_claim_takes_no_more_than_its_limit_and_says_that_more_are_due(world: &World) {
    let first = world.submit(|_| {}).await;
    let second = world.submit(|_| {}).await;
    let claimed = world.claim(1, after(5)).await;
    assert_eq!((claimed.jobs[0].job.spec.id, claimed.next_due), (first, Some(after(5))));
    let nothing = world.claim(0, NOW).await;
    assert_eq!((nothing.jobs.len(), nothing.next_due), (0, Some(NOW)));
    assert_eq!(world.claimed_ids(1, NOW).await, [second]);
}

pub async fn a_claim_says_when_the_next_job_falls_due(world: &World) {
    assert_eq!(world.claim(10, NOW).await.next_due, None);
    world.submit(|spec| spec.run_at = after(9)).await;
    world.submit(|spec| (spec.run_at, spec.priority) = (after(7), -1)).await;
    world.submit(|_| {}).await;
    let claimed = world.claim(10, NOW).await;
    assert_eq!((claimed.jobs.len(), claimed.next_due), (1, Some(after(7))));
}

pub async fn a_clock_that_steps_back_makes_a_job_wait_again(world: &World) {
    let id = world.submit(|spec| spec.run_at = after(10)).await;
    world.queues(after(20)).await;
    assert_eq!(world.claim(1, after(9)).await.next_due, Some(after(10)));
    assert_eq!(world.claimed_ids(1, after(10)).await, [id]);
}

pub async fn a_job_past_its_expiry_is_discarded_by_the_claim(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.options.expires_at = Some(after(5))).await;
    let claimed = world.claim(1, after(5)).await;
    let expired: Vec<_> = claimed.expired.iter().map(|settled| settled.job.spec.id).collect();
    assert_eq!((claimed.jobs, expired), (vec![], vec![id]));
    assert_eq!(claimed.expired[0].order.as_ref().map(|order| order.id), Some(order));
    assert_eq!(world.details(id).await.errors[0].kind, FailureKind::Expired);
    assert!(matches!(world.order(order).await.status, OrderStatus::Failed { .. }));
    assert_eq!(world.state(id, NOW).await, StateName::Discarded);
}

pub async fn a_claim_names_the_code_that_runs_the_task_now(world: &World) {
    world.submit(|_| {}).await;
    world.submit(|spec| spec.task = "mail".parse().expect("a task name")).await;
    let claimed = world.claim(2, NOW).await.jobs;
    let codes: Vec<_> = claimed.iter().map(|full| full.job.state.code.clone()).collect();
    let routes = routes();
    assert_eq!(codes, [0, 1].map(|place| routes.get(&claimed[place].job.spec.task).cloned()));
}

pub async fn a_job_whose_task_the_claimant_does_not_run_waits(world: &World) {
    let id = world.submit(|spec| spec.task = "unknown".parse().expect("a task name")).await;
    world.submit(|spec| (spec.task, spec.run_at) = ("other".parse().expect("a name"), after(9))).await;
    assert_eq!(world.claim(9, NOW).await, Default::default());
    assert_eq!(world.details(id).await.job.state.attempt, 0);
    let mut routes = routes();
    routes.extend([("unknown".parse().expect("a task name"), routes[&world.draft().task].clone())]);
    let request = ClaimRequest { routes: Arc::new(routes), ..world.claim_request(9, after(5)) };
    let claimed = world.storage.claim(request).await.expect("claimed");
    assert_eq!(claimed.jobs.iter().map(|full| full.job.spec.id).collect::<Vec<_>>(), [id]);
    assert_eq!(claimed.next_due, None);
    assert_eq!(world.claim(9, NOW).await, Default::default());
}

pub async fn a_retried_job_keeps_its_priority(world: &World) {
    let high = world.submit(|spec| spec.priority = 5).await;
    world.finish(high, retryable(), NOW).await;
    let low = world.submit(|_| {}).await;
    assert_eq!(world.claimed_ids(2, after(10)).await, [high, low]);
}

pub async fn claims_at_the_same_time_never_share_a_job(world: &World) {
    world.submit_all((0..200).map(|_| world.job(|_| {})).collect()).await;
    let claims = (0..50).map(|_| {
        let (storage, request) = (Arc::clone(&world.storage), world.claim_request(5, NOW));
        tokio::spawn(async move { storage.claim(request).await.expect("claimed") })
    });
    let mut seen = HashSet::new();
    for claim in claims.collect::<Vec<_>>() {
        for full in claim.await.expect("no panic").jobs {
            let id = full.job.spec.id;
            assert!(seen.insert(id), "{id} was claimed twice");
        }
    }
    assert_eq!(seen.len(), 200);
}
