//! Limits of tasks, plugins and keys, strict order, and turns.

use std::num::NonZeroU32;
use std::time::Duration;

use taskbox::domain::{
    FullJob, GateChange, GateSettings, JobId, LeaseToken, Outcome, QueueChange, QueueName, StateName,
    Submitter, TaskChange, TaskName, TaskSettings,
};
use taskbox::ports::{Action, ClaimRequest, TaskStats};

use super::world::{
    Draft, NOW, SEED, World, after, at_most, json, paused, permanent, rated, retryable, routes, succeeded,
};

fn task() -> TaskName {
    "create-order".parse().expect("a task name")
}

async fn configure_task(world: &World, change: impl Into<TaskChange>) {
    world.storage.configure_task(task(), change.into(), NOW).await.expect("configured");
}

async fn set_key_concurrency(world: &World, count: u32) {
    let change = QueueChange { key_concurrency: Some(NonZeroU32::new(count)), ..QueueChange::default() };
    world.storage.configure_queue(QueueName::default(), change, NOW).await.expect("configured");
}

fn in_queue(name: &'static str) -> impl Fn(&mut Draft) {
    move |spec| spec.queue = name.parse().expect("a queue name")
}

fn keyed(key: &'static str) -> impl Fn(&mut Draft) {
    move |spec| spec.options.flow.concurrency_key = Some(key.to_owned())
}

fn strict(draft: &mut Draft) {
    let flow = &mut draft.options.flow;
    (flow.concurrency_key, flow.strict_order) = (Some("k".to_owned()), true);
}

fn fair(key: &'static str, weight: u16) -> impl Fn(&mut Draft) {
    move |spec| {
        let flow = &mut spec.options.flow;
        (flow.fairness_key, flow.fairness_weight) = (Some(key.to_owned()), weight);
    }
}

async fn submit(world: &World, count: usize, change: impl Fn(&mut Draft)) -> Vec<JobId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(world.submit(&change).await);
    }
    ids
}

async fn succeed(world: &World, id: JobId, token: LeaseToken) {
    world.settle(id, token, Outcome::Succeeded(json("1")), NOW).await.expect("settled");
}

pub async fn a_task_is_held_back_over_all_queues(world: &World) {
    let a = submit(world, 2, in_queue("a")).await;
    let b = submit(world, 2, in_queue("b")).await;
    let other = world.submit(|spec| spec.task = "mail".parse().expect("a task name")).await;
    configure_task(world, at_most(3)).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [a[0], a[1], b[0], other]);
    let nothing = world.claim(9, NOW).await;
    assert_eq!((nothing.jobs.len(), nothing.next_due, nothing.held), (0, None, true));
    configure_task(world, paused(true)).await;
    assert_eq!(world.claim(9, NOW).await, Default::default());
    configure_task(world, GateChange { concurrency: Some(None), ..paused(false) }).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [b[1]]);
}

pub async fn the_rate_of_a_task_keeps_the_order(world: &World) {
    let low = submit(world, 2, in_queue("a")).await;
    let high = world.submit(|spec| (spec.queue, spec.priority) = ("b".parse().expect("a name"), 5)).await;
    configure_task(world, rated("2/1m")).await;
    let claimed = world.claim(9, NOW).await;
    let started: Vec<_> = claimed.jobs.iter().map(|full| full.job.spec.id).collect();
    assert_eq!((started, claimed.next_due), (vec![high, low[0]], Some(after(30))));
    assert_eq!(world.claimed_ids(9, after(30)).await, [low[1]]);
}

pub async fn a_start_counts_against_queue_and_task(world: &World) {
    let ids = submit(world, 4, |_| {}).await;
    world.storage.configure_queue(QueueName::default(), rated("3/1m").into(), NOW).await.expect("configured");
    configure_task(world, rated("2/1m")).await;
    assert_eq!(world.claimed_ids(9, NOW).await, ids[..2]);
    configure_task(world, GateChange { rate: Some(None), ..GateChange::default() }).await;
    assert_eq!(world.claimed_ids(9, NOW).await, ids[2..3]);
}

pub async fn tasks_with_jobs_or_settings_are_listed(world: &World) {
    assert_eq!(world.tasks().await, []);
    submit(world, 2, |_| {}).await;
    world.claim(1, NOW).await;
    let grace = Some(Duration::from_secs(5));
    configure_task(world, TaskChange { gate: at_most(3), cancel_grace: Some(grace) }).await;
    let gate = GateSettings { concurrency: NonZeroU32::new(3), ..GateSettings::default() };
    let settings = TaskSettings { gate, cancel_grace: grace };
    let expected = TaskStats { name: task(), live: 2, running: 1, finals: 0, settings };
    assert_eq!(world.tasks().await, [expected]);
}

