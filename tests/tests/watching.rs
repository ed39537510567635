//! Watchers that reconnect, on a stopped clock, between a write and its event.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use taskbox::domain::{Job, JobId, JobRequest, Json, Limits, OrderId, Timestamp};
use taskbox::events::LocalEvents;
use taskbox::ids::IdGenerator;
use taskbox::intake::Origin;
use taskbox::orders::{OrderNews, Orders};
use taskbox::ports::{Acted, Action, Clock, Event, Events, JobStore};
use taskbox::queue::worker::Running;
use taskbox::queue::{JobNews, Queue};
use taskbox_tests::conformance::world::{World, anyone};
use taskbox_tests::model::ModelStorage;
use taskbox_tests::scripted_runner::OnePlugin;
use taskbox_tests::sim_clock::SimClock;
use tokio::time::timeout;

const BEGIN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// Longer than a watcher waits before it reads storage without any event.
const LOOK: Duration = Duration::from_secs(6);

/// A host without a worker, in which a test decides when the event of a write is published.
struct Scene {
    clock: Arc<SimClock>,
    storage: Arc<ModelStorage>,
    events: Arc<LocalEvents>,
    queue: Arc<Queue>,
    orders: Arc<Orders>,
}

impl Scene {
    fn begin() -> Self {
        let (clock, storage) = (Arc::new(SimClock::at(BEGIN)), Arc::new(ModelStorage::default()));
        let (events, ids) = (Arc::new(LocalEvents::default()), Arc::new(IdGenerator::new()));
        let registry = Arc::new(OnePlugin { limits: Limits::default() });
        let queue = Queue::new(
            storage.clone(),
            registry.clone(),
            events.clone(),
            clock.clone(),
            ids.clone(),
            Arc::new(Running::default()),
        );
        let orders = Orders::new(storage.clone(), registry, events.clone(), clock.clone(), ids);
        Self { clock, storage, events, queue: Arc::new(queue), orders: Arc::new(orders) }
    }

    async fn submit(&self) -> JobId {
        let request = JobRequest::new(OnePlugin::task(), Json::empty_object());
        let submitted = self.queue.submit(Origin::of(anyone()), request).await.expect("a good job");
        submitted.jobs[0].details.job.spec.id
    }

    /// Cancels a job, without its event.
    async fn cancel_silently(&self, id: JobId) -> Acted {
        self.storage.act(id, Action::Cancel, self.clock.now()).await.expect("cancelled")
    }

    fn say(&self, job: &Job) {
        self.events.publish(Event::State(job.spec.id, Box::new(job.state.clone())));
    }

    /// Waits so long that a watcher would have read storage several times, and nothing else happens.
    async fn pass_looks(&self) {
        for _ in 0..3 {
            self.clock.at_rest().await;
            self.clock.advance(LOOK);
        }
        self.clock.at_rest().await;
    }
}

/// What happens without moving the clock happens at once.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(30), future).await.expect("it happens soon")
}

