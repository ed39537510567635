//! Changes that are taken back.

use super::*;

/// A job by random numbers, of few keys, so that many jobs meet.
fn random_job(scene: &mut Scene, random: u64) -> QueuedJob {
    let pick = |divisor: u64, count: u64| random / divisor % count;
    let key = (pick(1, 2) == 0).then(|| digest(pick(2, 3))).flatten();
    let share = Share { caller: digest(pick(6, 3)), key: digest(pick(18, 4)) };
    let status = QueuedStatus::Pending { due_at: at(pick(72, 40)) };
    QueuedJob {
        status,
        queue: scene.queue(["a", "b", "c"][pick(2_880, 3) as usize]),
        task: scene.task(["t", "u"][pick(8_640, 2) as usize]),
        priority: pick(17_280, 3) as i8,
        key,
        strict_order: (key.is_some() && pick(51_840, 3) == 0).then_some(random),
        share,
        weight: 1 + pick(155_520, 3) as u16,
    }
}

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.run_task("u");
    scene.set("b", at_most(2));
    scene.set_all("c", QueueSettings { key_concurrency: NonZeroU32::new(2), ..QueueSettings::default() });
    scene
}

/// Submits, starts and ends jobs, at times that go back and forth.
fn play(scene: &mut Scene, seed: u64, count: usize) {
    let mut numbers = numbers(seed);
    for _ in 0..count {
        let mut next = || numbers.next().unwrap();
        let (what, which, job) = (next(), next() % 80, next());
        match what % 8 {
            0..4 => {
                let job = random_job(scene, job);
                scene.put(which, job);
            }
            4..6 => drop(scene.claim((job % 3) as usize, at(job / 3 % 45))),
            _ => scene.finish(which),
        }
    }
}

/// The jobs that are left, in the order of their starts.
fn order(scene: &mut Scene) -> Vec<JobId> {
    let running = scene.jobs.iter().filter(|(_, job)| job.runs()).map(|(id, _)| *id);
    let running: Vec<JobId> = running.collect();
    running.into_iter().for_each(|id| scene.change(id, None));
    let order = scene.run_one_by_one(scene.jobs.len(), at(99));
    assert!(scene.jobs.is_empty(), "{:?} never start", scene.jobs);
    order
}

#[test]
fn what_is_taken_back_leaves_nothing_behind() {
    for seed in 0..60 {
        let (mut scene, mut other) = (scene(), scene());
        [&mut scene, &mut other].into_iter().for_each(|scene| play(scene, seed, 200));
        for again in 1..4 {
            scene.refuse(|scene| play(scene, seed + 1_000 * again, 60));
        }
        assert_eq!(order(&mut scene), order(&mut other), "{seed}");
    }
}
