//! Queues that an operator holds back.

use std::num::NonZeroU32;
use std::sync::Arc;

use taskbox::domain::{
    GateChange, GateSettings, JobId, Outcome, QueueChange, QueueChoice, QueueName, QueueSettings, StateName,
};
use taskbox::ports::{ClaimRequest, QueueStats};

use super::world::{NOW, SEED, World, after, at_most, json, paused, rated};

fn name(text: &str) -> QueueName {
    text.parse().expect("a queue name")
}

async fn configure(world: &World, queue: &str, change: impl Into<QueueChange>) {
    world.storage.configure_queue(name(queue), change.into(), NOW).await.expect("configured");
}

async fn stats(world: &World, queue: &str) -> Option<QueueStats> {
    let stats = world.storage.queue(name(queue), NOW).await.expect("read");
    let all = world.queues(NOW).await;
    assert_eq!(all.into_iter().find(|stats| stats.name == name(queue)), stats);
    stats
}

async fn submit(world: &World, queue: &str, count: usize) -> Vec<JobId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(world.submit(|spec| spec.queue = name(queue)).await);
    }
    ids
}

pub async fn settings_are_kept_and_shown_beside_the_counts_until_they_are_cleared(world: &World) {
    assert_eq!(stats(world, "a").await, None);
    let gate = GateChange { paused: Some(true), rate: rated("5/1m").rate, ..at_most(3) };
    configure(world, "a", QueueChange { gate, key_concurrency: Some(NonZeroU32::new(4)) }).await;
    let gate = GateSettings { paused: true, concurrency: NonZeroU32::new(3), rate: "5/1m".parse().ok() };
    let settings = QueueSettings { gate, key_concurrency: NonZeroU32::new(4) };
    let expected = QueueStats { settings, ..QueueStats::empty(name("a")) };
    assert_eq!(stats(world, "a").await, Some(expected));
    submit(world, "a", 2).await;
    let shown = stats(world, "a").await.expect("it has jobs");
    assert_eq!((shown.count(StateName::Available), shown.settings), (2, settings));
    let gate = GateChange { paused: Some(false), concurrency: Some(None), rate: Some(None) };
    let clear = QueueChange { gate, key_concurrency: Some(None) };
    configure(world, "b", paused(true)).await;
    configure(world, "b", clear).await;
    assert_eq!(stats(world, "b").await, None);
}

pub async fn a_change_keeps_what_it_does_not_name(world: &World) {
    configure(world, "a", at_most(3)).await;
    configure(world, "a", paused(true)).await;
    configure(world, "a", rated("1/1s")).await;
    configure(world, "a", paused(false)).await;
    let settings = stats(world, "a").await.expect("it has settings").settings;
    let expected = GateSettings { paused: false, concurrency: NonZeroU32::new(3), rate: "1/1s".parse().ok() };
    assert_eq!(settings.gate, expected);
}

pub async fn a_paused_queue_gives_no_job_and_does_not_wake_anybody(world: &World) {
    let held = submit(world, "a", 2).await;
    let free = submit(world, "b", 1).await;
    configure(world, "a", paused(true)).await;
    assert_eq!(world.claimed_ids(9, NOW).await, free);
    assert_eq!(world.claim(9, after(9)).await, Default::default());
    configure(world, "a", paused(false)).await;
    assert_eq!(world.claimed_ids(9, NOW).await, held);
}

pub async fn jobs_of_a_paused_queue_that_run_finish(world: &World) {
    let id = submit(world, "a", 1).await[0];
    let token = world.start(id, NOW).await;
    configure(world, "a", paused(true)).await;
    world.settle(id, token, Outcome::Succeeded(json("1")), NOW).await.expect("settled");
    assert_eq!(world.state(id, NOW).await, StateName::Completed);
}

pub async fn no_more_jobs_of_a_queue_run_than_it_allows(world: &World) {
    let held = submit(world, "a", 3).await;
    let free = submit(world, "b", 1).await;
    configure(world, "a", at_most(2)).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [held[0], held[1], free[0]]);
    let nothing = world.claim(9, NOW).await;
    assert_eq!((nothing.jobs.len(), nothing.next_due, nothing.held), (0, None, true));
    configure(world, "a", at_most(3)).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [held[2]]);
}

pub async fn a_job_that_ends_or_is_taken_back_makes_room(world: &World) {
    let ids = submit(world, "a", 3).await;
    configure(world, "a", at_most(1)).await;
    let token = world.start(ids[0], NOW).await;
    assert!(world.claim(9, NOW).await.held);
    world.settle(ids[0], token, Outcome::Succeeded(json("1")), NOW).await.expect("settled");
    world.start(ids[1], NOW).await;
    assert_eq!(world.storage.rescue(after(60), SEED, 9).await.expect("rescued").jobs.len(), 1);
    let claimed = world.claim(9, after(60)).await;
    assert_eq!((claimed.jobs[0].job.spec.id, claimed.jobs.len()), (ids[2], 1));
}

