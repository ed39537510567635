//! The host's own task, which stands among those of plugins: telling that a job is final.

use std::sync::Arc;
use std::time::Duration;

use super::Snapshot;
use crate::domain::{Digest, PluginRef, TaskSpec, webhook_key, webhook_plugin, webhook_queue, webhook_task};
use crate::ports::{EgressPass, Provision};

/// How long a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What stands where a plugin's code would.
pub(super) fn plugin() -> PluginRef {
    let name = webhook_plugin();
    PluginRef { digest: Digest::of(name.as_str().as_bytes()), name, version: 1 }
}

/// What it says of itself.
pub(super) fn task() -> TaskSpec {
    TaskSpec {
        name: webhook_task(),
        description: "Tells the callback URL of a job that it is final".to_owned(),
        input_schema: None,
        output_schema: None,
        max_attempts: None,
        timeout: Some(TIMEOUT),
        queue: Some(webhook_queue()),
    }
}

/// What an attempt of it gets. The keys stay in the host: nobody replaces a placeholder by them.
pub(super) fn provision(snapshot: &Snapshot) -> Provision {
    let (plugin, key) = (webhook_plugin(), webhook_key());
    let grant = snapshot.grant(&plugin);
    let value = snapshot.secrets.get(&key).map(|(_, value)| value.clone());
    let secrets = value.map(|value| (key, (String::new(), value))).into_iter().collect();
    Provision {
        task: task(),
        limits: grant.limits.resolve(),
        config: Arc::default(),
        egress: EgressPass { plugin, grant, secrets: Arc::new(secrets) },
    }
}
