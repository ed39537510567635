//! What a job costs from its submission to its end: as many steps as there are changes, whatever waits besides.
//!
//! A driver that counts its steps hands in how many it took so far ([`super::Fresh::claim_steps`]). Of one that
//! does not, the cases hold that the right jobs start.

use std::num::NonZeroU32;

use taskbox::domain::{GateChange, JobId, LeaseToken, QueueChange, QueueName, Submitter, TaskName};
use taskbox::ports::Action;

use super::world::{Draft, NOW, World, after, at_most, paused, rated, submission, succeeded};

/// How many steps more a job may take beside a flood than without one.
const MORE_MAX: u64 = 12;

/// How many jobs a flood has: many times more than a job may take steps more, and few enough for a driver that
/// looks at all of them.
const MANY: usize = 400;

/// How many steps each job of a flood may take until all are in order.
const EACH_MAX: u64 = 12;

/// How many steps a start and an end may take within a concurrency key of which jobs of both tasks wait.
const OF_A_KEY_MAX: u64 = 50;

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

/// How many steps this takes.
async fn steps(world: &World, work: impl AsyncFnOnce()) -> u64 {
    let before = world.claim_steps();
    work().await;
    world.claim_steps() - before
}

/// Starts the next job.
async fn start_next(world: &World) -> (JobId, LeaseToken) {
    let request = world.claim_request(1, NOW);
    let token = request.token;
    let claimed = world.storage.claim(request).await.expect("claimed").jobs;
    (claimed.first().expect("one starts").job.spec.id, token)
}

/// Starts the next job and ends it.
async fn run_next(world: &World) -> JobId {
    let (id, token) = start_next(world).await;
    world.settle(id, token, succeeded(), NOW).await.expect("settled");
    id
}

/// How many steps it takes to submit one job of a queue of its own, to start it, to find no other and to end it.
async fn steps_of_one(world: &World) -> u64 {
    let one = async || {
        let change = |spec: &mut Draft| (spec.queue, spec.task) = (queue("quiet"), task("mail"));
        let id = world.submit(change).await;
        let request = world.claim_request(9, NOW);
        let token = request.token;
        let claimed = world.storage.claim(request).await.expect("claimed");
        assert_eq!(claimed.jobs.iter().map(|full| full.job.spec.id).collect::<Vec<_>>(), [id]);
        world.settle(id, token, succeeded(), NOW).await.expect("settled");
    };
    steps(world, one).await
}

/// A job costs the same before and after a flood of so many jobs, each of which costs a few steps once.
async fn costs_nothing(world: &World, jobs: usize, flood: impl AsyncFnOnce()) {
    let without = steps_of_one(world).await;
    // The first one behind the flood may put in order what came.
    let once = steps(world, flood).await + steps_of_one(world).await;
    assert!(
        once <= without + jobs as u64 * EACH_MAX,
        "{once} steps of the flood and the first one behind it"
    );
    for _ in 0..3 {
        let with = steps_of_one(world).await;
        assert!(with <= without + MORE_MAX, "{with} steps beside the flood, {without} without");
    }
}

