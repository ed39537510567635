//! The task of webhooks among the others: its specification, and what its attempts get.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Grant, HostTask, TaskSpec, webhook_key, webhook_queue};
use crate::ports::{EgressPass, Provision, SecretValue};

/// The longest time that a receiver may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The specification of the task.
pub fn spec() -> TaskSpec {
    TaskSpec {
        name: HostTask::Webhook.task(),
        description: "Tells the callback URL of a job that it is final".to_owned(),
        input_schema: None,
        output_schema: None,
        max_attempts: None,
        timeout: Some(TIMEOUT),
        queue: Some(webhook_queue()),
    }
}

/// What an attempt gets under this grant. The keys stay in the host: no placeholder stands for them.
pub fn provision(grant: Arc<Grant>, keys: Option<SecretValue>) -> Provision {
    let secrets = keys.map(|keys| (webhook_key(), (String::new(), keys))).into_iter().collect();
    Provision {
        schemas: None,
        task: spec(),
        limits: grant.limits.resolve(),
        config: Arc::default(),
        egress: EgressPass { plugin: HostTask::Webhook.grantee().clone(), grant, secrets: Arc::new(secrets) },
    }
}
