//! The steps to find the next job.

use super::*;

const MANY: u64 = 100_000;

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
                scene.index.set_task(task, settings, RateState::default());
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
    scene.capacity.insert("t".parse().unwrap(), 2);
    let behind = Behind { next_due: None, held: true };
    assert_eq!(scene.claim_and_look(9, at(1)), ([0, 1].map(id).into(), behind));
    scene.capacity.insert("t".parse().unwrap(), 0);
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
    assert_eq!(scene.claim(MANY as usize, at(1)).len(), 1_000);
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
fn many_priorities_of_which_nothing_is_due_are_not_looked_at() {
    let mut scene = Scene::new();
    for number in 0..200 {
        let status = QueuedStatus::Pending { due_at: at(1_000 + number) };
        let job = QueuedJob { status, priority: number as i8, ..scene.waiting() };
        scene.put(number, job);
        scene.put(1_000 + number, QueuedJob { key: digest(1), ..job });
    }
    for number in 2_000..2_200 {
        let job = QueuedJob { priority: -128, ..scene.keyed(number % 2) };
        scene.put(number, job);
    }
    scene.claim(0, at(1));
    let steps = steps_of_a_hundred(&mut scene);
    assert!(steps <= 100 * FEW, "{steps}");
}

/// The most steps of a start and an end, of two tasks of the same concurrency key.
const FEW_OF_TWO_TASKS: u64 = 2 * FEW;

/// Steps of a hundred starts and ends of one key.
fn steps_of_a_hundred(scene: &mut Scene) -> u64 {
    let before = scene.index.steps();
    assert_eq!(scene.run_one_by_one(100, at(1)).len(), 100);
    scene.index.steps() - before
}

#[test]
fn a_start_and_an_end_within_a_key_move_nothing_of_the_many_that_wait() {
    let mut scene = Scene::new();
    scene.run_task("u");
    let tasks = ["t", "u"].map(|name| scene.task(name));
    for number in 0..MANY {
        let share = Share { caller: digest(number % 5), key: digest(number % 77) };
        let job = QueuedJob { share, priority: (number / 2 % 250) as i8, ..scene.keyed(1) };
        scene.put(number, QueuedJob { task: tasks[(number % 2) as usize], ..job });
        // No host runs these.
        let task = scene.task(&format!("u{}", number % 20_000));
        scene.put(MANY + number, QueuedJob { task, ..job });
    }
    let before = scene.index.steps();
    scene.claim(0, at(1));
    let steps = scene.index.steps() - before;
    assert!(steps <= 5 * MANY, "{steps} to put them in order once");
    let steps = steps_of_a_hundred(&mut scene);
    assert!(steps <= 100 * FEW_OF_TWO_TASKS, "{steps}");
}

#[test]
fn many_keys_of_many_lanes_are_not_looked_at() {
    let mut scene = Scene::new();
    for number in 0..MANY {
        let share = Share { caller: None, key: digest(number / 5_000) };
        let job = QueuedJob { share, ..scene.keyed(number % 5_000) };
        scene.put(number, job);
    }
    assert_eq!(scene.claim(MANY as usize, at(1)).len(), 5_000);
    let steps = scene.steps_to_two(at(1));
    assert!(steps <= FEW, "{steps}");
    let before = scene.index.steps();
    for number in 0..100 {
        scene.finish(number);
        assert_eq!(scene.claim(9, at(1)).len(), 1);
    }
    let steps = scene.index.steps() - before;
    assert!(steps <= 100 * FEW, "{steps}");
}

#[test]
fn what_is_refused_costs_no_more_than_itself() {
    let mut scene = Scene::new();
    for number in 10..MANY {
        let job = scene.fair(number);
        scene.put(number, job);
    }
    scene.claim(1, at(1));
    // One that has had its start, and whose turn the others have reached since.
    for (number, key) in [(0, 0), (1, 10), (2, 10), (3, 10)] {
        let job = QueuedJob { priority: 1, ..scene.fair(key) };
        scene.put(number, job);
        assert_eq!(scene.run_one_by_one(1, at(1)), [id(number)]);
    }
    let job = scene.fair(0);
    let before = scene.index.steps();
    for _ in 0..10 {
        scene.refuse(|scene| scene.put(0, job));
        assert_eq!(scene.claim(1, at(1)).len(), 1);
    }
    let steps = scene.index.steps() - before;
    assert!(steps <= 10 * FEW, "{steps}");
}

#[test]
fn a_claim_that_is_taken_back_costs_no_more_than_itself() {
    let mut scene = Scene::new();
    for number in 0..MANY {
        let job = scene.fair(number);
        scene.put(number, job);
    }
    scene.claim(2, at(1));
    let before = scene.index.steps();
    for _ in 0..10 {
        scene.refuse(|scene| assert_eq!(scene.claim(5, at(1)).len(), 5));
        assert_eq!(scene.claim(1, at(1)).len(), 1);
    }
    let steps = scene.index.steps() - before;
    assert!(steps <= 10 * 5 * FEW, "{steps}");
}
