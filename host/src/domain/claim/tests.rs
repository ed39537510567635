//! Who is next, and how much is looked at to find out.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use super::*;
use crate::domain::{Digest, GateSettings, PluginName, PluginRef, QueueChoice};

/// An index, the jobs that it follows, and who claims them.
struct Scene {
    index: ClaimIndex,
    jobs: BTreeMap<JobId, QueuedJob>,
    queues: QueueChoice,
    routes: HashMap<TaskName, PluginRef>,
    rooms: HashMap<PluginName, usize>,
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn id(number: usize) -> JobId {
    JobId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
}

fn digest(number: usize) -> Option<KeyDigest> {
    Some(u128::try_from(number).unwrap().to_be_bytes())
}

/// Numbers of a fixed sequence (Knuth's MMIX constants), the high bits of each.
fn numbers(seed: u64) -> impl Iterator<Item = usize> {
    let step = |number: &u64| {
        Some(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407))
    };
    std::iter::successors(Some(seed), step).skip(1).map(|number| (number >> 20) as usize)
}

impl Scene {
    /// A host that works all queues and runs the task `t` by the plugin `t`.
    fn new() -> Self {
        let mut scene = Self {
            index: ClaimIndex::default(),
            jobs: BTreeMap::new(),
            queues: QueueChoice::All,
            routes: HashMap::new(),
            rooms: HashMap::new(),
        };
        scene.run_task("t");
        scene
    }

    fn run_task(&mut self, name: &str) {
        let plugin = PluginRef { name: name.parse().unwrap(), version: 1, digest: Digest::of(b"") };
        self.routes.insert(name.parse().unwrap(), plugin);
    }

    fn queue(&mut self, name: &str) -> Symbol {
        self.index.queue_symbol(&name.parse().unwrap())
    }

    fn task(&mut self, name: &str) -> Symbol {
        self.index.task_symbol(&name.parse().unwrap())
    }

    /// A job that is due at the second 0, of the task `t`.
    fn waiting_in(&mut self, queue: &str) -> QueuedJob {
        QueuedJob {
            status: QueuedStatus::Pending { due_at: at(0) },
            queue: self.queue(queue),
            task: self.task("t"),
            priority: 0,
            key: None,
            strict_order: false,
            share: Share::default(),
            weight: 1,
        }
    }

    /// The same in the queue `a`.
    fn waiting(&mut self) -> QueuedJob {
        self.waiting_in("a")
    }

    fn keyed(&mut self, key: usize) -> QueuedJob {
        QueuedJob { key: digest(key), ..self.waiting() }
    }

    fn fair(&mut self, key: usize) -> QueuedJob {
        QueuedJob { share: Share { caller: None, key: digest(key) }, ..self.waiting() }
    }

    fn change(&mut self, id: JobId, job: Option<QueuedJob>) {
        let before = self.jobs.remove(&id);
        self.index.follow(id, before.as_ref(), job.as_ref());
        self.jobs.extend(job.map(|job| (id, job)));
    }

    fn put(&mut self, number: usize, job: QueuedJob) {
        self.change(id(number), Some(job));
    }

    fn finish(&mut self, number: usize) {
        self.change(id(number), None);
    }

    fn set(&mut self, queue: &str, gate: GateSettings) {
        let settings = QueueSettings { gate, ..QueueSettings::default() };
        let queue = self.queue(queue);
        self.index.set_queue(queue, settings, Arrival::default());
    }

    fn claim(&mut self, limit: usize, now: Timestamp) -> Vec<JobId> {
        self.claim_and_look(limit, now).0
    }

