//! The worker, on a clock that stands still until it is moved.

use std::sync::Arc;
use std::time::Duration;

use taskbox::domain::{
    ByteSize, Failure, FailureKind, GateChange, Holder, JobDetails, JobId, JobOptions, JobRequest, Json,
    Limits, Outcome, QueueName, Retention, RetentionRule, StateName, TaskChange, Timestamp, WorkerId,
};
use taskbox::events::LocalEvents;
use taskbox::ids::IdGenerator;
use taskbox::intake::Origin;
use taskbox::memory::HostMemory;
use taskbox::ports::{
    Action, ClaimRequest, Clock, Events, Ids, JobFilter, JobStore, ManyStore, Memory, PageRequest,
    QueueStore, Registry,
};
use taskbox::queue::Queue;
use taskbox::queue::worker::{Running, Worker, WorkerConfig, WorkerPorts};
use taskbox_tests::conformance::world::{SEED, anyone, at_most, paused, rated};
use taskbox_tests::model::ModelStorage;
use taskbox_tests::scripted_runner::{OnePlugin, ScriptedRunner, Started};
use taskbox_tests::sim_clock::SimClock;
use tokio::sync::mpsc::UnboundedReceiver;

const BEGIN: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// What the worker's host may use.
const MEMORY: ByteSize = ByteSize::mib(100);

/// A worker over the in-memory model, its clock, and the attempts that it starts.
struct Scene {
    clock: Arc<SimClock>,
    storage: Arc<ModelStorage>,
    queue: Arc<Queue>,
    worker: Worker,
    started: UnboundedReceiver<Started>,
    ids: Arc<IdGenerator>,
    memory: Arc<HostMemory>,
}

impl Scene {
    fn begin(config: WorkerConfig, limits: Limits) -> Self {
        let clock = Arc::new(SimClock::at(BEGIN));
        let storage = Arc::new(ModelStorage::default());
        let (runner, started) = ScriptedRunner::new();
        let memory = Arc::new(HostMemory::new(MEMORY));
        let events: Arc<dyn Events> = Arc::new(LocalEvents::default());
        let ids = Arc::new(IdGenerator::new());
        let ports = WorkerPorts {
            storage: storage.clone(),
            registry: Arc::new(OnePlugin { limits }),
            runner: Arc::new(runner),
            events: events.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            running: Arc::new(Running::default()),
            memory: Arc::clone(&memory) as Arc<dyn Memory>,
            read_step: taskbox::api::read_step,
        };
        let queue = Queue::new(
            storage.clone(),
            ports.registry.clone(),
            events,
            clock.clone(),
            ids.clone(),
            ports.running.clone(),
        );
        let worker = Worker::start(ports, WorkerId::new("test"), config);
        Self { clock, storage, queue: Arc::new(queue), worker, started, ids, memory }
    }

    fn default() -> Self {
        Self::begin(WorkerConfig::default(), Limits::default())
    }

    async fn submit(&self, request: JobRequest) -> JobId {
        let submitted = self.queue.submit(Origin::of(anyone()), request).await.expect("a good job");
        submitted.jobs[0].details.job.spec.id
    }

    async fn next_attempt(&mut self) -> Started {
        soon(self.started.recv()).await.expect("the worker runs")
    }

    async fn job(&self, id: JobId) -> JobDetails {
        self.queue.job(id).await.expect("the model reads").expect("the job exists")
    }

