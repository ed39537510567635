//! What a claim costs: as many steps as it starts jobs, whatever waits besides.
//!
//! A driver that counts its steps hands in how many it took so far ([`super::Fresh::claim_steps`]). Of one that
//! does not, the cases hold that the right jobs start.

use std::num::NonZeroU32;

use taskbox::domain::{GateChange, QueueChange, QueueName, TaskName};

use super::world::{Draft, NOW, World, after, at_most, paused, rated, succeeded};

/// How many steps more a claim may take beside a flood than without one.
const MORE_MAX: u64 = 12;

/// How many jobs a flood has: many times more than a claim may take steps more, and few enough for a driver that
/// looks at all of them.
const MANY: usize = 400;

fn queue(name: &str) -> QueueName {
    name.parse().expect("a queue name")
}

fn task(name: &str) -> TaskName {
    name.parse().expect("a task name")
}

/// Submits many jobs, each changed by its number.
async fn flood(world: &World, change: impl Fn(usize, &mut Draft)) {
    let job = |number| world.job(|spec| change(number, spec));
    world.submit_all((0..MANY).map(job).collect()).await;
}

/// How many steps it takes to start one job of a queue of its own, and to find no other.
async fn steps_to_start_one(world: &World) -> u64 {
    let change = |draft: &mut Draft| (draft.queue, draft.task) = (queue("quiet"), task("mail"));
    let id = world.submit(change).await;
    let before = world.claim_steps();
    let request = world.claim_request(9, NOW);
    let token = request.token;
    let claimed = world.storage.claim(request).await.expect("claimed");
    let steps = world.claim_steps() - before;
    assert_eq!(claimed.jobs.iter().map(|full| full.job.spec.id).collect::<Vec<_>>(), [id]);
    world.settle(id, token, succeeded(), NOW).await.expect("settled");
    steps
}

/// A claim costs the same before and after.
async fn costs_nothing(world: &World, flood: impl AsyncFnOnce()) {
    let without = steps_to_start_one(world).await;
    flood().await;
    // The first one may put in order what came.
    steps_to_start_one(world).await;
    let with = steps_to_start_one(world).await;
    assert!(with <= without + MORE_MAX, "{with} steps beside the flood, {without} without");
}

pub async fn names_of_queues_and_tasks_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, async || {
        flood(world, |number, spec| {
            (spec.queue, spec.task) = (queue(&format!("q{number}")), task(&format!("t{number}")));
        })
        .await;
        flood(world, |number, spec| (spec.queue, spec.run_at) = (queue(&format!("q{number}")), after(60)))
            .await;
        flood(world, |number, spec| spec.task = task(&format!("t{number}"))).await;
    })
    .await;
}

pub async fn closed_queues_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, async || {
        flood(world, |number, spec| spec.queue = queue(&format!("q{}", number % 60))).await;
        for number in 0..60 {
            let gate = [paused(true), at_most(1), rated("1/1h")][number % 3];
            let name = queue(&format!("q{number}"));
            world.storage.configure_queue(name, gate.into(), NOW).await.expect("configured");
        }
        assert_eq!(world.claim(MANY, NOW).await.jobs.len(), 40);
    })
    .await;
}

pub async fn concurrency_keys_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, async || {
        flood(world, |number, spec| spec.options.lane.concurrency_key = Some(format!("k{}", number % 100)))
            .await;
        assert_eq!(world.claim(MANY, NOW).await.jobs.len(), 100);
    })
    .await;
}

pub async fn fairness_keys_of_a_limited_queue_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, async || {
        let gate = GateChange { concurrency: Some(NonZeroU32::new(1)), ..GateChange::default() };
        let change = QueueChange::from(gate);
        world.storage.configure_queue(queue("busy"), change, NOW).await.expect("configured");
        flood(world, |number, spec| {
            (spec.queue, spec.options.lane.fairness_key) = (queue("busy"), Some(format!("k{number}")));
        })
        .await;
        // It is full, made free and filled again.
        let request = world.claim_request(9, NOW);
        let token = request.token;
        let first = world.storage.claim(request).await.expect("claimed").jobs[0].job.spec.id;
        world.settle(first, token, succeeded(), NOW).await.expect("settled");
        assert_eq!(world.claim(9, NOW).await.jobs.len(), 1);
    })
    .await;
}

pub async fn fairness_keys_of_a_concurrency_key_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, async || {
        let of_one_key = |draft: &mut Draft| draft.options.lane.concurrency_key = Some("one".to_owned());
        flood(world, |number, spec| {
            of_one_key(spec);
            spec.options.lane.fairness_key = Some(format!("k{number}"));
        })
        .await;
        // Each start closes the key, and each end opens it.
        let before = world.claim_steps();
        for _ in 0..20 {
            let request = world.claim_request(9, NOW);
            let token = request.token;
            let claimed = world.storage.claim(request).await.expect("claimed").jobs;
            assert_eq!(claimed.len(), 1);
            world.settle(claimed[0].job.spec.id, token, succeeded(), NOW).await.expect("settled");
        }
        let steps = world.claim_steps() - before;
        assert!(steps <= 20 * 50, "{steps} steps of 20 claims");
        assert_eq!(world.claim(9, NOW).await.jobs.len(), 1);
    })
    .await;
}

pub async fn waiting_jobs_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, async || {
        world.storage.configure_queue(queue("held"), paused(true).into(), NOW).await.expect("configured");
        flood(world, |_, spec| spec.queue = queue("held")).await;
        flood(world, |number, spec| spec.run_at = after(60 + number as u64)).await;
    })
    .await;
}
