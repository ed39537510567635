//! The index against a count of everything, under random changes.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::LazyLock;

use super::super::codec::{QueueRecord, StateRecord, TaskRecord};
use super::*;
use crate::domain::claim::{Behind, ClaimPlan, Claimant};
use crate::domain::tests::samples::{at, id, numbers};
use crate::domain::{
    Code, Digest, FlowControl, GateSettings, Holder, JobSpec, Lease, LeaseToken, Phase, PluginName,
    PluginRef, QueueChoice, QueueName, QueueSettings, Retention, RetentionRule, StateName, Submitter,
    TaskName, TaskSettings, WorkerId,
};

const QUEUES: [&str; 3] = ["a", "b", "c"];
const TASKS: [&str; 2] = ["t", "u"];

/// A job and where it stands.
#[derive(Clone)]
struct Stored {
    spec: JobSpec,
    record: StateRecord,
}

impl Stored {
    /// One of many jobs, which all stand for the same few kinds.
    fn random(number: u64, random: u64) -> Self {
        let time = at(random / 7 % 50);
        let mut spec = JobSpec::new(id(number), TASKS[(random / 6300 % 2) as usize].parse().unwrap(), at(0));
        spec.priority = (random / 700 % 3) as i8 - 1;
        spec.queue = QUEUES[(random / 2100 % 3) as usize].parse().unwrap();
        spec.options.expires_at = (random / 13).is_multiple_of(3).then_some(time);
        if (random / 17).is_multiple_of(3) {
            spec.submitter = Submitter::token("s");
        }
        let mut record = StateRecord::submitted(&spec);
        record.state.phase = phase(random % 7, time);
        record.state.attempt = (random / 350 % 2) as u32;
        record.state.waits_for = (random / 2).is_multiple_of(5).into();
        record.children = (random / 3).is_multiple_of(4).into();
        Self { spec, record }
    }

    /// One with keys, few of one kind and many of the other.
    fn random_flow_control(number: u64, random: u64) -> Self {
        let mut stored = Self::random(number, random / 240);
        let key = random.is_multiple_of(3).then(|| (random / 3 % 4).to_string());
        stored.spec.options.flow = FlowControl {
            strict_order: key.is_some() && random.is_multiple_of(2),
            concurrency_key: key,
            fairness_key: Some((random / 12 % 20).to_string()),
            fairness_weight: 1,
        };
        stored.record.strict_order = stored.spec.options.flow.strict_order.then_some(number);
        stored
    }

    fn edit(&self) -> Edit<'_> {
        Edit::Job(&self.spec, &self.record)
    }
}

fn phase(number: u64, time: Timestamp) -> Phase {
    match number {
        0..3 => Phase::Pending { due_at: time },
        3 => {
            let token = LeaseToken::from_bytes([0; 16]);
            Phase::Running {
                lease: Lease {
                    token,
                    expires_at: time,
                    worker: WorkerId::new("w"),
                    holder: Holder::Host,
                    due_at: time,
                },
            }
        }
        4 => Phase::Completed { at: time },
        5 => Phase::Discarded { at: time },
        _ => Phase::Cancelled { at: time },
    }
}

/// The claimant of a host that runs the task and works all queues.
fn plan(index: &mut Index, now: Timestamp) -> ClaimPlan<'static> {
    static QUEUES: QueueChoice = QueueChoice::All;
    static CAPACITY: LazyLock<HashMap<PluginName, usize>> = LazyLock::new(HashMap::new);
    static ROUTES: LazyLock<HashMap<TaskName, Code>> = LazyLock::new(|| {
        let plugin = PluginRef { name: "p".parse().unwrap(), version: 1, digest: Digest::of(b"") };
        TASKS.map(|task| (task.parse().unwrap(), Code::Plugin(plugin.clone()))).into()
    });
    ClaimPlan::new(Claimant { queues: &QUEUES, routes: &ROUTES, capacity: &CAPACITY, now }, index.claims())
}

/// The next job, and what a claim of none leaves behind.
fn next(index: &mut Index, now: Timestamp) -> (Option<JobId>, Behind) {
    let mut plan = plan(index, now);
    (plan.next(index.claims()), plan.behind(index.claims()))
}

