//! What a person does with many jobs.

use taskbox::domain::{JobId, OrderStatus, Outcome, StateName};
use taskbox::ports::{ActedOnMany, Action, JobFilter, PageRequest};

use super::world::{Draft, NOW, World, after, json, permanent};

async fn act(world: &World, ids: &[JobId], filter: JobFilter, action: Action) -> ActedOnMany {
    world.storage.act_on_many(ids.to_vec(), filter, action, NOW).await.expect("acted")
}

fn changed(answer: &ActedOnMany) -> Vec<JobId> {
    answer.acted.iter().map(|acted| acted.job.spec.id).collect()
}

fn tagged(tag: &'static str) -> impl FnOnce(&mut Draft) {
    move |spec| spec.options.tags = vec![tag.to_owned()]
}

fn red() -> JobFilter {
    JobFilter { tag: Some("red".to_owned()), ..JobFilter::default() }
}

pub async fn names_of_jobs_are_listed_as_the_jobs_are(world: &World) {
    let first = world.submit(tagged("red")).await;
    world.submit(tagged("blue")).await;
    let last = world.submit(tagged("red")).await;
    let ids = async |limit, before| {
        let page = PageRequest { limit, before };
        world.storage.job_ids(red(), page, NOW).await.expect("listed")
    };
    assert_eq!(ids(9, None).await, [last, first]);
    assert_eq!(ids(1, None).await, [last]);
    assert_eq!(ids(9, Some(last)).await, [first]);
}

pub async fn only_jobs_that_the_filter_still_shows_are_acted_upon(world: &World) {
    let (red_one, blue) = (world.submit(tagged("red")).await, world.submit(tagged("blue")).await);
    let gone = world.submit(tagged("red")).await;
    world.act(gone, Action::Delete).await.expect("deleted");
    let answer = act(world, &[red_one, blue, gone], red(), Action::Cancel).await;
    assert_eq!((answer.matched, changed(&answer)), (1, vec![red_one]));
    assert_eq!(world.state(red_one, NOW).await, StateName::Cancelled);
    assert_eq!(world.state(blue, NOW).await, StateName::Available);
}

pub async fn one_that_refuses_does_not_keep_the_others_from_it(world: &World) {
    let running = world.submit(|_| {}).await;
    let token = world.start(running, NOW).await;
    let (waiting, order) = world.submit_order("u", |_| {}).await;
    let answer = act(world, &[running, waiting], JobFilter::default(), Action::Delete).await;
    assert_eq!((answer.matched, changed(&answer)), (2, vec![waiting]));
    assert_eq!(world.order(order).await.status, OrderStatus::Cancelled);
    world.settle(running, token, permanent(), NOW).await.expect("it is still there");
}

pub async fn running_jobs_among_many_are_asked_to_stop_once(world: &World) {
    let running = world.submit(|_| {}).await;
    world.start(running, NOW).await;
    let (waiting, order) = world.submit_order("u", |_| {}).await;
    let ids = [running, waiting];
    let answer = act(world, &ids, JobFilter::default(), Action::Cancel).await;
    assert_eq!(changed(&answer), ids);
    assert!(answer.acted[0].job.state.cancel_requested);
    assert_eq!(world.order(order).await.status, OrderStatus::Cancelled);
    let again = act(world, &ids, JobFilter::default(), Action::Cancel).await;
    assert_eq!((again.matched, again.acted), (2, vec![]));
}

pub async fn completed_jobs_are_retried_among_many_only_when_named(world: &World) {
    let completed = world.submit(|_| {}).await;
    world.finish(completed, Outcome::Succeeded(json("1")), NOW).await;
    let (failed, order) = world.submit_order("u", |_| {}).await;
    world.finish(failed, permanent(), NOW).await;
    let ids = [completed, failed];
    let answer = act(world, &ids, JobFilter::default(), Action::Retry).await;
    assert_eq!((answer.matched, changed(&answer)), (2, vec![failed]));
    assert!(world.order(order).await.is_loading());
    let named = JobFilter { state: Some(StateName::Completed), ..JobFilter::default() };
    assert_eq!(changed(&act(world, &ids, named, Action::Retry).await), [completed]);
}

pub async fn a_retry_among_many_counts_only_what_it_changes(world: &World) {
    let available = world.submit(|_| {}).await;
    let perishable = world.submit(|spec| spec.options.expires_at = Some(after(9))).await;
    let named = JobFilter { state: Some(StateName::Available), ..JobFilter::default() };
    let ids = [available, perishable];
    let answer = act(world, &ids, named.clone(), Action::Retry).await;
    assert_eq!((answer.matched, changed(&answer)), (2, vec![perishable]));
    let again = act(world, &ids, named, Action::Retry).await;
    assert_eq!((again.matched, again.acted), (2, vec![]));
    assert_eq!(world.claimed_ids(9, after(99)).await, ids);
}
