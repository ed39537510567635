//! Grants.

use std::collections::BTreeMap;
use std::time::Duration;

use taskbox::domain::{ByteSize, Grant, HostRule, LimitsSpec, SecretRule};

use super::world::World;

pub async fn a_grant_is_written_before_its_plugin_and_written_over(world: &World) {
    let name: taskbox::domain::PluginName = "mail".parse().expect("a plugin name");
    let config = BTreeMap::from([("url".to_owned(), "http://127.0.0.1".to_owned())]);
    let grant = Grant { config, ..Grant::default() };
    world.storage.put_grant(name.clone(), grant).await.expect("granted");
    world.storage.put_grant(name.clone(), Grant::default()).await.expect("granted");
    let grants = world.storage.grants().await.expect("read");
    assert_eq!(grants, BTreeMap::from([(name, Grant::default())]));
}

pub async fn a_full_grant_reads_back(world: &World) {
    let grant = Grant {
        hosts: vec![HostRule {
            url: "https://*.example.com:8443".to_owned(),
            methods: vec!["GET".to_owned()],
            path: "/v1/".to_owned(),
        }],
        networks: ["127.0.0.0/8", "fd00::/8"].iter().filter_map(|text| text.parse().ok()).collect(),
        config: BTreeMap::from([("key".to_owned(), "v".repeat(50_000))]),
        secrets: vec![SecretRule {
            name: "stripe-key".parse().expect("a secret name"),
            hosts: vec!["https://api.stripe.com".to_owned()],
            headers: vec!["authorization".to_owned(), "x-api-key".to_owned()],
        }],
        submit: vec!["mail.*".parse().expect("a pattern")],
        limits: LimitsSpec {
            memory: Some(ByteSize::mib(128)),
            wall: Some(Duration::from_millis(90_500)),
            cpu: None,
            requests: Some(7),
            response_bytes: None,
            output_bytes: Some(ByteSize::kib(1)),
            log_bytes: None,
            concurrency: Some(1),
        },
    };
    assert_eq!(grant.networks.len(), 2);
    let name: taskbox::domain::PluginName = "mail".parse().expect("a plugin name");
    world.storage.put_grant(name.clone(), grant.clone()).await.expect("granted");
    assert_eq!(world.storage.grants().await.expect("read")[&name], grant);
}
