//! Jobs that never start in time.

use taskbox::domain::{After, AfterFailed, AfterWhen, FailureKind, JobId, OrderStatus, QueueName, StateName};
use taskbox::ports::{Action, Expired};

use super::world::{NOW, World, after, at_most, paused, retryable};

async fn expire(world: &World, seconds: u64, limit: usize) -> Expired {
    world.storage.expire(after(seconds), limit).await.expect("expired")
}

fn ids(expired: &Expired) -> Vec<JobId> {
    expired.jobs.iter().map(|settled| settled.job.spec.id).collect()
}

fn queue(name: &str) -> QueueName {
    name.parse().expect("a queue name")
}

pub async fn an_expired_job_is_discarded_whatever_holds_it_back(world: &World) {
    for (name, gate) in [("paused", paused(true)), ("full", at_most(1))] {
        world.storage.configure_queue(queue(name), gate.into(), NOW).await.expect("configured");
    }
    world.submit(|spec| spec.queue = queue("full")).await;
    world.submit(|spec| spec.options.flow.concurrency_key = Some("k".to_owned())).await;
    let parent = world.submit(|spec| spec.priority = -1).await;
    assert_eq!(world.claim(2, NOW).await.jobs.len(), 2);
    let held = [
        world.submit(|spec| (spec.queue, spec.options.expires_at) = (queue("paused"), Some(after(5)))).await,
        world.submit(|spec| (spec.queue, spec.options.expires_at) = (queue("full"), Some(after(5)))).await,
        world.submit(|spec| (spec.run_at, spec.options.expires_at) = (after(60), Some(after(5)))).await,
        world
            .submit(|spec| {
                (spec.task, spec.options.expires_at) = ("u".parse().expect("a name"), Some(after(5)))
            })
            .await,
        world
            .submit(|spec| {
                (spec.options.flow.concurrency_key, spec.options.expires_at) =
                    (Some("k".to_owned()), Some(after(5)))
            })
            .await,
        world
            .submit(|spec| {
                spec.options.expires_at = Some(after(5));
                let (when, on_failed) = (AfterWhen::All, AfterFailed::Discard);
                spec.after = Some(After { jobs: vec![parent], when, on_failed });
            })
            .await,
    ];
    assert_eq!(expire(world, 4, 9).await, Expired { jobs: vec![], next_expiry: Some(after(5)) });
    let expired = expire(world, 5, 9).await;
    assert_eq!((ids(&expired), expired.next_expiry), (held.into(), None));
    for id in held {
        assert_eq!(world.state(id, after(5)).await, StateName::Discarded);
        assert_eq!(world.details(id).await.errors[0].kind, FailureKind::Expired);
    }
}

pub async fn those_that_expired_first_go_first_and_no_more_than_the_limit(world: &World) {
    let mut jobs = Vec::new();
    for seconds in [7, 3, 5] {
        jobs.push(world.submit(|spec| spec.options.expires_at = Some(after(seconds))).await);
    }
    let expired = expire(world, 9, 2).await;
    assert_eq!((ids(&expired), expired.next_expiry), (vec![jobs[1], jobs[2]], Some(after(7))));
    assert_eq!(ids(&expire(world, 9, 2).await), [jobs[0]]);
    assert_eq!(expire(world, 9, 2).await, Expired::default());
}

pub async fn the_order_of_an_expired_job_fails_and_its_children_follow(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.options.expires_at = Some(after(5))).await;
    let wait = |on_failed| After { jobs: vec![id], when: AfterWhen::All, on_failed };
    let discarded = world.submit(|spec| spec.after = Some(wait(AfterFailed::Discard))).await;
    let released = world.submit(|spec| spec.after = Some(wait(AfterFailed::Run))).await;
    let expired = expire(world, 5, 9).await;
    assert_eq!(expired.jobs[0].order.as_ref().map(|order| order.id), Some(order));
    assert!(matches!(world.order(order).await.status, OrderStatus::Failed { .. }));
    let followed: Vec<_> = expired.jobs[0].followed.iter().map(|settled| settled.job.spec.id).collect();
    assert_eq!(followed, [discarded, released]);
    assert_eq!(world.claimed_ids(9, after(5)).await, [released]);
}

pub async fn a_job_that_began_or_was_retried_by_a_person_does_not_expire(world: &World) {
    let began = world.submit(|spec| spec.options.expires_at = Some(after(5))).await;
    world.finish(began, retryable(), NOW).await;
    let retried = world.submit(|spec| spec.options.expires_at = Some(after(5))).await;
    world.act(retried, Action::Retry).await.expect("retried");
    let cancelled = world.submit(|spec| spec.options.expires_at = Some(after(5))).await;
    world.act(cancelled, Action::Cancel).await.expect("cancelled");
    assert_eq!(expire(world, 99, 9).await, Expired::default());
}