    async fn until(&self, id: JobId, state: StateName) -> JobDetails {
        soon(async {
            loop {
                let details = self.job(id).await;
                if details.job.state_name(self.clock.now()) == state {
                    return details;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

/// What happens without moving the clock happens at once; a test that waits longer has failed.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), future).await.expect("it happens soon")
}

fn work() -> JobRequest {
    JobRequest::new(OnePlugin::task(), Json::empty_object())
}

fn failed() -> Outcome {
    Outcome::Failed(Failure::retryable(FailureKind::Failed, "not today"))
}

#[tokio::test]
async fn a_due_job_runs_at_once_and_is_settled() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    scene.next_attempt().await.succeed();
    let details = scene.until(id, StateName::Completed).await;
    assert_eq!((details.job.state.attempt, details.output), (1, Some(Json::empty_object())));
}

#[tokio::test]
async fn claims_overlap_while_the_disk_syncs_as_long_as_each_finds_all_it_asked_for() {
    const CLAIM: usize = 64;
    let scene = Scene::default();
    let running = async || {
        let filter = JobFilter { state: Some(StateName::Running), ..JobFilter::default() };
        let page = PageRequest { before: None, limit: 1_000 };
        scene.storage.job_ids(filter, page, BEGIN).await.expect("the model reads").len()
    };
    let reach = async |count| {
        let reached = async {
            while running().await < count {
                tokio::task::yield_now().await;
            }
        };
        soon(reached).await;
        assert_eq!(running().await, count);
    };
    // Before its first claim, it is unknown what it finds.
    scene.clock.at_rest().await;
    scene.storage.hold_claims();
    scene.submit(work()).await;
    reach(1).await;
    for _ in 0..5 * CLAIM {
        scene.submit(work()).await;
    }
    // The first claim found less than it asked for: one follows. That one finds enough: then there are two.
    scene.storage.answer_claim();
    reach(1 + CLAIM).await;
    scene.storage.answer_claim();
    reach(1 + 3 * CLAIM).await;
    (0..10).for_each(|_| scene.storage.answer_claim());
    reach(1 + 5 * CLAIM).await;
}

#[tokio::test]
async fn a_failed_job_comes_back_after_its_backoff_and_not_before() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    scene.next_attempt().await.end(failed());
    scene.until(id, StateName::Retryable).await;
    scene.clock.advance(Duration::from_millis(400));
    scene.clock.at_rest().await;
    assert!(scene.started.try_recv().is_err(), "the first backoff is at least half a second");
    scene.clock.advance(Duration::from_millis(700));
    let second = scene.next_attempt().await;
    assert_eq!(second.assignment.attempt, 2);
    second.succeed();
    assert_eq!(scene.until(id, StateName::Completed).await.errors.len(), 1);
}

#[tokio::test]
async fn a_long_delay_does_not_hold_up_a_short_one() {
    let mut scene = Scene::default();
    scene.submit(JobRequest { delay: Some(Duration::from_secs(3600)), ..work() }).await;
    let short = scene.submit(JobRequest { delay: Some(Duration::from_secs(2)), ..work() }).await;
    scene.clock.at_rest().await;
    scene.clock.advance(Duration::from_secs(2));
    assert_eq!(scene.next_attempt().await.assignment.job_id, short);
}

#[tokio::test]
async fn a_job_longer_than_its_lease_keeps_it_by_heartbeats() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    let attempt = scene.next_attempt().await;
    for _ in 0..20 {
        scene.clock.advance(Duration::from_secs(10));
        scene.clock.at_rest().await;
    }
    assert!(scene.started.try_recv().is_err(), "it is never run twice");
    attempt.succeed();
    assert_eq!(scene.until(id, StateName::Completed).await.job.state.attempt, 1);
}

#[tokio::test]
async fn a_job_of_a_host_that_fell_silent_is_taken_back_and_runs_here() {
    let mut scene =
        Scene::begin(WorkerConfig { concurrency: 1, ..WorkerConfig::default() }, Limits::default());
    let busy = scene.submit(work()).await;
    let busy_attempt = scene.next_attempt().await;
    let id = scene.submit(work()).await;
    claim_for_a_host_that_dies(&scene).await;
    busy_attempt.succeed();
    scene.until(busy, StateName::Completed).await;
    scene.clock.advance(Duration::from_secs(31));
    scene.clock.at_rest().await;
    scene.clock.advance(Duration::from_secs(2));
    let again = scene.next_attempt().await;
    assert_eq!((again.assignment.job_id, again.assignment.attempt), (id, 2));
    let details = scene.job(id).await;
    assert_eq!(details.errors[0].kind, FailureKind::LeaseLost);
}

async fn claim_for_a_host_that_dies(scene: &Scene) {
    let now = scene.clock.now();
    let request = ClaimRequest {
        limit: 1,
        queues: Arc::default(),
        worker: WorkerId::new("doomed"),
        holder: Holder::Host,
        token: scene.ids.lease_token(now),
        lease_until: now.plus(Duration::from_secs(30)),
        routes: OnePlugin { limits: Limits::default() }.routes(),
        capacity: Default::default(),
        now,
    };
    assert_eq!(scene.storage.claim(request).await.unwrap().jobs.len(), 1);
}

#[tokio::test]
async fn an_attempt_whose_lease_was_lost_is_stopped_and_writes_nothing() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    let attempt = scene.next_attempt().await;
    let much_later = scene.clock.now().plus(Duration::from_secs(3600));
    assert_eq!(scene.storage.rescue(much_later, SEED, 10).await.unwrap().jobs.len(), 1);
    scene.clock.advance(Duration::from_secs(10));
    soon(attempt.finish_is_gone()).await;
    let details = scene.job(id).await;
    assert_eq!((details.job.state_name(scene.clock.now()), details.output), (StateName::Retryable, None));
}

#[tokio::test]
async fn a_result_that_comes_after_the_lease_was_lost_is_refused_and_remembered() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    let attempt = scene.next_attempt().await;
    let much_later = scene.clock.now().plus(Duration::from_secs(3600));
    assert_eq!(scene.storage.rescue(much_later, SEED, 10).await.unwrap().jobs.len(), 1);
    attempt.succeed();
    scene.clock.at_rest().await;
    let details = scene.job(id).await;
    assert_eq!((details.job.state_name(scene.clock.now()), details.output), (StateName::Retryable, None));
    assert_eq!(details.errors.len(), 2);
    assert!(details.errors[1].message.ends_with("refused: succeeded"), "{:?}", details.errors);
}