pub async fn no_more_attempts_of_a_plugin_start_than_the_host_has_room_for(world: &World) {
    let ids = submit(world, 3, |_| {}).await;
    let other = world.submit(|spec| spec.task = "mail".parse().expect("a task name")).await;
    let plugin = routes()[&task()].grantee().clone();
    let room =
        |free| ClaimRequest { capacity: [(plugin.clone(), free)].into(), ..world.claim_request(9, NOW) };
    let claimed = world.storage.claim(room(2)).await.expect("claimed");
    let started: Vec<_> = claimed.jobs.iter().map(|full| full.job.spec.id).collect();
    assert_eq!((started, claimed.held), (vec![ids[0], ids[1], other], true));
    assert!(world.storage.claim(room(0)).await.expect("claimed").held);
    assert_eq!(world.claimed_ids(9, NOW).await, ids[2..]);
}

pub async fn one_job_of_a_key_runs_at_a_time_when_nothing_is_said(world: &World) {
    let k = submit(world, 3, keyed("k")).await;
    let l = submit(world, 1, keyed("l")).await;
    let elsewhere = world.submit(|spec| (keyed("k")(spec), in_queue("b")(spec)).0).await;
    let free = world.submit(|_| {}).await;
    let request = world.claim_request(9, NOW);
    let token = request.token;
    let claimed = world.storage.claim(request).await.expect("claimed");
    let started: Vec<_> = claimed.jobs.iter().map(|full| full.job.spec.id).collect();
    assert_eq!((started, claimed.held), (vec![k[0], l[0], elsewhere, free], true));
    succeed(world, k[0], token).await;
    assert_eq!(world.claimed_ids(9, NOW).await, k[1..2]);
}

pub async fn the_limit_of_keys_is_changed_while_jobs_run(world: &World) {
    let ids = submit(world, 6, keyed("k")).await;
    assert_eq!(world.claimed_ids(9, NOW).await, ids[..1]);
    set_key_concurrency(world, 4).await;
    assert_eq!(world.claimed_ids(9, NOW).await, ids[1..4]);
    set_key_concurrency(world, 2).await;
    let full = world.claim(9, NOW).await;
    assert_eq!((full.jobs.len(), full.next_due, full.held), (0, None, true));
    world.storage.rescue(after(60), SEED, 3).await.expect("rescued");
    assert_eq!(world.claimed_ids(9, NOW).await, ids[4..5]);
}

pub async fn a_key_is_free_when_its_job_is_taken_back_or_cancelled(world: &World) {
    let ids = submit(world, 3, keyed("k")).await;
    world.start(ids[0], NOW).await;
    world.act(ids[1], Action::Delete).await.expect("deleted");
    world.storage.rescue(after(60), SEED, 9).await.expect("rescued");
    let token = world.start(ids[2], NOW).await;
    world.settle(ids[2], token, Outcome::Cancelled, NOW).await.expect("settled");
    assert_eq!(world.claimed_ids(9, after(99)).await, ids[..1]);
}

pub async fn in_strict_order_a_retry_or_a_delay_holds_the_next_back(world: &World) {
    let first = world.submit(strict).await;
    let second = world.submit(|spec| (strict(spec), spec.priority = 9).0).await;
    let third = world.submit(|spec| (strict(spec), spec.run_at = after(500)).0).await;
    let loose = world.submit(keyed("k")).await;
    let fourth = world.submit(strict).await;
    world.finish(first, retryable(), NOW).await;
    assert_eq!(world.claimed_ids(1, NOW).await, [loose]);
    assert_eq!(world.claim(9, NOW).await.jobs, []);
    world.act(loose, Action::Cancel).await.expect("asked");
    world.storage.rescue(after(60), SEED, 9).await.expect("rescued");
    world.finish(first, permanent(), after(60)).await;
    world.finish(second, Outcome::Succeeded(json("1")), after(60)).await;
    let waits = world.claim(9, after(60)).await;
    assert_eq!((waits.jobs.len(), waits.next_due, waits.held), (0, Some(after(500)), false));
    world.act(third, Action::Cancel).await.expect("cancelled");
    assert_eq!(world.claimed_ids(9, after(60)).await, [fourth]);
}

pub async fn in_strict_order_the_order_of_submission_counts_and_not_that_of_ids(world: &World) {
    // Of two hosts, the one whose clock is behind makes the smaller id, also when it submits later.
    let smaller = world.job(strict);
    let larger = world.job(strict);
    let ids = [&larger, &smaller].map(|new| new.job.spec.id);
    assert!(ids[1] < ids[0]);
    world.submit_all(vec![larger]).await;
    world.submit_all(vec![smaller]).await;
    for id in ids {
        world.finish(id, succeeded(), NOW).await;
    }
}