    fn claim_and_look(&mut self, limit: usize, now: Timestamp) -> (Vec<JobId>, Behind) {
        let (queues, routes, rooms) = (self.queues.clone(), self.routes.clone(), self.rooms.clone());
        let claimant = Claimant { queues: &queues, routes: &routes, rooms: &rooms, now };
        let mut plan = ClaimPlan::new(claimant, &mut self.index);
        let mut started = Vec::new();
        while started.len() < limit
            && let Some(next) = plan.next(&mut self.index)
        {
            let job = QueuedJob { status: QueuedStatus::Running, ..self.jobs[&next] };
            self.change(next, Some(job));
            let (settings, _) = self.index.queue_settings(job.queue);
            let arrival = self.index.queue_gate(job.queue).after(1, now).arrival;
            self.index.set_queue(job.queue, settings, arrival);
            let (settings, _) = self.index.task_settings(job.task);
            self.index.set_task(job.task, settings, self.index.task_gate(job.task).after(1, now).arrival);
            plan.count_start();
            started.push(next);
        }
        let behind = plan.behind(&mut self.index);
        (started, behind)
    }

    /// How many steps a claim takes that finds two jobs of another queue and task.
    fn steps_to_two(&mut self, now: Timestamp) -> u64 {
        self.run_task("free");
        for number in [usize::MAX - 1, usize::MAX] {
            let job = QueuedJob { task: self.task("free"), priority: -9, ..self.waiting_in("free") };
            self.put(number, job);
        }
        let before = self.index.steps();
        assert_eq!(self.claim(9, now), [usize::MAX - 1, usize::MAX].map(id));
        self.index.steps() - before
    }
}

fn at_most(count: u32) -> GateSettings {
    GateSettings { concurrency: NonZeroU32::new(count), ..GateSettings::default() }
}

fn rated(rate: &str) -> GateSettings {
    GateSettings { rate: rate.parse().ok(), ..GateSettings::default() }
}

fn paused() -> GateSettings {
    GateSettings { paused: true, ..GateSettings::default() }
}

#[test]
fn jobs_due_later_do_not_hide_one_due_now() {
    let mut scene = Scene::new();
    let waiting = scene.waiting();
    let later =
        |priority, due_at| QueuedJob { priority, status: QueuedStatus::Pending { due_at }, ..waiting };
    (0..1_000).for_each(|number| scene.put(number, later(5, at(1_000))));
    scene.put(2_000, later(-5, at(1)));
    let behind = Behind { next_due: Some(at(1_000)), held: false };
    assert_eq!(scene.claim_and_look(10, at(1)), (vec![id(2_000)], behind));
}

#[test]
fn queues_and_tasks_are_merged_into_the_order_of_one() {
    let (mut one, mut many) = (Scene::new(), Scene::new());
    ["u", "v"].into_iter().for_each(|task| many.run_task(task));
    for (number, random) in (0..500).zip(numbers(2)) {
        let status = QueuedStatus::Pending { due_at: at(random as u64 / 3 % 50) };
        let key = (random % 2 == 0).then(|| digest(random / 7 % 20)).flatten();
        let share = Share { caller: digest(random / 13 % 3), key };
        let job = QueuedJob { priority: (random % 3) as i8, status, share, ..one.waiting() };
        one.put(number, job);
        let queue = many.queue(["a", "b", "c"][random / 150 % 3]);
        let task = many.task(["t", "u", "v"][random / 450 % 3]);
        many.put(number, QueuedJob { queue, task, ..job });
    }
    // One of them has a gate that never closes, and so many lanes that it has an order of its own.
    many.set("b", at_most(10_000));
    for limit in [0, 1, 7, 250, 1_000] {
        assert_eq!(one.claim(limit, at(30)), many.claim(limit, at(30)), "{limit}");
    }
}

