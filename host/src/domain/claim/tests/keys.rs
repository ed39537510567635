//! Concurrency keys.

use super::*;

/// Jobs of the same concurrency key, by caller and fairness key; the older ones first.
fn put_keyed(scene: &mut Scene, shares: &[(u64, u64)], each: u64) {
    for (number_of_share, (caller, fair)) in (0..).zip(shares) {
        let share = Share { caller: digest(*caller), key: digest(*fair) };
        let job = QueuedJob { share, ..scene.keyed(1) };
        (0..each).for_each(|number| scene.put(100 * number_of_share + number, job));
    }
}

#[test]
fn within_a_key_callers_go_round_and_then_their_fairness_keys() {
    let mut scene = Scene::new();
    put_keyed(&mut scene, &[(1, 1), (1, 2), (2, 1)], 3);
    let expected = [0, 200, 100, 201, 1, 202, 101, 2, 102].map(id);
    assert_eq!(scene.run_one_by_one(9, at(1)), expected);
}

#[test]
fn within_a_key_a_weight_is_the_number_of_starts_of_a_round() {
    let mut scene = Scene::new();
    put_keyed(&mut scene, &[(1, 1), (1, 2)], 9);
    (0..9).for_each(|number| scene.put(number, QueuedJob { weight: 3, ..scene.jobs[&id(number)] }));
    let expected = [0, 1, 2, 100, 3, 4, 5, 101, 6].map(id);
    assert_eq!(scene.run_one_by_one(9, at(1)), expected);
}

#[test]
fn within_a_key_a_newcomer_has_its_turn_before_those_that_wait_in_great_numbers_are_through() {
    let mut scene = Scene::new();
    let large: Vec<_> = (1..=8).map(|fair| (1, fair)).collect();
    put_keyed(&mut scene, &large, 50);
    scene.run_one_by_one(20, at(1));
    let job = QueuedJob { share: Share { caller: digest(1), key: digest(9) }, ..scene.keyed(1) };
    scene.put(9_999, job);
    // Those of this round and those of the next.
    assert!(scene.run_one_by_one(13, at(1)).contains(&id(9_999)));
}

#[test]
fn turns_of_a_key_go_on_where_its_only_fairness_key_was() {
    let mut scene = Scene::new();
    put_keyed(&mut scene, &[(1, 1)], 9);
    (0..9).for_each(|number| scene.put(number, QueuedJob { weight: 3, ..scene.jobs[&id(number)] }));
    scene.run_one_by_one(2, at(1));
    let job = QueuedJob { share: Share { caller: digest(1), key: digest(2) }, ..scene.keyed(1) };
    scene.put(100, job);
    assert_eq!(scene.run_one_by_one(3, at(1)), [2, 3, 4].map(id));
    scene.put(101, job);
    assert_eq!(scene.run_one_by_one(4, at(1)), [5, 100, 6, 7].map(id));
}

#[test]
fn what_falls_due_within_a_key_is_put_forward_and_not_when_the_clock_steps_back() {
    let mut scene = Scene::new();
    let job = scene.keyed(1);
    let urgent = |seconds| {
        let due_at = at(seconds);
        QueuedJob { priority: 5, status: QueuedStatus::Pending { due_at }, ..job }
    };
    (0..3).for_each(|number| scene.put(number, job));
    (10..12).for_each(|number| scene.put(number, urgent(10 * number)));
    let looks = |scene: &mut Scene, seconds| scene.claim_and_look(0, at(seconds)).1;
    let due_now = |seconds| Behind { next_due: Some(at(seconds)), held: false };
    assert_eq!(looks(&mut scene, 50), due_now(50));
    assert_eq!(looks(&mut scene, 100), due_now(100));
    // The urgent one was put forward, and is due no longer.
    assert_eq!(scene.run_one_by_one(1, at(99)), [id(0)]);
    assert_eq!(scene.run_one_by_one(2, at(100)), [10, 1].map(id));
    assert_eq!(scene.run_one_by_one(2, at(110)), [11, 2].map(id));
}

#[test]
fn a_key_of_which_nothing_is_due_says_when_something_will_be() {
    let mut scene = Scene::new();
    for (number, seconds) in [(0, 70), (1, 60), (2, 80)] {
        let status = QueuedStatus::Pending { due_at: at(seconds) };
        let job = QueuedJob { priority: number as i8, status, ..scene.keyed(1) };
        scene.put(number, job);
    }
    for settings in [GateSettings::default(), at_most(9), rated("9/1s")] {
        scene.set("a", settings);
        let behind = Behind { next_due: Some(at(60)), held: false };
        assert_eq!(scene.claim_and_look(9, at(1)), (vec![], behind), "{settings:?}");
    }
}

#[test]
fn a_key_gives_to_one_task_what_another_one_cannot_take() {
    let mut scene = Scene::new();
    scene.run_task("u");
    let (paused_job, other) = (scene.keyed(1), scene.task("u"));
    (0..20).for_each(|number| scene.put(number, paused_job));
    scene.put(20, QueuedJob { task: other, ..paused_job });
    let settings = TaskSettings { gate: paused(), ..TaskSettings::default() };
    scene.index.set_task(paused_job.task, settings, RateState::default());
    assert_eq!(scene.claim(9, at(1)), [id(20)]);
}

#[test]
fn a_key_with_capacity_for_several_gives_them_in_turn_at_once() {
    let mut scene = Scene::new();
    put_keyed(&mut scene, &[(1, 1), (1, 2), (1, 3)], 3);
    scene.set_all("a", QueueSettings { key_concurrency: NonZeroU32::new(4), ..QueueSettings::default() });
    assert_eq!(scene.claim(9, at(1)), [0, 100, 200, 1].map(id));
    scene.finish(100);
    assert_eq!(scene.claim(9, at(1)), [id(101)]);
    scene.set_all("a", QueueSettings { key_concurrency: NonZeroU32::new(5), ..QueueSettings::default() });
    assert_eq!(scene.claim(9, at(1)), [id(201)]);
}

#[test]
fn jobs_of_a_key_that_came_before_a_host_ran_their_task_start_in_order() {
    let mut scene = Scene::new();
    let task = scene.task("u");
    put_keyed(&mut scene, &[(1, 1), (1, 2)], 2);
    for number in [0, 1, 100, 101] {
        let job = QueuedJob { task, ..scene.jobs[&id(number)] };
        scene.put(number, job);
    }
    assert_eq!(scene.claim(9, at(1)), []);
    scene.run_task("u");
    assert_eq!(scene.run_one_by_one(4, at(1)), [0, 100, 1, 101].map(id));
}

#[test]
fn nothing_is_kept_of_keys_without_waiting_and_running_jobs() {
    let mut scene = Scene::new();
    for number in 0..1_000 {
        let job = QueuedJob { strict_order: (number % 2 == 0).then_some(number), ..scene.keyed(number) };
        scene.put(number, job);
    }
    let queue = scene.queue("a");
    let kept = |scene: &Scene| scene.index.queues[queue.index()].keys.len();
    assert_eq!(kept(&scene), 1_000);
    scene.claim(1_000, at(1));
    (0..1_000).for_each(|number| scene.finish(number));
    assert_eq!(kept(&scene), 0);
}
