//! The index against a count of everything, under random changes.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::LazyLock;

use super::super::codec::{LaneMark, StateRecord};
use super::*;
use crate::domain::claim::{Behind, ClaimPlan, Claimant};
use crate::domain::{
    Digest, GateSettings, JobState, Keep, Lease, LeaseToken, Phase, PluginName, PluginRef, QueueChoice,
    QueueSettings, Retention, StateName, Submitter, TaskName, WorkerId,
};

const QUEUES: [&str; 3] = ["a", "b", "c"];

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn id(number: u64) -> JobId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    JobId::from_bytes(bytes)
}

fn record(random: u64) -> StateRecord {
    let time = at(random / 7 % 50);
    let phase = match random % 7 {
        0..3 => Phase::Pending { due_at: time },
        3 => {
            let token = LeaseToken::from_bytes([0; 16]);
            Phase::Running {
                lease: Lease { token, expires_at: time, worker: WorkerId::new("w"), due_at: time },
            }
        }
        4 => Phase::Completed { at: time },
        5 => Phase::Discarded { at: time },
        _ => Phase::Cancelled { at: time },
    };
    let state = JobState {
        phase,
        attempt: (random / 350 % 2) as u32,
        attempted_at: None,
        plugin: None,
        worker: None,
        cancel_requested: false,
        progress: None,
        waits_for: (random / 2).is_multiple_of(5).into(),
        expires_at: None,
    };
    StateRecord {
        priority: (random / 700 % 3) as i8 - 1,
        queue: QUEUES[(random / 2100 % 3) as usize].parse().unwrap(),
        task: "t".parse().unwrap(),
        lane: LaneMark::default(),
        submitter: Submitter::default(),
        order: None,
        errors: 0,
        logs: 0,
        version: 0,
        answered_until: None,
        children: (random / 3).is_multiple_of(4).into(),
        state,
    }
}

/// What a host asks that runs the task and works all queues.
fn plan(index: &mut Index, now: Timestamp) -> ClaimPlan<'static> {
    static QUEUES: QueueChoice = QueueChoice::All;
    static ROOMS: LazyLock<HashMap<PluginName, usize>> = LazyLock::new(HashMap::new);
    static ROUTES: LazyLock<HashMap<TaskName, PluginRef>> = LazyLock::new(|| {
        let plugin = PluginRef { name: "p".parse().unwrap(), version: 1, digest: Digest::of(b"") };
        HashMap::from([("t".parse().unwrap(), plugin)])
    });
    ClaimPlan::new(Claimant { queues: &QUEUES, routes: &ROUTES, rooms: &ROOMS, now }, index.claims())
}

/// Who is next, and what a claim of none leaves behind.
fn next(index: &mut Index, now: Timestamp) -> (Option<JobId>, Behind) {
    let mut plan = plan(index, now);
    (plan.next(index.claims()), plan.behind(index.claims()))
}

/// Who starts, one after the other, if each is deleted at once.
fn order(index: &mut Index, now: Timestamp) -> Vec<JobId> {
    let mut plan = plan(index, now);
    let mut started = Vec::new();
    while let Some(id) = plan.next(index.claims()) {
        index.apply(Edit::Job(id, None));
        started.push(id);
    }
    started
}

/// A gate of a queue, often one that lets nothing or little through.
fn random_queue(random: u64) -> QueueRecord {
    let concurrency = NonZeroU32::new((random % 4) as u32);
    let gate = GateSettings { paused: random.is_multiple_of(5), concurrency, rate: None };
    let key_concurrency = NonZeroU32::new((random / 4 % 3) as u32);
    QueueRecord { settings: QueueSettings { gate, key_concurrency }, ..QueueRecord::default() }
}

/// A record with keys, few of one kind and many of the other.
fn random_lane(random: u64) -> StateRecord {
    let digest = |number: u64| Some(u128::from(number).to_be_bytes());
    let key = if random.is_multiple_of(3) { digest(random / 3 % 4) } else { None };
    let lane = LaneMark {
        key,
        strict_order: key.is_some() && random.is_multiple_of(2),
        fairness_key: digest(random / 12 % 20),
        fairness_weight: 1,
    };
    StateRecord { lane, ..record(random / 240) }
}

/// Numbers of a fixed sequence (Knuth's MMIX constants), the high bits of each.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let step = |number: &u64| {
        Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), step).skip(1).map(|number| number >> 20)
}

fn assert_counts(index: &mut Index, truth: &BTreeMap<JobId, StateRecord>, now: Timestamp) {
    let stats = index.queues_after(None, 9, now);
    assert_eq!(stats.iter().map(|queue| queue.counts.values().sum::<u64>()).sum::<u64>(), truth.len() as u64);
    for queue in stats {
        let here = || truth.values().filter(|record| record.queue == queue.name);
        for (state, count) in queue.counts {
            let counted = here().filter(|record| record.state.name(now) == state).count();
            assert_eq!(count, counted as u64, "{state} at {now}");
        }
        let due = |record: &StateRecord| record.state.due_at().filter(|due_at| *due_at <= now);
        assert_eq!(queue.oldest_due, here().filter_map(due).min());
    }
}

