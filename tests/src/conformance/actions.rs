//! What a person does with a job.

use taskbox::domain::transition::Refusal;
use taskbox::domain::{OrderStatus, Outcome, StateName};
use taskbox::ports::{Action, JobFilter, OrderFilter, Page, StorageError};

use super::world::{NOW, World, after, json, permanent, receipt};

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

pub async fn a_running_job_is_neither_retried_nor_deleted(world: &World) {
    let id = world.submit(|_| {}).await;
    world.start(id, NOW).await;
    for action in [Action::Retry, Action::Delete] {
        let answer = world.act(id, action).await;
        assert!(matches!(answer, Err(StorageError::Refused(Refusal::WrongState { .. }))), "{answer:?}");
    }
    assert_eq!(world.state(id, NOW).await, StateName::Running);
}

pub async fn a_deleted_job_is_gone_with_all_that_was_its(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.tags = vec!["red".to_owned()]).await;
    let token = world.start(id, NOW).await;
    let save = world.storage.save_checkpoint(id, token, "paid".to_owned(), json("1"));
    save.await.expect("saved");
    world.settle(id, token, permanent(), NOW).await.expect("settled");
    let acted = world.act(id, Action::Delete).await.expect("deleted");
    assert_eq!((acted.job.spec.id, acted.order.map(|order| order.id)), (id, Some(order)));
    assert_eq!(world.storage.job(id).await.expect("read"), None);
    assert_eq!(world.storage.order(order).await.expect("read"), None);
    assert!(world.storage.checkpoints(id).await.expect("read").is_empty());
    assert_eq!(world.storage.queues(NOW).await.expect("counted"), []);
    let tagged = JobFilter { tag: Some("red".to_owned()), ..JobFilter::default() };
    assert_eq!(world.listed(tagged, NOW).await, []);
    let users = OrderFilter { user_id: Some("u".to_owned()), status: None };
    let page = Page { limit: 9, before: None };
    assert_eq!(world.storage.orders(users, page).await.expect("listed"), []);
}

pub async fn an_unknown_job_is_not_acted_upon(world: &World) {
    for action in [Action::Cancel, Action::Retry, Action::Delete] {
        let answer = world.act(world.spec().id, action).await;
        assert!(matches!(answer, Err(StorageError::NotFound { what: "job", .. })), "{answer:?}");
    }
}