trait Gone {
    async fn finish_is_gone(self);
}

impl Gone for Started {
    async fn finish_is_gone(mut self) {
        self.finish.closed().await;
    }
}

#[tokio::test]
async fn a_cancelled_attempt_can_see_it_and_is_stopped_after_a_grace() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    let attempt = scene.next_attempt().await;
    assert!(!attempt.host.is_cancelled());
    scene.queue.act(&anyone(), id, Action::Cancel).await.unwrap();
    assert!(attempt.host.is_cancelled());
    scene.clock.at_rest().await;
    assert_eq!(scene.job(id).await.job.state_name(scene.clock.now()), StateName::Running);
    scene.clock.advance(Duration::from_secs(40));
    scene.until(id, StateName::Cancelled).await;
}

#[tokio::test]
async fn the_grace_after_a_cancel_is_the_one_set_for_the_task() {
    let mut scene = Scene::default();
    let change = TaskChange { cancel_grace: Some(Some(Duration::from_secs(3))), ..TaskChange::default() };
    scene.queue.configure_task(work().task, change).await.unwrap();
    let id = scene.submit(work()).await;
    let _attempt = scene.next_attempt().await;
    scene.queue.act(&anyone(), id, Action::Cancel).await.unwrap();
    scene.clock.at_rest().await;
    scene.clock.advance(Duration::from_secs(2));
    scene.clock.at_rest().await;
    assert_eq!(scene.job(id).await.job.state_name(scene.clock.now()), StateName::Running);
    scene.clock.advance(Duration::from_secs(1));
    scene.until(id, StateName::Cancelled).await;
}

#[tokio::test]
async fn a_shutdown_waits_for_attempts_and_then_gives_them_back_without_cost() {
    let mut scene = Scene::default();
    let (quick, slow) = (scene.submit(work()).await, scene.submit(work()).await);
    let (first, _second) = (scene.next_attempt().await, scene.next_attempt().await);
    let Scene { worker, clock, storage, .. } = scene;
    let draining = tokio::spawn(worker.drain());
    first.succeed();
    clock.at_rest().await;
    assert!(!draining.is_finished(), "it waits for the other");
    clock.advance(Duration::from_secs(25));
    soon(draining).await.unwrap();
    let state = async |id| {
        let details = storage.job(id).await.unwrap().unwrap();
        (details.job.state_name(clock.now()), details.job.state.attempt, details.errors.len())
    };
    assert_eq!(state(quick).await, (StateName::Completed, 1, 0));
    assert_eq!(state(slow).await, (StateName::Available, 0, 0));
}

#[tokio::test]
async fn no_more_attempts_run_than_there_are_places() {
    let mut scene =
        Scene::begin(WorkerConfig { concurrency: 2, ..WorkerConfig::default() }, Limits::default());
    for _ in 0..3 {
        scene.submit(work()).await;
    }
    let (first, _second) = (scene.next_attempt().await, scene.next_attempt().await);
    scene.clock.at_rest().await;
    assert!(scene.started.try_recv().is_err());
    first.succeed();
    scene.next_attempt().await;
}

