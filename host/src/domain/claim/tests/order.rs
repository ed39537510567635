//! The order of starts.

use super::*;

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
        let status = QueuedStatus::Pending { due_at: at(random / 3 % 50) };
        let key = (random % 2 == 0).then(|| digest(random / 7 % 20)).flatten();
        let share = Share { caller: digest(random / 13 % 3), key };
        let job = QueuedJob { priority: (random % 3) as i8, status, share, ..one.waiting() };
        one.put(number, job);
        let queue = many.queue(["a", "b", "c"][(random / 150 % 3) as usize]);
        let task = many.task(["t", "u", "v"][(random / 450 % 3) as usize]);
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
