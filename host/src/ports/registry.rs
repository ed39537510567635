//! The port to the plugins of the host: the plugin of a task, and what its attempts get.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{EgressPass, PlacedSecrets, Unfit};
use crate::domain::{Code, Grant, KnownNames, Limits, PluginName, TaskHold, TaskName, TaskSchemas, TaskSpec};

/// The provision of an attempt by its plugin.
#[derive(Clone)]
pub struct Provision {
    /// The specification of the task.
    pub task: TaskSpec,
    /// Its compiled schemas, if it has any.
    pub schemas: Option<Arc<TaskSchemas>>,
    /// The limits of the attempt.
    pub limits: Limits,
    /// Config values, placeholders of secrets among them.
    pub config: Arc<BTreeMap<String, String>>,
    /// The requests that it may send.
    pub egress: EgressPass,
}

impl Provision {
    /// The provision of a task by the grant of its plugin, with the granted secrets that exist.
    pub fn new(
        task: TaskSpec,
        schemas: Option<Arc<TaskSchemas>>,
        plugin: PluginName,
        grant: Arc<Grant>,
        secrets: PlacedSecrets,
    ) -> Self {
        let mut config = grant.config.clone();
        config.extend(secrets.iter().map(|(name, (placeholder, _))| (name.to_string(), placeholder.clone())));
        Self {
            task,
            schemas,
            limits: grant.limits.resolve(),
            config: Arc::new(config),
            egress: EgressPass { plugin, grant, secrets: Arc::new(secrets) },
        }
    }

    /// The wall time of an attempt of a job that sets this time, or none.
    pub fn timeout(&self, of_job: Option<Duration>) -> Duration {
        of_job.or(self.task.timeout).unwrap_or(Duration::MAX).min(self.limits.wall)
    }
}

/// The plugins of this host.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The code that runs each task. A task whose code is not ready is missing, and its jobs wait.
    fn routes(&self) -> Arc<HashMap<TaskName, Code>>;

    /// Whether an active plugin offers a task, even if its code is not ready.
    fn offers(&self, task: &TaskName) -> bool;

    /// The reason that holds back every job of a task, if any.
    fn hold(&self, task: &TaskName) -> Option<TaskHold>;

    /// The most attempts of each plugin with tasks that may run at the same time on this host.
    fn concurrency(&self) -> Arc<HashMap<PluginName, u32>>;

    /// The specification of a task by the active plugins; `None` if none offers it.
    fn task(&self, name: &TaskName) -> Option<TaskSpec>;

    /// The compiled schemas of a task by the active plugins; `None` if it has none.
    fn schemas(&self, task: &TaskName) -> Option<Arc<TaskSchemas>>;

    /// The names of queues and tasks of plugins and of the host itself.
    fn known_names(&self) -> Arc<KnownNames>;

    /// The tasks that plugins offer, for advice on a wrong name.
    fn task_names(&self) -> Vec<TaskName>;

    /// Whether the host has a key to sign webhooks with.
    fn has_webhook_key(&self) -> bool;

    /// The provision of an attempt of this task by this code, which is then ready.
    async fn provision(&self, code: &Code, task: &TaskName) -> Result<Provision, Unfit>;
}
