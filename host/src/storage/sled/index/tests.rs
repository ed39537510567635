//! The index against a count of everything, under random changes.

mod claims;

use std::collections::HashMap;
use std::sync::Arc;

use super::super::codec::{LaneMark, StateRecord};
use super::round::Behind;
use super::*;
use crate::domain::{JobState, Keep, Lease, LeaseToken, Phase, Retention, StateName, Submitter, WorkerId};
use crate::ports::ClaimRequest;

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

fn request(limit: usize, now: Timestamp) -> ClaimRequest {
    ClaimRequest {
        limit,
        queues: Arc::default(),
        worker: WorkerId::new("w"),
        token: LeaseToken::from_bytes([0; 16]),
        lease_until: now,
        routes: Arc::default(),
        rooms: HashMap::new(),
        now,
    }
}

/// Who is next, and what a claim of none leaves behind.
fn next(index: &mut Index, now: Timestamp) -> (Option<JobId>, Behind) {
    let request = request(1, now);
    let mut round = Round::new(&request, index);
    (round.next(index), round.behind(index))
}

/// Numbers of a fixed sequence (Knuth's MMIX constants), the high bits of each.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let step = |number: &u64| {
        Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), step).skip(1).map(|number| number >> 20)
}

fn assert_counts(index: &mut Index, truth: &BTreeMap<JobId, StateRecord>, now: Timestamp) {
    let stats = index.queues(now);
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
    assert_eq!(index.queues(at(99))[0].counts[&StateName::Scheduled], 1);
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