pub async fn a_rate_lets_a_burst_start_and_then_one_at_a_time(world: &World) {
    let ids = submit(world, "a", 5).await;
    configure(world, "a", rated("2/1m")).await;
    let first = world.claim(9, NOW).await;
    let started: Vec<_> = first.jobs.iter().map(|full| full.job.spec.id).collect();
    assert_eq!((started, first.next_due, first.held), (ids[..2].to_vec(), Some(after(30)), false));
    assert_eq!(world.claim(9, after(29)).await.jobs, []);
    let second = world.claim(9, after(30)).await;
    assert_eq!(
        (second.jobs[0].job.spec.id, second.jobs.len(), second.next_due),
        (ids[2], 1, Some(after(60)))
    );
    configure(world, "a", GateChange { rate: Some(None), ..GateChange::default() }).await;
    assert_eq!(world.claimed_ids(9, after(30)).await, ids[3..]);
}

pub async fn a_rate_keeps_the_order_and_only_its_own_queue_back(world: &World) {
    let held = submit(world, "a", 2).await;
    let urgent = world.submit(|spec| (spec.queue, spec.priority) = (name("a"), 9)).await;
    let free = submit(world, "b", 2).await;
    configure(world, "a", rated("1/1m")).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [urgent, free[0], free[1]]);
    assert_eq!(world.claimed_ids(9, after(60)).await, held[..1]);
    let later = world.submit(|spec| (spec.queue, spec.run_at) = (name("b"), after(500))).await;
    assert_eq!(world.claim(9, after(60)).await.next_due, Some(after(120)));
    assert_eq!(world.claimed_ids(9, after(500)).await, [held[1], later]);
}

pub async fn a_job_that_expired_does_not_count_as_started(world: &World) {
    let expired =
        world.submit(|spec| (spec.queue, spec.options.expires_at) = (name("a"), Some(after(5)))).await;
    let id = submit(world, "a", 1).await[0];
    configure(world, "a", rated("1/1h")).await;
    let first = world.claim(9, after(5)).await;
    let started: Vec<_> = first.jobs.iter().map(|full| full.job.spec.id).collect();
    assert_eq!(first.expired[0].job.spec.id, expired);
    assert_eq!((started, first.next_due), (vec![id], None));
}

pub async fn claims_at_the_same_time_keep_the_limits(world: &World) {
    for (queue, change) in [("a", at_most(7)), ("b", rated("5/1h"))] {
        submit(world, queue, 20).await;
        configure(world, queue, change).await;
    }
    let claims = (0..20).map(|_| {
        let (storage, request) = (Arc::clone(&world.storage), world.claim_request(3, NOW));
        tokio::spawn(async move { storage.claim(request).await.expect("claimed").jobs.len() })
    });
    let mut started = 0;
    for claim in claims.collect::<Vec<_>>() {
        started += claim.await.expect("no panic");
    }
    assert_eq!(started, 7 + 5);
}

pub async fn a_claim_of_some_queues_sees_no_others(world: &World) {
    let a = world.submit(|spec| spec.queue = name("a")).await;
    let b = world.submit(|spec| (spec.queue, spec.run_at) = (name("b"), after(7))).await;
    configure(world, "b", at_most(1)).await;
    let claim = async |queues, now| {
        let request = ClaimRequest { queues: Arc::new(queues), ..world.claim_request(9, now) };
        world.storage.claim(request).await.expect("claimed")
    };
    let only_b = || QueueChoice::Only([name("b")].into());
    let all_but_b = QueueChoice::Except([name("b")].into());
    let nothing = claim(QueueChoice::Only([name("c")].into()), after(7)).await;
    assert_eq!(nothing, Default::default());
    assert_eq!(claim(only_b(), NOW).await.next_due, Some(after(7)));
    assert_eq!(claim(only_b(), after(7)).await.jobs[0].job.spec.id, b);
    world.submit(|spec| spec.queue = name("b")).await;
    let rest = claim(all_but_b, after(7)).await;
    assert_eq!((rest.jobs[0].job.spec.id, rest.next_due, rest.held), (a, None, false));
    assert!(claim(only_b(), after(7)).await.held);
}

pub async fn a_full_claim_says_that_more_may_start(world: &World) {
    submit(world, "a", 3).await;
    configure(world, "a", GateChange { rate: rated("2/1m").rate, ..at_most(9) }).await;
    let first = world.claim(1, after(5)).await;
    assert_eq!((first.jobs.len(), first.next_due, first.held), (1, Some(after(5)), false));
    let second = world.claim(1, after(5)).await;
    assert_eq!((second.jobs.len(), second.next_due), (1, Some(after(35))));
}