#[tokio::test]
async fn a_plugin_at_its_limit_runs_the_next_job_as_soon_as_one_ends() {
    let limits = Limits { concurrency: 1, ..Limits::default() };
    let mut scene = Scene::begin(WorkerConfig::default(), limits);
    let first = scene.submit(work()).await;
    let running = scene.next_attempt().await;
    let second = scene.submit(work()).await;
    scene.clock.at_rest().await;
    assert!(scene.started.try_recv().is_err(), "it waits");
    running.succeed();
    scene.until(first, StateName::Completed).await;
    let attempt = scene.next_attempt().await;
    assert_eq!((attempt.assignment.job_id, attempt.assignment.attempt), (second, 1));
}

#[tokio::test]
async fn jobs_of_a_plugin_at_its_limit_leave_places_for_others() {
    let limits = Limits { concurrency: 1, ..Limits::default() };
    let mut scene = Scene::begin(WorkerConfig { concurrency: 100, ..WorkerConfig::default() }, limits);
    let mut jobs = Vec::new();
    for _ in 0..100 {
        jobs.push(scene.submit(work()).await);
    }
    for _ in 0..3 {
        let attempt = scene.next_attempt().await;
        scene.clock.at_rest().await;
        assert!(scene.started.try_recv().is_err(), "one at a time");
        let last = scene.job(jobs[99]).await.job;
        assert_eq!((last.state_name(scene.clock.now()), last.state.attempt), (StateName::Available, 0));
        attempt.succeed();
    }
}

#[tokio::test]
async fn a_full_queue_goes_on_as_soon_as_one_of_its_jobs_ends() {
    let mut scene = Scene::default();
    scene.queue.configure(QueueName::default(), at_most(1).into()).await.unwrap();
    for _ in 0..3 {
        scene.submit(work()).await;
    }
    for _ in 0..3 {
        let attempt = scene.next_attempt().await;
        scene.clock.at_rest().await;
        assert!(scene.started.try_recv().is_err(), "one at a time");
        attempt.succeed();
    }
}

#[tokio::test]
async fn a_queue_at_its_rate_goes_on_when_the_time_has_come_and_not_before() {
    let mut scene = Scene::default();
    let rate = rated("1/1s");
    scene.queue.configure(QueueName::default(), rate.into()).await.unwrap();
    for _ in 0..2 {
        scene.submit(work()).await;
    }
    scene.next_attempt().await.succeed();
    scene.clock.at_rest().await;
    scene.clock.advance(Duration::from_millis(999));
    scene.clock.at_rest().await;
    assert!(scene.started.try_recv().is_err());
    scene.clock.advance(Duration::from_millis(1));
    scene.next_attempt().await.succeed();
}

#[tokio::test]
async fn a_resumed_queue_and_a_raised_limit_go_on_at_once() {
    let mut scene = Scene::default();
    scene.queue.configure(QueueName::default(), paused(true).into()).await.unwrap();
    for _ in 0..2 {
        scene.submit(work()).await;
    }
    scene.clock.at_rest().await;
    assert!(scene.started.try_recv().is_err());
    scene
        .queue
        .configure(QueueName::default(), GateChange { paused: Some(false), ..at_most(1) }.into())
        .await
        .unwrap();
    let _first = scene.next_attempt().await;
    scene.clock.at_rest().await;
    scene.queue.configure(QueueName::default(), at_most(2).into()).await.unwrap();
    scene.next_attempt().await;
}

#[tokio::test]
async fn due_jobs_of_a_queue_that_is_held_back_keep_nobody_busy() {
    let mut scene = Scene::default();
    scene.queue.configure(QueueName::default(), at_most(1).into()).await.unwrap();
    let rate = rated("1/1h");
    scene.queue.configure("rated".parse().unwrap(), rate.into()).await.unwrap();
    scene.queue.configure("paused".parse().unwrap(), paused(true).into()).await.unwrap();
    for queue in ["default", "rated", "paused"] {
        for _ in 0..3 {
            scene.submit(JobRequest { queue: queue.parse().ok(), ..work() }).await;
        }
    }
    let _running = (scene.next_attempt().await, scene.next_attempt().await);
    scene.clock.at_rest().await;
    let asked = scene.clock.asked();
    scene.clock.at_rest().await;
    assert_eq!(scene.clock.asked(), asked, "somebody looks again and again");
}