pub async fn in_strict_order_one_runs_whatever_the_limit_and_others_beside_it(world: &World) {
    set_key_concurrency(world, 3).await;
    let ids = submit(world, 2, strict).await;
    let loose = submit(world, 3, keyed("k")).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [ids[0], loose[0], loose[1]]);
    assert!(world.claim(9, NOW).await.held);
}

pub async fn one_that_is_retried_by_a_person_is_in_order_again(world: &World) {
    let ids = submit(world, 2, strict).await;
    world.finish(ids[0], permanent(), NOW).await;
    world.act(ids[0], Action::Retry).await.expect("retried");
    world.finish(ids[0], Outcome::Succeeded(json("1")), NOW).await;
    world.start(ids[1], NOW).await;
}

pub async fn a_small_tenant_has_its_turn_before_a_large_one_is_through(world: &World) {
    let large = submit(world, 5, fair("large", 1)).await;
    assert_eq!(world.claimed_ids(1, NOW).await, large[..1]);
    let small = world.submit(fair("small", 1)).await;
    assert_eq!(world.claimed_ids(2, NOW).await, [small, large[1]]);
    let urgent = world.submit(|spec| (fair("large", 1)(spec), spec.priority = 1).0).await;
    let next = world.submit(fair("other", 1)).await;
    assert_eq!(world.claimed_ids(3, NOW).await, [urgent, next, large[2]]);
}

pub async fn keys_have_turns_by_weight_over_all_queues_and_tasks(world: &World) {
    submit(world, 40, |spec| (fair("heavy", 3)(spec), in_queue("a")(spec)).0).await;
    submit(world, 40, fair("light", 1)).await;
    let claimed = world.claim(40, NOW).await.jobs;
    let heavy = claimed.iter().filter(|full| full.job.spec.options.flow.fairness_weight == 3).count();
    assert!((29..=31).contains(&heavy), "{heavy} of 40");
}

pub async fn a_tenant_that_was_held_back_gains_no_credit(world: &World) {
    let change = |paused_now| paused(paused_now).into();
    let queue: QueueName = "a".parse().expect("a queue name");
    world.storage.configure_queue(queue.clone(), change(true), NOW).await.expect("paused");
    submit(world, 10, |spec| (fair("held", 1)(spec), in_queue("a")(spec)).0).await;
    submit(world, 20, fair("free", 1)).await;
    assert_eq!(world.claim(10, NOW).await.jobs.len(), 10);
    world.storage.configure_queue(queue.clone(), change(false), NOW).await.expect("resumed");
    let claimed = world.claim(10, NOW).await.jobs;
    // Its turn comes first, and nothing more than that.
    let held = claimed.iter().filter(|full| full.job.spec.queue == queue).count();
    assert!((5..=6).contains(&held), "{held} of 10");
}

fn of(caller: &'static str, key: String, weight: u16) -> impl Fn(&mut Draft) {
    move |spec| {
        spec.submitter = Submitter::token(caller);
        let flow = &mut spec.options.flow;
        (flow.fairness_key, flow.fairness_weight) = (Some(key.clone()), weight);
    }
}

pub async fn a_caller_with_many_fairness_keys_has_no_more_turns_than_another(world: &World) {
    for number in 0..50 {
        world.submit(of("greedy", format!("key-{number}"), 1000)).await;
    }
    let modest = submit(world, 5, |spec| spec.submitter = Submitter::token("modest")).await;
    let claimed = world.claimed_ids(10, NOW).await;
    assert_eq!(claimed.iter().filter(|id| modest.contains(id)).count(), 5, "{claimed:?}");
}

fn of_key(tenant: String, weight: u16) -> impl Fn(&mut Draft) {
    move |draft| {
        let flow = &mut draft.options.flow;
        (flow.concurrency_key, flow.fairness_key) = (Some("k".to_owned()), Some(tenant.clone()));
        flow.fairness_weight = weight;
    }
}

/// Starts so many jobs one after the other, each when the one before it has ended.
async fn one_by_one(world: &World, count: usize) -> Vec<JobId> {
    let mut started = Vec::new();
    for _ in 0..count {
        let request = world.claim_request(1, NOW);
        let token = request.token;
        let claimed = world.storage.claim(request).await.expect("claimed").jobs;
        started.extend(claimed.iter().map(|full| full.job.spec.id));
        succeed(world, claimed[0].job.spec.id, token).await;
    }
    started
}

