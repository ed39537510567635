//! The index against a count of everything, under random changes.

use super::super::codec::{LaneMark, QueueRecord};
use super::*;
use crate::domain::{JobState, Keep, Lease, LeaseToken, QueueSettings, Retention, WorkerId};

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
            Phase::Running { lease: Lease { token, expires_at: time, worker: WorkerId::new("w") } }
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
    };
    StateRecord {
        priority: (random / 700 % 3) as i8 - 1,
        queue: QUEUES[(random / 2100 % 3) as usize].parse().unwrap(),
        task: "t".parse().unwrap(),
        lane: LaneMark::default(),
        order: None,
        errors: 0,
        logs: 0,
        children: (random / 3).is_multiple_of(4).into(),
        state,
    }
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
    let Edit::Job(id, Some(mut record)) = waiting("a", 0, 1, 1) else { panic!("a job was made") };
    record.state.waits_for = 2;
    index.apply(Edit::Job(id, Some(record.clone())));
    assert_eq!(index.due(&QueueChoice::All, at(99), 9), Due::default());
    assert_eq!(index.queues(at(99))[0].counts[&StateName::Scheduled], 1);
    record.state.waits_for = 0;
    index.apply(Edit::Job(id, Some(record)));
    assert_eq!(index.due(&QueueChoice::All, at(99), 9).ids, [id]);
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
    assert_eq!(index.due(&QueueChoice::All, at(99), 9), Due::default());
    assert_eq!(index.expired(at(99), 9), (vec![], None));
    assert!(index.running().is_empty());
}

#[test]
fn jobs_due_later_do_not_hide_one_due_now() {
    let mut index = Index::default();
    for number in 0..1_000 {
        index.apply(waiting("a", 5, 1_000, number));
    }
    index.apply(waiting("a", -5, 1, 2_000));
    let due = index.due(&QueueChoice::All, at(1), 10);
    assert_eq!((due.ids, due.behind[0].due_at), (vec![id(2_000)], at(1_000)));
}

/// A job that waits.
fn waiting(queue: &str, priority: i8, due_at: u64, number: u64) -> Edit {
    let mut record = record(0);
    (record.queue, record.priority) = (queue.parse().unwrap(), priority);
    record.state.waits_for = 0;
    record.state.phase = Phase::Pending { due_at: at(due_at) };
    Edit::Job(id(number), Some(Box::new(record)))
}

fn set(queue: &str, settings: QueueSettings) -> Edit {
    Edit::Queue(queue.parse().unwrap(), QueueRecord { settings, ..QueueRecord::default() })
}

#[test]
fn queues_are_merged_into_the_order_of_one() {
    let (mut one, mut many) = (Index::default(), Index::default());
    for (number, random) in (0..500).zip(numbers(2)) {
        let (priority, due_at) = ((random % 3) as i8, random / 3 % 50);
        one.apply(waiting("a", priority, due_at, number));
        many.apply(waiting(QUEUES[(random / 150 % 3) as usize], priority, due_at, number));
    }
    for limit in [0, 1, 7, 250, 1_000] {
        let ids = |index: &Index| index.due(&QueueChoice::All, at(30), limit).ids;
        assert_eq!(ids(&one), ids(&many), "{limit}");
    }
}

#[test]
fn a_queue_gives_no_more_than_its_gate_lets_through() {
    let mut index = Index::default();
    (0..10).for_each(|number| index.apply(waiting("a", 9, 0, number)));
    (10..20).for_each(|number| index.apply(waiting("b", 0, 0, number)));
    let due = |index: &Index, limit| index.due(&QueueChoice::All, at(1), limit).ids;
    let limited = QueueSettings { concurrency: std::num::NonZeroU32::new(2), ..QueueSettings::default() };
    index.apply(set("a", limited));
    assert_eq!(due(&index, 4), [0, 1, 10, 11].map(id));
    index.apply(set("a", QueueSettings { paused: true, ..QueueSettings::default() }));
    assert_eq!(due(&index, 2), [10, 11].map(id));
    index.apply(set("a", QueueSettings::default()));
    assert_eq!(due(&index, 2), [0, 1].map(id));
}