/// The jobs in the order of their starts, if each is deleted at once.
fn order(index: &mut Index, now: Timestamp) -> Vec<JobId> {
    let mut plan = plan(index, now);
    let mut started = Vec::new();
    while let Some(id) = plan.next(index.claims()) {
        index.apply(Edit::Gone(id));
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

fn assert_counts(index: &mut Index, truth: &BTreeMap<JobId, Stored>, now: Timestamp) {
    let stats = index.queues_after(None, 9, now);
    assert_eq!(
        stats
            .iter()
            .map(|queue| StateName::ALL.map(|state| queue.count(state)).iter().sum::<u64>())
            .sum::<u64>(),
        truth.len() as u64
    );
    for queue in stats {
        let here = || truth.values().filter(|stored| stored.spec.queue == queue.name).map(|s| &s.record);
        for state in StateName::ALL {
            let counted = here().filter(|record| record.state.name(now) == state).count();
            assert_eq!(queue.count(state), counted as u64, "{state} at {now}");
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
        let stored = Stored::random(which % 40, what);
        let id = stored.spec.id;
        if what % 10 == 0 {
            index.apply(Edit::Gone(id));
            truth.remove(&id);
        } else {
            index.apply(stored.edit());
            truth.insert(id, stored);
        }
        assert_counts(&mut index, &truth, at(when % 60));
    }
}

#[test]
fn a_job_that_waits_for_others_is_not_due_whatever_the_time() {
    let mut index = Index::default();
    let mut stored = Stored::random(1, 0);
    stored.record.state.expires_at = None;
    stored.record.state.waits_for = 2;
    index.apply(stored.edit());
    assert_eq!(next(&mut index, at(99)), (None, Behind::default()));
    assert_eq!(index.queues_after(None, 9, at(99))[0].count(StateName::Scheduled), 1);
    stored.record.state.waits_for = 0;
    index.apply(Edit::State(id(1), &stored.record));
    assert_eq!(next(&mut index, at(99)).0, Some(id(1)));
}

#[test]
fn a_final_job_that_others_need_is_counted_and_does_not_go() {
    let none = RetentionRule { age: None, count: 0 };
    let retention = Retention { completed: none, discarded: none, cancelled: none };
    let mut index = Index::default();
    let mut needed = Stored::random(1, 5);
    needed.record.children = 1;
    index.apply(needed.edit());
    assert_eq!(index.finals().beyond(&retention.cutoffs(at(99)), 9), []);
    assert_eq!(index.finals().count(&retention.cutoffs(at(99)))[&StateName::Discarded].jobs, 1);
    needed.record.children = 0;
    index.apply(Edit::State(id(1), &needed.record));
    assert_eq!(index.finals().beyond(&retention.cutoffs(at(99)), 9), [id(1)]);
}

#[test]
fn a_final_job_is_neither_due_nor_leased() {
    let mut index = Index::default();
    (0..7).for_each(|number| index.apply(Stored::random(1, number).edit()));
    assert_eq!(next(&mut index, at(99)), (None, Behind::default()));
    assert_eq!(index.expired(at(99), 9), (vec![], None));
}

/// Everything that an index is asked for.
fn everything(index: &mut Index) -> impl PartialEq + std::fmt::Debug + use<> {
    let none = RetentionRule { age: None, count: 0 };
    let retention = Retention { completed: none, discarded: none, cancelled: none };
    (
        index.queues_after(None, 9, at(99)),
        index.tasks_after(None, 9),
        (index.expired(at(25), 999), index.unstarted(at(25), 999), index.next_unstarted()),
        (
            index.finals().count(&retention.cutoffs(at(25))),
            index.finals().beyond(&retention.cutoffs(at(99)), 999),
        ),
        index.orders_before(None).map(|order| (order, index.order(order))).collect::<Vec<_>>(),
        next(index, at(99)),
        order(index, at(99)),
    )
}

/// A random change.
enum RandomEdit {
    Job(Box<Stored>),
    Gone(JobId),
    Queue(QueueName, QueueRecord),
    Task(TaskName, TaskRecord),
    Order(OrderId, Option<OrderStatusName>),
}

impl RandomEdit {
    fn new(most: u64, numbers: &mut impl Iterator<Item = u64>) -> Self {
        let (which, what) = (numbers.next().unwrap(), numbers.next().unwrap());
        let number = which / 9 % 120;
        match which % most {
            0 => Self::Gone(id(number)),
            1 => Self::Queue(QUEUES[(number % 3) as usize].parse().unwrap(), random_queue(what)),
            2 => {
                let settings = TaskSettings { gate: random_queue(what).settings.gate, ..Default::default() };
                let record = TaskRecord { settings, ..TaskRecord::default() };
                Self::Task(TASKS[(number % 2) as usize].parse().unwrap(), record)
            }
            3 => {
                let status = what.is_multiple_of(2).then_some(OrderStatusName::Loading);
                Self::Order(OrderId::from_bytes([(number % 20) as u8; 16]), status)
            }
            _ => Self::Job(Box::new(Stored::random_flow_control(number, what))),
        }
    }

    fn edit(&self) -> Edit<'_> {
        match self {
            Self::Job(stored) => stored.edit(),
            Self::Gone(id) => Edit::Gone(*id),
            Self::Queue(name, record) => Edit::Queue(name.clone(), *record),
            Self::Task(name, record) => Edit::Task(name.clone(), *record),
            Self::Order(id, status) => Edit::Order(*id, *status),
        }
    }
}

#[test]
fn what_a_request_that_fails_changed_is_taken_back() {
    for seed in 0..20 {
        let mut numbers = numbers(seed);
        let (mut index, mut fresh) = (Index::default(), Index::default());
        for _ in 0..200 {
            let edit = RandomEdit::new(20, &mut numbers);
            index.apply(edit.edit());
            fresh.apply(edit.edit());
        }
        // The host has asked for the tasks before, so that their jobs lie in order.
        next(&mut index, at(99));
        let mut undos = Vec::new();
        for _ in 0..100 {
            index.follow(RandomEdit::new(8, &mut numbers).edit(), &mut undos);
            next(&mut index, at(99));
        }
        undos.into_iter().rev().for_each(|undo| index.undo(undo));
        index.forget_idle();
        assert_eq!(everything(&mut index), everything(&mut fresh), "{seed}");
    }
}

#[test]
fn a_name_is_forgotten_with_its_last_job_unless_it_has_settings() {
    let mut index = Index::default();
    index.apply(Edit::Queue("b".parse().unwrap(), random_queue(5)));
    for (number, queue) in (0..).zip(QUEUES) {
        let mut stored = Stored::random(number, 0);
        stored.spec.queue = queue.parse().unwrap();
        index.apply(stored.edit());
    }
    (0..3).for_each(|number| index.apply(Edit::Gone(id(number))));
    assert_eq!((index.claims.queue_names().count(), index.claims.task_names().count()), (1, 0));
    index.apply(Edit::Queue("b".parse().unwrap(), QueueRecord::default()));
    assert_eq!(index.claims.queue_names().count(), 0);
}

#[test]
fn a_waiting_job_takes_less_than_200_bytes_and_a_final_one_less_than_80() {
    const JOBS: u64 = 20_000;
    let per_job = |phase: fn(u64) -> Phase| {
        let mut index = Index::default();
        for number in 0..JOBS {
            let spec = JobSpec::new(id(number), TASKS[0].parse().unwrap(), at(number));
            let mut record = StateRecord::submitted(&spec);
            record.state.phase = phase(number);
            index.apply(Edit::Job(&spec, &record));
        }
        assert_eq!(index.jobs(), JOBS as usize);
        index.bytes() as u64 / JOBS
    };
    let waiting = per_job(|number| Phase::Pending { due_at: at(number) });
    let completed = per_job(|number| Phase::Completed { at: at(number) });
    assert!(
        (100..200).contains(&waiting) && (64..80).contains(&completed),
        "{waiting} and {completed} bytes"
    );
}
