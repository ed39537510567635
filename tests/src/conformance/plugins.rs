//! Plugins.

use bytes::Bytes;
use taskbox::domain::{CatalogError, Digest, Grant, PluginName, PluginVersion, SecretName, TaskSpec};
use taskbox::ports::{NewVersion, SecretValue, StorageError};

use super::world::{NOW, World, json};

fn name(text: &str) -> PluginName {
    text.parse().expect("a plugin name")
}

fn upload(plugin: &str, bytes: &[u8], task: &str, activate: bool) -> NewVersion {
    let task = TaskSpec {
        name: task.parse().expect("a task name"),
        description: "Does it.".to_owned(),
        input_schema: Some(json(format!(r#"{{"description":"{}"}}"#, "s".repeat(20_000)))),
        output_schema: None,
        max_attempts: Some(3),
        timeout: Some(std::time::Duration::from_secs(60)),
        queue: None,
    };
    let version = PluginVersion {
        name: name(plugin),
        version: 0,
        digest: Digest::of(bytes),
        size_bytes: bytes.len() as u64,
        tasks: vec![task],
        imports: vec!["wasi:http/outgoing-handler@0.2.0".to_owned()],
        uploaded_at: NOW,
    };
    NewVersion { version, component: Bytes::copy_from_slice(bytes), activate }
}

async fn add(world: &World, new: NewVersion) -> (u32, bool) {
    let (version, is_new) = world.storage.add_plugin(new).await.expect("added");
    (version.version, is_new)
}

pub async fn the_same_bytes_are_the_same_version(world: &World) {
    assert_eq!(add(world, upload("mail", b"one", "send", true)).await, (1, true));
    assert_eq!(add(world, upload("mail", b"two", "send", false)).await, (2, true));
    assert_eq!(add(world, upload("mail", b"one", "send", false)).await, (1, false));
    let catalog = world.storage.catalog().await.expect("read");
    let plugin = catalog.plugin(&name("mail")).expect("it is there");
    assert_eq!((plugin.active, plugin.versions.len()), (Some(1), 2));
    let component = world.storage.component(Digest::of(b"two")).await.expect("read");
    assert_eq!(component, Some(Bytes::from_static(b"two")));
    assert_eq!(world.storage.component(Digest::of(b"three")).await.expect("read"), None);
}

pub async fn a_refused_activation_adds_nothing(world: &World) {
    add(world, upload("mail", b"one", "send", true)).await;
    let answer = world.storage.add_plugin(upload("post", b"two", "send", true)).await;
    assert!(matches!(answer, Err(StorageError::Catalog(CatalogError::TaskTaken { .. }))), "{answer:?}");
    assert_eq!(world.storage.catalog().await.expect("read").plugin(&name("post")), None);
    assert_eq!(world.storage.component(Digest::of(b"two")).await.expect("read"), None);
}

pub async fn the_active_version_is_switched(world: &World) {
    add(world, upload("mail", b"one", "send", true)).await;
    add(world, upload("mail", b"two", "send", false)).await;
    world.storage.activate_plugin(name("mail"), 2).await.expect("activated");
    let catalog = world.storage.catalog().await.expect("read");
    let task = "send".parse().expect("a task name");
    assert_eq!(catalog.routes()[&task].digest, Digest::of(b"two"));
    for (plugin, version) in [("mail", 3), ("post", 1)] {
        let answer = world.storage.activate_plugin(name(plugin), version).await;
        assert!(matches!(answer, Err(StorageError::Catalog(_))), "{answer:?}");
    }
}

pub async fn a_removed_plugin_takes_its_bytes_and_its_grant_along(world: &World) {
    add(world, upload("mail", b"one", "send", true)).await;
    world.storage.put_grant(name("mail"), Grant::default()).await.expect("granted");
    world.storage.remove_plugin(name("mail")).await.expect("removed");
    assert_eq!(world.storage.catalog().await.expect("read").plugins().count(), 0);
    assert_eq!(world.storage.component(Digest::of(b"one")).await.expect("read"), None);
    assert!(world.storage.grants().await.expect("read").is_empty());
    let answer = world.storage.remove_plugin(name("mail")).await;
    assert!(matches!(answer, Err(StorageError::Catalog(CatalogError::UnknownPlugin(_)))), "{answer:?}");
    assert_eq!(add(world, upload("mail", b"one", "send", true)).await, (1, true));
    assert!(world.storage.component(Digest::of(b"one")).await.expect("read").is_some());
}

pub async fn bytes_that_another_plugin_has_stay(world: &World) {
    add(world, upload("mail", b"one", "send", true)).await;
    add(world, upload("post", b"one", "send", false)).await;
    world.storage.remove_plugin(name("mail")).await.expect("removed");
    assert!(world.storage.component(Digest::of(b"one")).await.expect("read").is_some());
}

pub async fn the_revision_grows_with_every_change_and_with_nothing_else(world: &World) {
    let storage = &world.storage;
    let (plugin, secret) = (name("mail"), "key".parse::<SecretName>().expect("a secret's name"));
    let mut revisions = vec![storage.revision().await.expect("read")];
    let mut note = async || revisions.push(storage.revision().await.expect("read"));
    add(world, upload("mail", b"one", "send", false)).await;
    note().await;
    storage.activate_plugin(plugin.clone(), 1).await.expect("activated");
    note().await;
    storage.put_grant(plugin.clone(), Grant::default()).await.expect("granted");
    note().await;
    for value in ["first", "rotated"] {
        storage.put_secret(secret.clone(), SecretValue::new(value), NOW).await.expect("written");
        note().await;
    }
    assert!(storage.remove_secret(secret.clone()).await.expect("removed"));
    note().await;
    storage.remove_plugin(plugin.clone()).await.expect("removed");
    note().await;
    assert!(revisions.is_sorted_by(|before, after| before < after), "{revisions:?}");

    world.submit(|_| {}).await;
    world.claim(1, NOW).await;
    assert!(!storage.remove_secret(secret).await.expect("read"));
    storage.remove_plugin(plugin).await.expect_err("it is not there");
    assert_eq!(storage.revision().await.expect("read"), revisions[revisions.len() - 1]);
}
