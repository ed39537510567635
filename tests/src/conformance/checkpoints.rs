//! Results of steps that must not be repeated.

use taskbox::domain::transition::Refusal;
use taskbox::domain::{JobId, Json, LeaseToken};
use taskbox::ports::{StorageError, StorageResult};

use super::world::{NOW, World, after, json, retryable};

async fn save(world: &World, id: JobId, token: LeaseToken, name: &str, value: Json) -> StorageResult<()> {
    world.storage.save_checkpoint(id, token, name.to_owned(), value).await
}

async fn saved(world: &World, id: JobId) -> Vec<(String, Json)> {
    world.storage.checkpoints(id).await.expect("read").into_iter().collect()
}

pub async fn a_checkpoint_is_there_on_the_next_attempt(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    save(world, id, token, "paid", json("49.99")).await.expect("saved");
    world.settle(id, token, retryable(), NOW).await.expect("settled");
    let token = world.start(id, after(9)).await;
    save(world, id, token, "booked", json("true")).await.expect("saved");
    let expected = [("booked".to_owned(), json("true")), ("paid".to_owned(), json("49.99"))];
    assert_eq!(saved(world, id).await, expected);
}

pub async fn a_checkpoint_is_written_over_by_its_name(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    save(world, id, token, "step", json("1")).await.expect("saved");
    save(world, id, token, "step", json("2")).await.expect("saved");
    assert_eq!(saved(world, id).await, [("step".to_owned(), json("2"))]);
}

pub async fn a_stale_lease_writes_no_checkpoint(world: &World) {
    let id = world.submit(|_| {}).await;
    world.start(id, NOW).await;
    let answer = save(world, id, world.token(), "paid", json("1")).await;
    assert!(matches!(answer, Err(StorageError::Refused(Refusal::StaleLease))), "{answer:?}");
    assert_eq!(saved(world, id).await, []);
    let answer = save(world, world.draft().id, world.token(), "paid", json("1")).await;
    assert!(matches!(answer, Err(StorageError::NotFound { what: "job", .. })), "{answer:?}");
}

pub async fn strange_names_are_kept_apart(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let mut names = ["", "a", "a\0", "ä/../", &"x".repeat(70_000)].map(str::to_owned);
    for name in &names {
        save(world, id, token, name, json(format!("{:?}", name.len()))).await.expect("saved");
    }
    names.sort();
    let expected: Vec<_> =
        names.iter().map(|name| (name.clone(), json(format!("{:?}", name.len())))).collect();
    assert_eq!(saved(world, id).await, expected);
}
