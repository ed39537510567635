//! Who is next, and how much is looked at to find out.

use std::num::NonZeroU32;

use super::super::probe::steps;
use super::*;
use crate::domain::{Digest, GateSettings, PluginRef, QueueSettings};

/// An index, and the records that it follows.
#[derive(Default)]
struct Scene {
    index: Index,
    records: BTreeMap<JobId, StateRecord>,
}

/// What a job is when nothing else is said of it: due at the second 0, in the queue `a`.
fn waiting() -> StateRecord {
    let mut record = record(0);
    (record.queue, record.priority) = ("a".parse().unwrap(), 0);
    (record.state.waits_for, record.state.phase) = (0, Phase::Pending { due_at: at(0) });
    record
}

fn digest(number: usize) -> Option<[u8; 16]> {
    Some(u128::try_from(number).unwrap().to_be_bytes())
}

fn keyed(key: usize) -> StateRecord {
    StateRecord { lane: LaneMark { key: digest(key), ..LaneMark::default() }, ..waiting() }
}

fn fair(key: usize) -> StateRecord {
    let lane = LaneMark { fairness_key: digest(key), fairness_weight: 1, ..LaneMark::default() };
    StateRecord { lane, ..waiting() }
}

impl Scene {
    fn put(&mut self, number: u64, record: StateRecord) {
        self.records.insert(id(number), record.clone());
        self.index.apply(Edit::Job(id(number), Some(Box::new(record))));
    }

    fn start(&mut self, number: JobId, now: Timestamp) {
        let mut record = self.records[&number].clone();
        let token = LeaseToken::from_bytes([0; 16]);
        record.state.phase = Phase::Running {
            lease: Lease { token, expires_at: now, worker: WorkerId::new("w"), due_at: now },
        };
        self.records.insert(number, record.clone());
        self.index.apply(Edit::Job(number, Some(Box::new(record))));
    }

    fn finish(&mut self, number: JobId) {
        let mut record = self.records[&number].clone();
        record.state.phase = Phase::Completed { at: at(9) };
        self.index.apply(Edit::Job(number, Some(Box::new(record))));
    }

    fn set(&mut self, settings: QueueSettings) {
        self.index
            .apply(Edit::Queue("a".parse().unwrap(), QueueRecord { settings, ..QueueRecord::default() }));
    }

    fn set_gate(&mut self, gate: GateSettings) {
        self.set(QueueSettings { gate, ..QueueSettings::default() });
    }

    fn claim_by(&mut self, request: &ClaimRequest) -> Vec<JobId> {
        let mut round = Round::new(request, &self.index);
        let mut started = Vec::new();
        while started.len() < request.limit
            && let Some(next) = round.next(&mut self.index)
        {
            self.start(next, request.now);
            round.count_start(&self.index);
            started.push(next);
        }
        started
    }

    fn claim(&mut self, limit: usize, now: Timestamp) -> Vec<JobId> {
        self.claim_by(&request(limit, now))
    }
}

fn at_most(count: u32) -> GateSettings {
    GateSettings { concurrency: NonZeroU32::new(count), ..GateSettings::default() }
}

fn paused() -> GateSettings {
    GateSettings { paused: true, ..GateSettings::default() }
}

#[test]
fn jobs_due_later_do_not_hide_one_due_now() {
    let mut scene = Scene::default();
    let later = |priority, due_at| {
        let mut record = StateRecord { priority, ..waiting() };
        record.state.phase = Phase::Pending { due_at };
        record
    };
    (0..1_000).for_each(|number| scene.put(number, later(5, at(1_000))));
    scene.put(2_000, later(-5, at(1)));
    assert_eq!(scene.claim(10, at(1)), [id(2_000)]);
    assert_eq!(next(&mut scene.index, at(1)).1, Behind { next_due: Some(at(1_000)), held: false });
}

#[test]
fn queues_and_tasks_are_merged_into_the_order_of_one() {
    let (mut one, mut many) = (Scene::default(), Scene::default());
    for (number, random) in (0..500).zip(numbers(2)) {
        let mut record = StateRecord { priority: (random % 3) as i8, ..waiting() };
        record.state.phase = Phase::Pending { due_at: at(random / 3 % 50) };
        one.put(number, record.clone());
        record.queue = QUEUES[(random / 150 % 3) as usize].parse().unwrap();
        record.task = QUEUES[(random / 450 % 3) as usize].parse().unwrap();
        many.put(number, record);
    }
    for limit in [0, 1, 7, 250, 1_000] {
        assert_eq!(one.claim(limit, at(30)), many.claim(limit, at(30)), "{limit}");
    }
}

#[test]
fn a_queue_gives_no_more_than_its_gate_lets_through_whatever_the_tasks() {
    let mut scene = Scene::default();
    let other = StateRecord { task: "u".parse().unwrap(), ..waiting() };
    (0..4).for_each(|number| scene.put(number, if number % 2 == 0 { waiting() } else { other.clone() }));
    let free = StateRecord { queue: "b".parse().unwrap(), priority: -1, ..waiting() };
    (10..20).for_each(|number| scene.put(number, free.clone()));
    scene.set_gate(at_most(3));
    assert_eq!(scene.claim(4, at(1)), [0, 1, 2, 10].map(id));
    assert_eq!(next(&mut scene.index, at(1)).1, Behind { next_due: Some(at(1)), held: true });
    scene.set_gate(paused());
    assert_eq!(scene.claim(1, at(1)), [id(11)]);
    scene.set_gate(GateSettings::default());
    assert_eq!(scene.claim(2, at(1)), [3, 12].map(id));
}