#[test]
fn a_queue_gives_no_more_than_its_gate_lets_through_whatever_the_tasks() {
    let mut scene = Scene::new();
    scene.run_task("u");
    let (waiting, other) = (scene.waiting(), scene.task("u"));
    for number in 0..4 {
        scene.put(number, if number % 2 == 0 { waiting } else { QueuedJob { task: other, ..waiting } });
    }
    let free = QueuedJob { priority: -1, ..scene.waiting_in("b") };
    (10..20).for_each(|number| scene.put(number, free));
    scene.set("a", at_most(3));
    let behind = Behind { next_due: Some(at(1)), held: true };
    assert_eq!(scene.claim_and_look(4, at(1)), ([0, 1, 2, 10].map(id).into(), behind));
    scene.set("a", paused());
    assert_eq!(scene.claim(1, at(1)), [id(11)]);
    scene.set("a", GateSettings::default());
    assert_eq!(scene.claim(2, at(1)), [3, 12].map(id));
}

#[test]
fn a_rate_that_lets_the_next_start_opens_the_queue_and_a_clock_that_steps_back_closes_it() {
    let mut scene = Scene::new();
    let waiting = scene.waiting();
    (0..4).for_each(|number| scene.put(number, waiting));
    scene.set("a", rated("1/10s"));
    let behind = Behind { next_due: Some(at(110)), held: false };
    assert_eq!(scene.claim_and_look(9, at(100)), (vec![id(0)], behind));
    assert_eq!(scene.claim(9, at(109)), []);
    assert_eq!(scene.claim(9, at(110)), [id(1)]);
    assert_eq!(scene.claim(0, at(130)), []);
    assert_eq!(scene.claim_and_look(9, at(115)), (vec![], Behind { next_due: Some(at(120)), held: false }));
    assert_eq!(scene.claim(9, at(120)), [id(2)]);
}

#[test]
fn a_host_that_works_some_queues_sees_no_others_and_another_host_sees_all() {
    let mut scene = Scene::new();
    for (number, queue) in (0..).zip(["a", "b", "c", "a"]) {
        let waiting = scene.waiting_in(queue);
        scene.put(number, waiting);
    }
    scene.queues = QueueChoice::Only(["a".parse().unwrap()].into());
    assert_eq!(scene.claim(1, at(1)), [id(0)]);
    scene.queues = QueueChoice::Except(["a".parse().unwrap(), "none".parse().unwrap()].into());
    assert_eq!(scene.claim(1, at(1)), [id(1)]);
    scene.queues = QueueChoice::All;
    assert_eq!(scene.claim(9, at(1)), [2, 3].map(id));
}

#[test]
fn jobs_of_a_task_that_no_host_runs_wait_for_one_that_does() {
    let mut scene = Scene::new();
    let job = QueuedJob { task: scene.task("u"), ..scene.waiting() };
    scene.put(1, job);
    assert_eq!(scene.claim_and_look(9, at(1)), (vec![], Behind::default()));
    scene.run_task("u");
    assert_eq!(scene.claim(9, at(1)), [id(1)]);
}

const MANY: usize = 100_000;

/// The most steps that a claim of two jobs takes, whoever else waits.
const FEW: u64 = 20;

#[test]
fn many_jobs_behind_a_closed_gate_are_not_looked_at() {
    for settings in [paused(), at_most(1), rated("1/1h")] {
        for of_queue in [true, false] {
            let mut scene = Scene::new();
            for number in 0..MANY {
                let job = scene.fair(number % 1_000);
                scene.put(number, job);
            }
            let task = scene.task("t");
            if of_queue {
                scene.set("a", settings);
            } else {
                let settings = TaskSettings { gate: settings, ..TaskSettings::default() };
                scene.index.set_task(task, settings, Arrival::default());
            }
            scene.claim(1, at(1));
            let steps = scene.steps_to_two(at(1));
            assert!(steps <= FEW, "{settings:?}: {steps}");
        }
    }
}

#[test]
fn many_closed_queues_are_not_looked_at() {
    for settings in [paused(), at_most(1), rated("1/1h")] {
        let mut scene = Scene::new();
        for number in 0..20_000 {
            let queue = format!("q{}", number % 10_000);
            let job = scene.waiting_in(&queue);
            scene.put(number, job);
            scene.set(&queue, settings);
        }
        scene.claim(10_000, at(1));
        let steps = scene.steps_to_two(at(1));
        assert!(steps <= FEW, "{settings:?}: {steps}");
    }
}

