//! What the queue needs to know of plugins: who runs a task, and with what.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use super::{EgressPass, Unfit};
use crate::domain::{KnownNames, Limits, PluginName, PluginRef, TaskHold, TaskName, TaskSpec};

/// All that an attempt gets from its plugin's operator.
#[derive(Clone, Debug)]
pub struct Provision {
    /// What the plugin says of the task.
    pub task: TaskSpec,
    /// What the attempt may use.
    pub limits: Limits,
    /// Config values, placeholders of secrets among them.
    pub config: Arc<BTreeMap<String, String>>,
    /// What it may send.
    pub egress: EgressPass,
}

/// Knows the plugins of this host.
#[async_trait]
pub trait Directory: Send + Sync {
    /// Which code runs each task now. A task whose code is not ready is not among them, and its jobs wait.
    fn routes(&self) -> Arc<HashMap<TaskName, PluginRef>>;

    /// Whether an active plugin offers a task, its code ready or not.
    fn offers(&self, task: &TaskName) -> bool;

    /// What holds back every job of a task, if anything does.
    fn hold(&self, task: &TaskName) -> Option<TaskHold>;

    /// How many attempts of each plugin that runs a task now may run on this host.
    fn concurrency(&self) -> Arc<HashMap<PluginName, u32>>;

    /// What the active plugins say of a task; `None` when none offers it.
    fn task(&self, name: &TaskName) -> Option<TaskSpec>;

    /// The names of queues and tasks that plugins and the host itself brought.
    fn known_names(&self) -> Arc<KnownNames>;

    /// The tasks on offer, to help with a wrong name.
    fn task_names(&self) -> Vec<TaskName>;

    /// Whether the host has a key to sign webhooks with.
    fn has_webhook_key(&self) -> bool;

    /// What an attempt of this task by this plugin version gets, its code ready to run.
    async fn provision(&self, plugin: &PluginRef, task: &TaskName) -> Result<Provision, Unfit>;
}
