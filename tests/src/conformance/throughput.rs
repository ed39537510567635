//! The attempts that ended, by minute.

use taskbox::domain::{Ended, Minute};

use super::world::{NOW, World};

const ONE: Ended = Ended { succeeded: 1, failed: 0 };

async fn count(world: &World, minute: u64, ended: Ended) {
    world.storage.count_ended(Minute(minute), ended).await.expect("counted");
}

async fn since(world: &World, first: u64) -> Vec<(u64, Ended)> {
    let minutes = world.storage.ended_since(Minute(first)).await.expect("read");
    minutes.into_iter().map(|(minute, ended)| (minute.0, ended)).collect()
}

pub async fn attempts_are_added_up_by_minute(world: &World) {
    let now = Minute::of(NOW).0;
    count(world, now, ONE).await;
    count(world, now, Ended { succeeded: 2, failed: 5 }).await;
    count(world, now + 60, ONE).await;
    let first = (now, Ended { succeeded: 3, failed: 5 });
    assert_eq!(since(world, now - 10).await, [first, (now + 60, ONE)]);
    assert_eq!(since(world, now + 1).await, [(now + 60, ONE)]);
    assert_eq!(since(world, now + 61).await, []);
}

pub async fn a_week_is_kept(world: &World) {
    const WEEK: u64 = 7 * 24 * 60;
    let now = Minute::of(NOW).0;
    count(world, now - WEEK - 60, ONE).await;
    count(world, now - WEEK, ONE).await;
    count(world, now, ONE).await;
    assert_eq!(since(world, now - WEEK).await, [(now - WEEK, ONE), (now, ONE)]);
    let oldest = since(world, 0).await.first().map(|(minute, _)| *minute);
    assert!(oldest.is_some_and(|oldest| oldest > now - WEEK - 60), "the minute before is forgotten");
}