pub async fn the_gates_before_a_job_are_shown(world: &World) {
    let gates = async |id| world.storage.gates(vec![id]).await.expect("read").remove(0);
    let [first, second] = submit(world, 2, strict).await[..] else { panic!("two jobs") };
    let waiting = gates(second).await.expect("it waits").key.expect("it has a key");
    assert_eq!(
        (waiting.running, waiting.first.map(|first| (first.id, first.runs))),
        (0, Some((first, false)))
    );

    let token = world.start(first, NOW).await;
    let held = gates(second).await.expect("it waits");
    assert_eq!((held.queue.running, held.task.running, held.key_holder), (1, 1, Some(first)));
    set_key_concurrency(world, 2).await;
    assert_eq!(gates(second).await.expect("it waits").key_holder, None);

    configure_task(world, paused(true)).await;
    let free = world.submit(|_| {}).await;
    let free = gates(free).await.expect("it waits");
    assert!(free.task.settings.paused && !free.queue.settings.paused && free.key.is_none());

    succeed(world, first, token).await;
    assert_eq!(gates(first).await, None, "a final job has none");
    assert_eq!(gates(JobId::from_bytes([0xee; 16])).await, None);
}

pub async fn the_fairness_keys_of_a_concurrency_key_take_turns(world: &World) {
    let large = submit(world, 30, of_key("large".to_owned(), 1)).await;
    let mut small = Vec::new();
    for number in 0..10 {
        small.push(world.submit(of_key(format!("small-{number}"), 1)).await);
    }
    let started = one_by_one(world, 12).await;
    // The large one has had no more turns than one of the small ones.
    assert!(small.iter().all(|id| started.contains(id)), "{started:?}");
    assert_eq!(started.iter().filter(|id| large.contains(id)).count(), 2);
}

pub async fn a_small_tenant_of_a_concurrency_key_has_its_turn_before_many_large_ones_are_through(
    world: &World,
) {
    for number in 0..8 {
        submit(world, 20, of_key(format!("large-{number}"), 1)).await;
    }
    one_by_one(world, 20).await;
    let small = world.submit(of_key("small".to_owned(), 1)).await;
    // Those of this round, and of the next.
    let started = one_by_one(world, 13).await;
    assert!(started.contains(&small), "{started:?}");
}

pub async fn a_concurrency_key_has_turns_of_its_own(world: &World) {
    submit(world, 10, of_key("busy".to_owned(), 1)).await;
    let others = submit(world, 10, of_key("other".to_owned(), 1)).await;
    let mut started = Vec::new();
    for _ in 0..6 {
        // A start outside of the key is none within it.
        let urgent = world.submit(|spec| (fair("busy", 1)(spec), spec.priority = 1).0).await;
        assert_eq!(one_by_one(world, 1).await, [urgent]);
        started.extend(one_by_one(world, 1).await);
    }
    assert_eq!(started.iter().filter(|id| others.contains(id)).count(), 3, "{started:?}");
}

pub async fn a_weight_is_the_number_of_starts_of_a_round_within_a_concurrency_key(world: &World) {
    let heavy = submit(world, 10, of_key("heavy".to_owned(), 3)).await;
    let light = submit(world, 10, of_key("light".to_owned(), 1)).await;
    let expected = [heavy[0], heavy[1], heavy[2], light[0], heavy[3], heavy[4], heavy[5], light[1]];
    assert_eq!(one_by_one(world, 8).await, expected);
}

pub async fn a_weight_counts_among_the_keys_of_its_caller(world: &World) {
    submit(world, 40, of("one", "heavy".to_owned(), 3)).await;
    submit(world, 40, of("one", "light".to_owned(), 1)).await;
    submit(world, 40, of("other", "light".to_owned(), 1)).await;
    let claimed = world.claim(40, NOW).await.jobs;
    let count = |caller: &str, weight| {
        let of = |FullJob { job, .. }: &&FullJob| {
            job.spec.submitter.name() == Some(caller) && job.spec.options.flow.fairness_weight == weight
        };
        claimed.iter().filter(of).count()
    };
    assert_eq!(count("other", 1), 20);
    assert!((14..=16).contains(&count("one", 3)), "{} of 20", count("one", 3));
}

pub async fn keys_of_a_rated_queue_keep_their_turns_while_others_go_on(world: &World) {
    let queue: QueueName = "a".parse().expect("a queue name");
    world.storage.configure_queue(queue.clone(), rated("1/1s").into(), NOW).await.expect("configured");
    submit(world, 10, |spec| (fair("first", 1)(spec), in_queue("a")(spec)).0).await;
    let small = submit(world, 2, |spec| (fair("second", 1)(spec), in_queue("a")(spec)).0).await;
    submit(world, 60, |_| {}).await;
    let mut rated = Vec::new();
    for second in 0..4 {
        let claimed = world.claim(10, after(second)).await.jobs;
        let of_queue = claimed.iter().map(|full| &full.job.spec).filter(|spec| spec.queue == queue);
        rated.extend(of_queue.map(|spec| spec.id));
    }
    assert_eq!(rated.iter().filter(|id| small.contains(id)).count(), 2);
    assert_eq!(world.state(small[1], after(4)).await, StateName::Running);
}
