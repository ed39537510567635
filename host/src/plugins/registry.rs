//! The registry of tasks: the code of each, and its provision.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::host_tasks::host_spec;
use super::{Plugins, Snapshot, removed};
use crate::domain::{
    Code, HostTask, KnownNames, PluginName, PluginRef, PluginVersion, SecretName, TaskHold, TaskName,
    TaskSchemas, TaskSpec, webhook_key,
};
use crate::ports::{Provision, Registry, Unfit, Unready, place_secrets};
use crate::webhooks;

#[async_trait]
impl Registry for Plugins {
    fn routes(&self) -> Arc<HashMap<TaskName, Code>> {
        Arc::clone(&self.snapshot().routes)
    }

    fn offers(&self, task: &TaskName) -> bool {
        self.snapshot().names.tasks.contains(task)
    }

    fn hold(&self, task: &TaskName) -> Option<TaskHold> {
        let snapshot = self.snapshot();
        match (snapshot.routes.contains_key(task), snapshot.names.tasks.contains(task)) {
            (true, _) => None,
            (false, true) => Some(TaskHold::NotReady),
            (false, false) => Some(TaskHold::UnknownTask),
        }
    }

    fn concurrency(&self) -> Arc<HashMap<PluginName, u32>> {
        Arc::clone(&self.snapshot().concurrency)
    }

    fn task(&self, name: &TaskName) -> Option<TaskSpec> {
        let of_host = HostTask::of(name).map(host_spec);
        of_host.or_else(|| self.snapshot().catalog.task(name).cloned())
    }

    fn schemas(&self, task: &TaskName) -> Option<Arc<TaskSchemas>> {
        let snapshot = self.snapshot();
        let (digest, spec) = snapshot.with_schemas.get(task)?;
        self.schemas.of(*digest, spec)
    }

    fn known_names(&self) -> Arc<KnownNames> {
        Arc::clone(&self.snapshot().names)
    }

    fn task_names(&self) -> Vec<TaskName> {
        let mut names: Vec<_> =
            self.snapshot().names.tasks.iter().filter(|name| !name.is_reserved()).cloned().collect();
        names.sort();
        names
    }

    fn has_webhook_key(&self) -> bool {
        self.snapshot().secrets.contains_key(&webhook_key())
    }

    async fn provision(&self, code: &Code, task: &TaskName) -> Result<Provision, Unfit> {
        match code {
            Code::Host(HostTask::Webhook) => {
                let snapshot = self.snapshot();
                let keys = snapshot.secrets.get(&webhook_key()).map(|(_, value)| value.clone());
                Ok(webhooks::provision(snapshot.grant(code.grantee()), keys))
            }
            Code::Plugin(plugin) => self.provision_plugin(plugin, task).await,
        }
    }
}

impl Plugins {
    async fn provision_plugin(&self, plugin: &PluginRef, task: &TaskName) -> Result<Provision, Unfit> {
        let snapshot = self.snapshot();
        let version = version_of(&snapshot, plugin).ok_or_else(|| removed(plugin))?;
        let task =
            version.tasks.iter().find(|known| known.name == *task).ok_or_else(|| removed(plugin))?.clone();
        self.make_ready(plugin).await.map_err(unready)?;
        let schemas = self.schemas.of(plugin.digest, &task);
        let grant = snapshot.grant(&plugin.name);
        let value_of = |name: &SecretName| snapshot.secrets.get(name).map(|(_, value)| value);
        let secrets = place_secrets(&grant, value_of, rand::random);
        Ok(Provision::new(task, schemas, plugin.name.clone(), grant, secrets))
    }
}

fn version_of<'a>(snapshot: &'a Snapshot, plugin: &PluginRef) -> Option<&'a PluginVersion> {
    let known = snapshot.catalog.plugin(&plugin.name)?;
    known.versions.iter().find(|version| version.digest == plugin.digest)
}

/// Why an attempt gets nothing. Its job is tried again, by when the code may be ready.
fn unready(unready: Unready) -> Unfit {
    match unready {
        Unready::Unfit(unfit) => unfit,
        Unready::Later(reason) => Unfit { reason, advice: "it is tried again".to_owned() },
    }
}
