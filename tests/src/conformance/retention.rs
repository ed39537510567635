//! Forgetting final jobs.

use std::time::Duration;

use taskbox::domain::{
    JobId, OrderStatus, OrderStatusName, Outcome, Retention, RetentionRule, StateName, Unique,
};
use taskbox::ports::{Action, FinalCount, JobFilter, OrderFilter, PageRequest};

use super::world::{NOW, World, after, json, permanent, receipt};

const MINUTE: RetentionRule = RetentionRule { age: Some(Duration::from_secs(60)), count: 100 };
const FOREVER: RetentionRule = RetentionRule { age: None, count: u64::MAX };

fn only_completed(keep: RetentionRule) -> Retention {
    Retention { completed: keep, discarded: FOREVER, cancelled: FOREVER }
}

async fn completed(world: &World, at: u64) -> JobId {
    let id = world.submit(|_| {}).await;
    world.finish(id, Outcome::Succeeded(json("1")), after(at)).await;
    id
}

async fn prune(world: &World, retention: Retention, at: u64, limit: usize) -> usize {
    world.storage.prune(retention.cutoffs(after(at)), after(at), limit).await.expect("pruned")
}

async fn left(world: &World) -> Vec<JobId> {
    world.listed(JobFilter::default(), NOW).await
}

pub async fn a_final_job_goes_when_its_age_is_reached_and_not_before(world: &World) {
    let (first, second) = (completed(world, 0).await, completed(world, 1).await);
    assert_eq!(prune(world, only_completed(MINUTE), 59, 9).await, 0);
    assert_eq!(prune(world, only_completed(MINUTE), 60, 9).await, 1);
    assert_eq!(world.storage.job(first).await.expect("read"), None);
    assert_eq!(left(world).await, [second]);
}

pub async fn those_that_became_final_first_go_when_there_are_too_many(world: &World) {
    let later = world.submit(|spec| spec.priority = -1).await;
    let (first, second) = (completed(world, 0).await, completed(world, 1).await);
    world.finish(later, Outcome::Succeeded(json("1")), after(2)).await;
    let two = only_completed(RetentionRule { age: None, count: 2 });
    assert_eq!(prune(world, two, 3, 9).await, 1);
    assert_eq!(world.storage.job(first).await.expect("read"), None);
    assert_eq!(left(world).await, [second, later]);
}

pub async fn a_step_forgets_no_more_than_its_limit(world: &World) {
    for at in 0..5 {
        completed(world, at).await;
    }
    let none = only_completed(RetentionRule { age: None, count: 0 });
    let steps =
        [prune(world, none, 9, 2).await, prune(world, none, 9, 2).await, prune(world, none, 9, 2).await];
    assert_eq!((steps, left(world).await), ([2, 2, 1], vec![]));
}

pub async fn each_state_is_kept_by_its_own_rule(world: &World) {
    let done = completed(world, 0).await;
    let failed = world.submit(|_| {}).await;
    world.finish(failed, permanent(), NOW).await;
    let stopped = world.submit(|_| {}).await;
    world.act(stopped, Action::Cancel).await.expect("cancelled");
    let waiting = world.submit(|spec| spec.run_at = after(1_000_000)).await;
    let running = world.submit(|_| {}).await;
    let token = world.start(running, NOW).await;
    let retention =
        Retention { completed: FOREVER, discarded: MINUTE, cancelled: RetentionRule { count: 0, ..FOREVER } };
    let counts = world.storage.count_final(retention.cutoffs(after(59))).await.expect("counted");
    let count = |jobs, to_go| FinalCount { jobs, to_go };
    let expected = [
        (StateName::Completed, count(1, 0)),
        (StateName::Discarded, count(1, 0)),
        (StateName::Cancelled, count(1, 1)),
    ];
    assert_eq!(counts, expected.into());
    assert_eq!(prune(world, retention, 100_000, 9).await, 2);
    assert_eq!(left(world).await, [running, waiting, done]);
    world.settle(running, token, permanent(), NOW).await.expect("it is still there");
}

pub async fn a_job_goes_with_all_that_was_its_and_its_final_order_stays(world: &World) {
    let (id, order) = world
        .submit_order("u", |spec| {
            spec.options.tags = vec!["red".to_owned()];
            let unique = Unique { states: StateName::ALL.to_vec(), ..Unique::new("k") };
            spec.options.unique = Some(unique);
        })
        .await;
    let token = world.start(id, NOW).await;
    let save = world.storage.save_checkpoint(id, token, "paid".to_owned(), json("1"));
    save.await.expect("saved");
    world.settle(id, token, Outcome::Succeeded(receipt()), NOW).await.expect("settled");
    assert_eq!(prune(world, only_completed(MINUTE), 60, 9).await, 1);
    assert_eq!(world.storage.job(id).await.expect("read"), None);
    assert!(world.storage.checkpoints(id).await.expect("read").is_empty());
    assert!(world.storage.logs(id).await.expect("read").is_empty());
    let tagged = JobFilter { tag: Some("red".to_owned()), ..JobFilter::default() };
    assert_eq!(world.listed(tagged, NOW).await, []);
    let kept = world.order(order).await;
    assert!(matches!(kept.status, OrderStatus::Completed(_)), "{kept:?}");
    let page = PageRequest { limit: 9, before: None };
    let filter = OrderFilter { user_id: Some("u".to_owned()), status: Some(OrderStatusName::Completed) };
    assert_eq!(world.storage.orders(filter, page).await.expect("listed"), [kept]);
}

pub async fn a_job_that_was_retried_is_not_forgotten(world: &World) {
    let id = completed(world, 0).await;
    world.act(id, Action::Retry).await.expect("retried");
    assert_eq!(prune(world, only_completed(MINUTE), 600, 9).await, 0);
    assert_eq!(left(world).await, [id]);
}