pub async fn names_of_queues_and_tasks_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, 3 * MANY, async || {
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
    costs_nothing(world, MANY, async || {
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
    costs_nothing(world, MANY, async || {
        flood(world, |number, spec| spec.options.flow.concurrency_key = Some(format!("k{}", number % 100)))
            .await;
        assert_eq!(world.claim(MANY, NOW).await.jobs.len(), 100);
    })
    .await;
}

pub async fn fairness_keys_of_a_limited_queue_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, MANY, async || {
        let gate = GateChange { concurrency: Some(NonZeroU32::new(1)), ..GateChange::default() };
        let change = QueueChange::from(gate);
        world.storage.configure_queue(queue("busy"), change, NOW).await.expect("configured");
        flood(world, |number, spec| {
            (spec.queue, spec.options.flow.fairness_key) = (queue("busy"), Some(format!("k{number}")));
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

/// Each start closes the key, and each end opens it; what is cancelled, or comes behind the others, does neither.
async fn assert_key_costs_little(world: &World, change: impl Fn(usize, &mut Draft)) {
    let mut running = None;
    costs_nothing(world, MANY, async || {
        flood(world, &change).await;
        running = Some(start_next(world).await);
    })
    .await;
    let (id, token) = running.expect("one runs");
    world.settle(id, token, succeeded(), NOW).await.expect("settled");
    let of_twenty = steps(world, async || {
        for _ in 0..20 {
            run_next(world).await;
        }
    });
    let of_twenty = of_twenty.await;
    assert!(of_twenty <= 20 * OF_A_KEY_MAX, "{of_twenty} steps of 20 starts and ends");
    let of_one = steps(world, async || {
        let id = world.submit(|spec| change(0, spec)).await;
        world.act(id, Action::Cancel).await.expect("cancelled");
    });
    let of_one = of_one.await;
    assert!(of_one <= OF_A_KEY_MAX, "{of_one} steps of one that is cancelled");
    assert_eq!(world.claim(9, NOW).await.jobs.len(), 1);
}

fn of_one_key(spec: &mut Draft) {
    (spec.queue, spec.options.flow.concurrency_key) = (queue("keyed"), Some("one".to_owned()));
}

pub async fn fairness_keys_of_a_concurrency_key_cost_a_claim_nothing(world: &World) {
    let change = |number: usize, spec: &mut Draft| {
        of_one_key(spec);
        spec.options.flow.fairness_key = Some(format!("k{number}"));
    };
    assert_key_costs_little(world, change).await;
}

pub async fn tasks_priorities_and_callers_of_a_concurrency_key_cost_a_claim_nothing(world: &World) {
    let change = |number: usize, spec: &mut Draft| {
        of_one_key(spec);
        // Every third one is of a task that no host runs.
        spec.task = task(["mail", "create-order", &format!("t{number}")][number % 3]);
        spec.priority = (number / 3 % 40) as i8 - 20;
        spec.submitter = Submitter::token(&format!("c{}", number / 120));
    };
    assert_key_costs_little(world, change).await;
}

pub async fn a_refused_batch_costs_the_next_claim_nothing(world: &World) {
    let of = |key: &'static str| {
        move |spec: &mut Draft| (spec.priority, spec.options.flow.fairness_key) = (1, Some(key.to_owned()))
    };
    flood(world, |number, spec| spec.options.flow.fairness_key = Some(format!("k{number}"))).await;
    let known = world.submit(|spec| spec.priority = -1).await;
    run_next(world).await;
    // One that has had its start, and whose turn the others have reached since.
    for key in ["late", "early", "early", "early"] {
        let id = world.submit(of(key)).await;
        assert_eq!(run_next(world).await, id);
    }
    let one_more = async || {
        run_next(world).await;
    };
    let without = steps(world, one_more).await;
    for _ in 0..3 {
        let refused = async || {
            let jobs = vec![world.job(of("late")), world.job(|spec| spec.id = known)];
            world.storage.submit(submission(jobs)).await.expect_err("one of them is there already");
            run_next(world).await;
        };
        let with = steps(world, refused).await;
        assert!(with <= without + MORE_MAX, "{with} steps behind what was refused, {without} without");
    }
}

pub async fn waiting_jobs_cost_a_claim_nothing(world: &World) {
    costs_nothing(world, 2 * MANY, async || {
        world.storage.configure_queue(queue("held"), paused(true).into(), NOW).await.expect("configured");
        flood(world, |_, spec| spec.queue = queue("held")).await;
        flood(world, |number, spec| {
            (spec.run_at, spec.priority) = (after(60 + number as u64), (number % 100) as i8);
        })
        .await;
    })
    .await;
}
