//! Secrets.

use taskbox::domain::SecretName;
use taskbox::ports::{SecretInfo, SecretValue};

use super::world::{NOW, World, after};

fn name() -> SecretName {
    "stripe-key".parse().expect("a secret name")
}

pub async fn a_secret_keeps_its_first_date(world: &World) {
    let put = |value: &str, now| world.storage.put_secret(name(), SecretValue::new(value), now);
    put("one", NOW).await.expect("written");
    let info = put("two", after(9)).await.expect("written");
    assert_eq!(info, SecretInfo { name: name(), created_at: NOW, updated_at: after(9) });
    let secrets = world.storage.secrets().await.expect("read");
    let revealed: Vec<_> = secrets.iter().map(|(info, value)| (info, value.reveal())).collect();
    assert_eq!(revealed, [(&info, "two")]);
}

pub async fn a_removed_secret_is_gone(world: &World) {
    world.storage.put_secret(name(), SecretValue::new("one"), NOW).await.expect("written");
    assert!(world.storage.remove_secret(name()).await.expect("removed"));
    assert!(!world.storage.remove_secret(name()).await.expect("answered"));
    assert!(world.storage.secrets().await.expect("read").is_empty());
}