#[test]
fn counts_agree_with_a_count_of_everything_at_any_time() {
    let mut index = Index::default();
    let mut truth = BTreeMap::new();
    let mut numbers = numbers(1);
    for _ in 0..3_000 {
        let (which, what, when) = (numbers.next().unwrap(), numbers.next().unwrap(), numbers.next().unwrap());
        let id = id(which % 40);
        if what % 10 == 0 {
            index.apply(Edit::Job(id, None));
            truth.remove(&id);
        } else {
            index.apply(Edit::Job(id, Some(Box::new(record(what)))));
            truth.insert(id, record(what));
        }
        assert_counts(&mut index, &truth, at(when % 60));
    }
}

#[test]
fn a_job_that_waits_for_others_is_not_due_whatever_the_time() {
    let mut index = Index::default();
    let (id, mut record) = (id(1), Box::new(record(0)));
    record.state.waits_for = 2;
    index.apply(Edit::Job(id, Some(record.clone())));
    assert_eq!(next(&mut index, at(99)), (None, Behind::default()));
    assert_eq!(index.queues_after(None, 9, at(99))[0].counts[&StateName::Scheduled], 1);
    record.state.waits_for = 0;
    index.apply(Edit::Job(id, Some(record)));
    assert_eq!(next(&mut index, at(99)).0, Some(id));
}

#[test]
fn a_final_job_that_others_need_is_counted_and_does_not_go() {
    let none = Keep { age: None, count: 0 };
    let retention = Retention { completed: none, discarded: none, cancelled: none };
    let mut index = Index::default();
    let mut needed = record(5);
    needed.children = 1;
    index.apply(Edit::Job(id(1), Some(Box::new(needed.clone()))));
    assert_eq!(index.finals().to_go(&retention, at(99), 9), []);
    assert_eq!(index.finals().count(&retention, at(99))[&StateName::Discarded].jobs, 1);
    needed.children = 0;
    index.apply(Edit::Job(id(1), Some(Box::new(needed))));
    assert_eq!(index.finals().to_go(&retention, at(99), 9), [id(1)]);
}

#[test]
fn a_final_job_is_neither_due_nor_leased() {
    let mut index = Index::default();
    for number in 0..7 {
        index.apply(Edit::Job(id(1), Some(Box::new(record(number)))));
    }
    assert_eq!(next(&mut index, at(99)), (None, Behind::default()));
    assert_eq!(index.expired(at(99), 9), (vec![], None));
    assert!(index.running().is_empty());
}

#[test]
fn what_a_request_that_fails_changed_is_taken_back() {
    for seed in 0..20 {
        let mut numbers = numbers(seed);
        let (mut index, mut fresh) = (Index::default(), Index::default());
        let mut edit = |most: u64| {
            let (which, what) = (numbers.next().unwrap(), numbers.next().unwrap());
            move || match which % most {
                0 => Edit::Job(id(which / 9 % 120), None),
                1 => Edit::Queue(QUEUES[(which / 9 % 3) as usize].parse().unwrap(), random_queue(what)),
                _ => Edit::Job(id(which / 9 % 120), Some(Box::new(random_lane(what)))),
            }
        };
        for _ in 0..200 {
            let edit = edit(20);
            index.apply(edit());
            fresh.apply(edit());
        }
        // The host has asked for the task before, so that its jobs lie in order.
        next(&mut index, at(99));
        let mut undos = Vec::new();
        for _ in 0..100 {
            index.follow(edit(6)(), &mut undos);
            next(&mut index, at(99));
        }
        undos.into_iter().rev().for_each(|undo| index.undo(undo));
        index.forget_idle();
        assert_eq!(index.queues_after(None, 9, at(99)), fresh.queues_after(None, 9, at(99)));
        assert_eq!(next(&mut index, at(99)), next(&mut fresh, at(99)));
        assert_eq!(order(&mut index, at(99)), order(&mut fresh, at(99)), "{seed}");
    }
}

#[test]
fn a_name_is_forgotten_with_its_last_job_unless_it_has_settings() {
    let mut index = Index::default();
    index.apply(Edit::Queue("b".parse().unwrap(), random_queue(5)));
    for (number, queue) in (0..).zip(QUEUES) {
        index.apply(Edit::Job(
            id(number),
            Some(Box::new(StateRecord { queue: queue.parse().unwrap(), ..record(0) })),
        ));
    }
    (0..3).for_each(|number| index.apply(Edit::Job(id(number), None)));
    assert_eq!((index.claims.queue_names().count(), index.claims.task_names().count()), (1, 0));
    index.apply(Edit::Queue("b".parse().unwrap(), QueueRecord::default()));
    assert_eq!(index.claims.queue_names().count(), 0);
}