/// The event of a job in a word.
fn word(news: &JobNews) -> String {
    match news {
        JobNews::State(details) => details.job.state_name(BEGIN).as_str().to_owned(),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn who_comes_back_before_the_end_of_a_job_is_said_hears_of_it() {
    let scene = Scene::begin();
    let id = scene.submit().await;
    let mut watch = scene.queue.watch(id, None).await.unwrap().unwrap();
    let told = soon(watch.next()).await.expect("its state at once");
    assert_eq!(word(&told.news), "available");
    drop(watch);

    let cancelled = scene.cancel_silently(id).await;
    let mut again = scene.queue.watch(id, told.id).await.unwrap().unwrap();
    assert!(!again.is_over(), "the end is stored, and this client was not told of it");
    scene.say(&cancelled.job);
    let end = soon(again.next()).await.expect("the end");
    assert_eq!(word(&end.news), "cancelled");
    assert!(soon(again.next()).await.is_none());
    let after = scene.queue.watch(id, end.id).await.unwrap().unwrap();
    assert!(after.is_over(), "this client has all of it");
}

#[tokio::test]
async fn an_end_of_a_job_of_which_no_event_comes_is_told_and_then_known() {
    let scene = Scene::begin();
    let id = scene.submit().await;
    let mut watch = scene.queue.watch(id, None).await.unwrap().unwrap();
    let told = soon(watch.next()).await.expect("its state at once");
    drop(watch);
    scene.cancel_silently(id).await;
    let mut again = scene.queue.watch(id, told.id).await.unwrap().unwrap();
    let (end, ()) = tokio::join!(soon(again.next()), scene.pass_looks());
    let end = end.expect("storage is read in time");
    assert_eq!(word(&end.news), "cancelled");
    assert!(scene.queue.watch(id, end.id).await.unwrap().unwrap().is_over());
}

#[tokio::test]
async fn a_state_of_a_job_that_a_client_knows_is_not_told_again_when_it_comes_back() {
    let scene = Scene::begin();
    let id = scene.submit().await;
    let mut watch = scene.queue.watch(id, None).await.unwrap().unwrap();
    let told = soon(watch.next()).await.expect("its state at once");
    drop(watch);
    let mut again = scene.queue.watch(id, told.id).await.unwrap().unwrap();
    {
        let mut next = pin!(again.next());
        tokio::select! {
            told = next.as_mut() => panic!("told again: {told:?}"),
            () = scene.pass_looks() => {}
        }
    }
    let cancelled = scene.cancel_silently(id).await;
    scene.say(&cancelled.job);
    assert_eq!(word(&soon(again.next()).await.expect("the end").news), "cancelled");
}

/// An order that was placed, and its job.
async fn place(scene: &Scene) -> (JobId, OrderId) {
    World::new(scene.storage.clone()).submit_order("u", |_| {}).await
}

fn status(news: &OrderNews) -> &str {
    match news {
        OrderNews::Order(order) => order.status.name().as_str(),
        OrderNews::Gap(_) => "gap",
    }
}

#[tokio::test]
async fn who_comes_back_before_the_end_of_an_order_is_said_hears_of_it() {
    let scene = Scene::begin();
    let (job, id) = place(&scene).await;
    let mut watch = scene.orders.watch(id, None).await.unwrap().unwrap();
    let told = soon(watch.next()).await.expect("where it stands");
    assert_eq!(status(&told.news), "loading");
    drop(watch);

    let cancelled = scene.cancel_silently(job).await;
    let mut again = scene.orders.watch(id, told.id).await.unwrap().unwrap();
    assert!(!again.is_over(), "the end is stored, and this client was not told of it");
    scene.events.publish(Event::Order(Box::new(cancelled.order.expect("it has one"))));
    let end = soon(again.next()).await.expect("the end");
    assert_eq!(status(&end.news), "cancelled");
    assert!(soon(again.next()).await.is_none());
    assert!(scene.orders.watch(id, end.id).await.unwrap().unwrap().is_over(), "this client has all of it");
}

#[tokio::test]
async fn an_end_of_an_order_of_which_no_event_comes_is_told_and_then_known() {
    let scene = Scene::begin();
    let (job, id) = place(&scene).await;
    let mut watch = scene.orders.watch(id, None).await.unwrap().unwrap();
    let told = soon(watch.next()).await.expect("where it stands");
    drop(watch);
    scene.cancel_silently(job).await;
    let mut again = scene.orders.watch(id, told.id).await.unwrap().unwrap();
    let (end, ()) = tokio::join!(soon(again.next()), scene.pass_looks());
    let end = end.expect("storage is read in time");
    assert_eq!(status(&end.news), "cancelled");
    assert!(scene.orders.watch(id, end.id).await.unwrap().unwrap().is_over());
}

#[tokio::test]
async fn an_order_that_a_client_knows_is_not_told_again_when_it_comes_back() {
    let scene = Scene::begin();
    let (job, id) = place(&scene).await;
    let mut watch = scene.orders.watch(id, None).await.unwrap().unwrap();
    let told = soon(watch.next()).await.expect("where it stands");
    drop(watch);
    let mut again = scene.orders.watch(id, told.id).await.unwrap().unwrap();
    {
        let mut next = pin!(again.next());
        tokio::select! {
            told = next.as_mut() => panic!("told again: {told:?}"),
            () = scene.pass_looks() => {}
        }
    }
    let cancelled = scene.cancel_silently(job).await;
    scene.events.publish(Event::Order(Box::new(cancelled.order.expect("it has one"))));
    assert_eq!(status(&soon(again.next()).await.expect("the end").news), "cancelled");
}