#[tokio::test]
async fn a_checkpoint_is_seen_by_later_attempts() {
    let mut scene = Scene::default();
    scene.submit(work()).await;
    let first = scene.next_attempt().await;
    assert_eq!(first.host.checkpoint("paid").await, Ok(None));
    let value = Json::parse("{\"amount\":\"49.99\"}").unwrap();
    first.host.save_checkpoint("paid", value.clone()).await.unwrap();
    first.end(failed());
    scene.clock.at_rest().await;
    scene.clock.advance(Duration::from_secs(2));
    let second = scene.next_attempt().await;
    assert_eq!(second.host.checkpoint("paid").await, Ok(Some(value)));
}

#[tokio::test]
async fn a_final_job_is_forgotten_when_it_is_kept_no_longer() {
    let hour = RetentionRule { age: Some(Duration::from_secs(3600)), count: 100 };
    let retention = Retention { completed: hour, ..Retention::default() };
    let mut scene = Scene::begin(WorkerConfig { retention, ..WorkerConfig::default() }, Limits::default());
    let (first, second) = (scene.submit(work()).await, scene.submit(work()).await);
    scene.next_attempt().await.succeed();
    let running = scene.next_attempt().await;
    scene.until(first, StateName::Completed).await;
    scene.clock.advance(Duration::from_secs(3599));
    scene.clock.at_rest().await;
    assert!(scene.storage.job(first).await.unwrap().is_some());
    scene.clock.advance(Duration::from_secs(60));
    soon(async {
        while scene.storage.job(first).await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(scene.storage.job(second).await.unwrap().is_some());
    running.succeed();
}

#[tokio::test]
async fn jobs_wait_in_storage_while_the_host_has_no_memory_and_one_alone_runs_all_the_same() {
    let mut scene = Scene::default();
    scene.memory.observe(2 * MEMORY.0, 0);
    let (first, second) = (scene.submit(work()).await, scene.submit(work()).await);
    let only = scene.next_attempt().await;
    scene.clock.advance(Duration::from_secs(5));
    scene.clock.at_rest().await;
    assert!(scene.started.try_recv().is_err(), "there is no memory for another");
    assert_eq!(scene.job(second).await.job.state_name(scene.clock.now()), StateName::Available);
    scene.memory.observe(0, 0);
    scene.clock.advance(Duration::from_secs(1));
    scene.next_attempt().await.succeed();
    only.succeed();
    for id in [first, second] {
        scene.until(id, StateName::Completed).await;
    }
}

#[tokio::test]
async fn an_attempt_for_which_there_is_no_memory_is_not_counted_and_its_pause_doubles() {
    let mut scene = Scene::default();
    let id = scene.submit(work()).await;
    let mut pauses = Vec::new();
    for _ in 0..4 {
        let attempt = scene.next_attempt().await;
        assert_eq!(attempt.assignment.attempt, 1);
        attempt.end(Outcome::Interrupted);
        let due_at = scene.until(id, StateName::Scheduled).await.job.state.due_at().expect("it waits");
        let pause = due_at.since(scene.clock.now());
        scene.clock.advance(pause);
        pauses.push(pause);
    }
    // Each is between half and the whole of 2, 4, 8 and 16 seconds.
    for (place, pause) in pauses.iter().enumerate() {
        let whole = Duration::from_secs(2 << place);
        assert!((whole / 2..=whole).contains(pause), "{pauses:?}");
    }
    scene.next_attempt().await.succeed();
    let details = scene.until(id, StateName::Completed).await;
    assert_eq!((details.job.state.attempt, details.errors.len()), (1, 0));
}

#[tokio::test]
async fn a_job_that_expires_in_a_paused_queue_is_discarded_then_and_who_watches_it_hears_at_once() {
    let scene = Scene::default();
    let queue = QueueName::default();
    scene.storage.configure_queue(queue, paused(true).into(), BEGIN).await.unwrap();
    let expiry = BEGIN.plus(Duration::from_secs(5));
    let options = JobOptions { expires_at: Some(expiry), ..JobOptions::default() };
    let id = scene.submit(JobRequest { options, ..work() }).await;
    let watching = Arc::clone(&scene.queue);
    let watching = tokio::spawn(async move { watching.wait(id, Duration::from_secs(60)).await });
    for _ in 0..5 {
        scene.clock.at_rest().await;
        scene.clock.advance(Duration::from_secs(1));
    }
    let details = soon(watching).await.unwrap().unwrap().unwrap();
    assert_eq!(details.job.state.phase.finalized_at(), Some(expiry));
    assert_eq!(details.errors[0].kind, FailureKind::Expired);
}