#[test]
fn many_open_queues_and_unknown_tasks_are_not_looked_at() {
    let mut scene = Scene::new();
    for number in 0..30_000 {
        let mut job = scene.waiting_in(&format!("q{number}"));
        scene.put(number, job);
        job.task = scene.task(&format!("u{number}"));
        job.queue = scene.queue("a");
        scene.put(MANY + number, job);
    }
    // Each start fills a queue in which all the unknown tasks wait too, and each end opens it.
    scene.set("a", at_most(1));
    let job = QueuedJob { priority: 1, ..scene.waiting() };
    (0..10).for_each(|number| scene.put(2 * MANY + number, job));
    scene.claim(0, at(1));
    let before = scene.index.steps();
    for number in 0..10 {
        assert_eq!(scene.claim(1, at(1)), [id(2 * MANY + number)]);
        scene.finish(2 * MANY + number);
    }
    let steps = scene.index.steps() - before;
    assert!(steps <= 10 * FEW, "{steps}");
}

#[test]
fn a_queue_with_many_fairness_keys_is_filled_and_freed_in_a_few_steps() {
    let mut scene = Scene::new();
    for number in 0..MANY {
        let job = scene.fair(number % 10_000);
        scene.put(number, job);
    }
    scene.set("a", at_most(1));
    scene.claim(0, at(1));
    let before = scene.index.steps();
    for number in 0..100 {
        assert_eq!(scene.claim(9, at(1)), [id(number)]);
        scene.finish(number);
    }
    // Each lane is laid by its turn once.
    let steps = scene.index.steps() - before;
    assert!(steps <= 10_000 + 100 * FEW, "{steps}");
}

#[test]
fn many_jobs_of_a_plugin_without_room_are_not_looked_at() {
    let mut scene = Scene::new();
    let waiting = scene.waiting();
    (0..MANY).for_each(|number| scene.put(number, waiting));
    scene.rooms.insert("t".parse().unwrap(), 2);
    let behind = Behind { next_due: None, held: true };
    assert_eq!(scene.claim_and_look(9, at(1)), ([0, 1].map(id).into(), behind));
    scene.rooms.insert("t".parse().unwrap(), 0);
    let steps = scene.steps_to_two(at(1));
    assert!(steps <= FEW, "{steps}");
}

#[test]
fn many_jobs_of_full_keys_are_not_looked_at() {
    let mut scene = Scene::new();
    for number in 0..MANY {
        let job = scene.keyed(number % 1_000);
        scene.put(number, job);
    }
    assert_eq!(scene.claim(MANY, at(1)).len(), 1_000);
    let steps = scene.steps_to_two(at(1));
    assert!(steps <= FEW, "{steps}");
    scene.finish(7);
    assert_eq!(scene.claim(9, at(1)), [id(1_007)]);
}

#[test]
fn of_many_fairness_keys_only_those_that_are_next_are_looked_at() {
    let mut scene = Scene::new();
    for number in 0..MANY {
        let job = scene.fair(number % 1_000);
        scene.put(number, job);
    }
    let before = scene.index.steps();
    scene.claim(5_000, at(1));
    let steps = scene.index.steps() - before;
    assert!(steps <= 5_000 * 5, "{steps}");
}

#[test]
fn nothing_is_kept_of_keys_without_waiting_and_running_jobs() {
    let mut scene = Scene::new();
    for number in 0..1_000 {
        let job = QueuedJob { strict_order: number % 2 == 0, ..scene.keyed(number) };
        scene.put(number, job);
    }
    let queue = scene.queue("a");
    let kept = |scene: &Scene| scene.index.queues[queue.index()].keys.len();
    assert_eq!(kept(&scene), 1_000);
    scene.claim(1_000, at(1));
    (0..1_000).for_each(|number| scene.finish(number));
    assert_eq!(kept(&scene), 0);
}