/// How many steps a claim takes that finds two jobs of another queue and task.
fn steps_to_two(scene: &mut Scene, request: &ClaimRequest) -> usize {
    for number in [u64::MAX - 1, u64::MAX] {
        let (queue, task) = ("free".parse().unwrap(), "free".parse().unwrap());
        scene.put(number, StateRecord { queue, task, priority: -9, ..waiting() });
    }
    steps(|| assert_eq!(scene.claim_by(request).len(), 2))
}

const MANY: u64 = 200_000;

/// The most steps that a claim of two jobs takes, whoever else waits.
const FEW: usize = 20;

#[test]
fn many_jobs_behind_a_closed_gate_are_not_looked_at() {
    let rated = GateSettings { rate: "1/1h".parse().ok(), ..GateSettings::default() };
    for settings in [paused(), at_most(1), rated] {
        let arrival = Gate { settings, ..Gate::default() }.after(1, at(1)).arrival;
        let queue =
            QueueRecord { settings: QueueSettings { gate: settings, key_concurrency: None }, arrival };
        let of_queue = Edit::Queue("a".parse().unwrap(), queue);
        let of_task = Edit::Task("t".parse().unwrap(), TaskRecord { settings, arrival });
        for edit in [of_queue, of_task] {
            let mut scene = Scene::default();
            scene.put(0, waiting());
            scene.claim(1, at(1));
            (1..MANY).for_each(|number| scene.put(number, fair(number as usize % 1_000)));
            scene.index.apply(edit);
            let steps = steps_to_two(&mut scene, &request(9, at(1)));
            assert!(steps <= FEW, "{settings:?}: {steps}");
        }
    }
}

#[test]
fn many_jobs_of_a_plugin_without_room_are_not_looked_at() {
    let mut scene = Scene::default();
    (0..MANY).for_each(|number| scene.put(number, waiting()));
    let plugin = PluginRef { name: "p".parse().unwrap(), version: 1, digest: Digest::of(b"") };
    let mut request = request(9, at(1));
    request.routes = Arc::new(HashMap::from([("t".parse().unwrap(), plugin.clone())]));
    request.rooms.insert(plugin.name.clone(), 2);
    assert_eq!(scene.claim_by(&request), [0, 1].map(id));
    request.rooms.insert(plugin.name, 0);
    let steps = steps_to_two(&mut scene, &request);
    assert!(steps <= FEW, "{steps}");
    let round = Round::new(&request, &scene.index);
    assert_eq!(round.behind(&mut scene.index), Behind { next_due: None, held: true });
}

#[test]
fn many_jobs_of_full_keys_are_not_looked_at() {
    let mut scene = Scene::default();
    (0..MANY).for_each(|number| scene.put(number, keyed(number as usize % 1_000)));
    assert_eq!(scene.claim(MANY as usize, at(1)).len(), 1_000);
    let steps = steps_to_two(&mut scene, &request(9, at(1)));
    assert!(steps <= FEW, "{steps}");
    scene.finish(id(7));
    assert_eq!(scene.claim(9, at(1)), [id(1_007)]);
}

#[test]
fn of_many_fairness_keys_only_those_that_are_next_are_looked_at() {
    let mut scene = Scene::default();
    (0..MANY).for_each(|number| scene.put(number, fair(number as usize % 1_000)));
    let steps = steps(|| drop(scene.claim(5_000, at(1))));
    assert!(steps <= 5_000 * 5, "{steps}");
}

#[test]
fn nothing_is_kept_of_keys_without_waiting_and_running_jobs() {
    let mut scene = Scene::default();
    for number in 0..1_000 {
        let mut record = keyed(number as usize);
        record.lane.strict_order = number % 2 == 0;
        scene.put(number, record);
    }
    let kept = |scene: &Scene| scene.index.lines[0].keys_kept();
    assert_eq!(kept(&scene), 1_000);
    let started = scene.claim(1_000, at(1));
    started.into_iter().for_each(|job| scene.finish(job));
    assert_eq!(kept(&scene), 0);
}

#[test]
fn what_a_request_that_fails_changed_is_taken_back() {
    let mut scene = Scene::default();
    for number in 0..20 {
        let mut record = if number % 2 == 0 { keyed(number as usize % 3) } else { fair(number as usize % 3) };
        record.lane.strict_order = number % 4 == 0;
        scene.put(number, record);
    }
    scene.set(QueueSettings { key_concurrency: NonZeroU32::new(2), ..QueueSettings::default() });
    let mut undos = Vec::new();
    for (number, random) in (0..40).zip(numbers(3)) {
        let edit = match random % 4 {
            0 => Edit::Job(id(random / 4 % 30), None),
            1 => Edit::Queue("a".parse().unwrap(), QueueRecord::default()),
            _ => Edit::Job(id(random / 4 % 30), Some(Box::new(record(number * random)))),
        };
        scene.index.follow(edit, &mut undos);
    }
    undos.into_iter().rev().for_each(|undo| scene.index.undo(undo));
    let mut fresh = Scene::default();
    fresh.set(QueueSettings { key_concurrency: NonZeroU32::new(2), ..QueueSettings::default() });
    scene
        .records
        .clone()
        .into_iter()
        .for_each(|(id, record)| fresh.index.apply(Edit::Job(id, Some(Box::new(record)))));
    fresh.records = scene.records.clone();
    assert_eq!(scene.claim(99, at(99)), fresh.claim(99, at(99)));
    assert_eq!(scene.index.queues(at(99)).first(), fresh.index.queues(at(99)).first());
}
