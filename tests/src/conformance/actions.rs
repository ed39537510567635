//! What a person does with a job.

use taskbox::domain::transition::Refusal;
use taskbox::domain::{Order, OrderStatus, OrderStatusName, Outcome, QueueChange, QueueName, StateName};
use taskbox::ports::{Action, JobFilter, OrderFilter, PageRequest, StorageError};

use super::world::{NOW, World, after, json, paused, permanent, receipt, retryable};

pub async fn a_waiting_job_is_cancelled_at_once(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    let acted = world.act(id, Action::Cancel).await.expect("cancelled");
    assert_eq!(acted.order.map(|order| order.status), Some(OrderStatus::Cancelled));
    assert_eq!(world.order(order).await.status, OrderStatus::Cancelled);
    assert_eq!(world.claim(1, after(99)).await, Default::default());
}

pub async fn a_running_job_is_asked_to_stop(world: &World) {
    let id = world.submit(|_| {}).await;
    world.start(id, NOW).await;
    let acted = world.act(id, Action::Cancel).await.expect("asked");
    assert!(acted.job.state.cancel_requested);
    assert_eq!(world.details(id).await.job, acted.job);
    assert_eq!(world.state(id, NOW).await, StateName::Running);
}

pub async fn a_final_job_stays_as_it_is_when_cancelled(world: &World) {
    let id = world.submit(|_| {}).await;
    let settled = world.finish(id, Outcome::Succeeded(json("1")), NOW).await;
    assert_eq!(world.act(id, Action::Cancel).await.expect("answered"), settled);
}

pub async fn a_retried_job_begins_anew_and_its_order_loads_again(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    world.finish(id, permanent(), NOW).await;
    let acted = world.act(id, Action::Retry).await.expect("retried");
    assert_eq!((acted.job.state.attempt, acted.job.state_name(NOW)), (0, StateName::Available));
    assert!(world.order(order).await.is_loading());
    world.finish(id, permanent(), NOW).await;
    assert_eq!(world.details(id).await.errors.len(), 2);
}

pub async fn a_completed_job_that_is_retried_has_no_output(world: &World) {
    let id = world.submit(|_| {}).await;
    world.finish(id, Outcome::Succeeded(receipt()), NOW).await;
    world.act(id, Action::Retry).await.expect("retried");
    assert_eq!(world.details(id).await.output, None);
    world.finish(id, Outcome::Succeeded(json("2")), NOW).await;
    assert_eq!(world.details(id).await.output, Some(json("2")));
}

pub async fn a_due_job_that_is_hurried_up_keeps_its_place_in_the_line(world: &World) {
    let queue = QueueName::default();
    let change = QueueChange { gate: paused(true), ..QueueChange::default() };
    world.storage.configure_queue(queue.clone(), change, NOW).await.expect("paused");
    let first = world.submit(|_| {}).await;
    let second = world.submit(|spec| spec.run_at = after(1)).await;
    let retried = world.storage.act(first, Action::Retry, after(9)).await.expect("retried");
    assert_eq!(retried.job.state.due_at(), Some(NOW));
    let stats = world.storage.queue(queue.clone(), after(9)).await.expect("read").expect("it has jobs");
    assert_eq!(stats.oldest_due, Some(NOW));
    let change = QueueChange { gate: paused(false), ..QueueChange::default() };
    world.storage.configure_queue(queue, change, after(9)).await.expect("resumed");
    assert_eq!(world.claimed_ids(1, after(9)).await, [first]);
    assert_eq!(world.claimed_ids(1, after(9)).await, [second]);
}

pub async fn a_job_due_later_is_due_at_once_when_it_is_retried(world: &World) {
    let failed = world.submit(|_| {}).await;
    world.finish(failed, retryable(), NOW).await;
    let scheduled = world.submit(|spec| spec.run_at = after(99)).await;
    for id in [failed, scheduled] {
        world.act(id, Action::Retry).await.expect("retried");
    }
    assert_eq!(world.claimed_ids(9, NOW).await, [failed, scheduled]);
}

pub async fn a_retry_of_a_person_lifts_the_expiry(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.options.expires_at = Some(after(5))).await;
    let expired = world.claim(1, after(5)).await.expired;
    assert_eq!(expired.iter().map(|settled| settled.job.spec.id).collect::<Vec<_>>(), [id]);
    let retried = world.storage.act(id, Action::Retry, after(6)).await.expect("retried");
    assert_eq!((retried.job.state.expires_at, retried.job.spec.options.expires_at), (None, Some(after(5))));
    assert!(world.order(order).await.is_loading());
    let claimed = world.claim(1, after(99)).await;
    assert_eq!((claimed.jobs.len(), claimed.expired), (1, vec![]));
}

pub async fn a_running_job_is_neither_retried_nor_deleted(world: &World) {
    let id = world.submit(|_| {}).await;
    world.start(id, NOW).await;
    for action in [Action::Retry, Action::Delete] {
        let answer = world.act(id, action).await;
        assert!(matches!(answer, Err(StorageError::Refused(Refusal::WrongState { .. }))), "{answer:?}");
    }
    assert_eq!(world.state(id, NOW).await, StateName::Running);
}

pub async fn a_deleted_job_is_gone_and_its_final_order_stays(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.options.tags = vec!["red".to_owned()]).await;
    let token = world.start(id, NOW).await;
    let save = world.storage.save_checkpoint(id, token, "paid".to_owned(), json("1"));
    save.await.expect("saved");
    world.settle(id, token, Outcome::Succeeded(receipt()), NOW).await.expect("settled");
    let kept = world.order(order).await;
    let acted = world.act(id, Action::Delete).await.expect("deleted");
    assert_eq!((acted.job.spec.id, acted.order.as_ref()), (id, Some(&kept)));
    assert_eq!(world.storage.job(id).await.expect("read"), None);
    assert!(world.storage.checkpoints(id).await.expect("read").is_empty());
    assert_eq!(world.queues(NOW).await, []);
    let tagged = JobFilter { tag: Some("red".to_owned()), ..JobFilter::default() };
    assert_eq!(world.listed(tagged, NOW).await, []);
    assert_eq!(world.order(order).await, kept);
    assert_eq!(orders_of(world, OrderStatusName::Completed).await, [kept]);
}

pub async fn a_job_that_is_deleted_before_its_end_cancels_its_order(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    let acted = world.storage.act(id, Action::Delete, after(9)).await.expect("deleted");
    let kept = world.order(order).await;
    assert_eq!((&kept.status, kept.updated_at), (&OrderStatus::Cancelled, after(9)));
    assert_eq!(acted.order.as_ref(), Some(&kept));
    assert_eq!(world.storage.job(id).await.expect("read"), None);
    assert_eq!(orders_of(world, OrderStatusName::Cancelled).await, [kept]);
    assert_eq!(orders_of(world, OrderStatusName::Loading).await, []);
}

async fn orders_of(world: &World, status: OrderStatusName) -> Vec<Order> {
    let filter = OrderFilter { user_id: Some("u".to_owned()), status: Some(status) };
    world.storage.orders(filter, PageRequest { limit: 9, before: None }).await.expect("listed")
}

pub async fn an_unknown_job_is_not_acted_upon(world: &World) {
    for action in [Action::Cancel, Action::Retry, Action::Delete] {
        let answer = world.act(world.draft().id, action).await;
        assert!(matches!(answer, Err(StorageError::NotFound { what: "job", .. })), "{answer:?}");
    }
}
