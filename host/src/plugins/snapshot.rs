//! What storage holds of plugins, as one value that is read without waiting.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::host_tasks::host_spec;
use crate::domain::{
    Catalog, Code, Digest, Grant, HostTask, KnownNames, Plugin, PluginName, QueueName, SecretName, TaskName,
    TaskSpec,
};
use crate::ports::{Components, SecretInfo, SecretValue, Storage, StorageResult};

/// Catalog, grants and secrets of one moment.
pub(super) struct Snapshot {
    /// The revision in storage before the rest was read.
    pub(super) revision: u64,
    pub(super) catalog: Catalog,
    /// The tasks of active plugins whose code is ready to run, and which code that is.
    pub(super) routes: Arc<HashMap<TaskName, Code>>,
    /// The active code that was not ready, so that its tasks have no route.
    pub(super) unready: HashSet<Digest>,
    pub(super) concurrency: Arc<HashMap<PluginName, u32>>,
    /// The tasks of active plugins that have a schema, and the bytes of their plugin.
    pub(super) with_schemas: HashMap<TaskName, (Digest, TaskSpec)>,
    pub(super) names: Arc<KnownNames>,
    pub(super) grants: BTreeMap<PluginName, Arc<Grant>>,
    pub(super) secrets: BTreeMap<SecretName, (SecretInfo, SecretValue)>,
}

impl Snapshot {
    /// Reads all of it, and which code is ready.
    pub(super) async fn read(storage: &dyn Storage, components: &dyn Components) -> StorageResult<Self> {
        // First: a change that is written meanwhile is then read once more, never missed.
        let revision = storage.revision().await?;
        let catalog = storage.catalog().await?;
        let grants = storage.grants().await?;
        let secrets = storage.secrets().await?;
        let of_plugins = catalog.routes().into_iter().map(|(task, plugin)| (task, Code::Plugin(plugin)));
        let of_host = HostTask::ALL.map(|task| (task.task(), Code::Host(task)));
        let mut routes: HashMap<_, _> = of_plugins.chain(of_host).collect();
        let names = known_names(&catalog, &routes);
        let active = catalog.plugins().filter_map(Plugin::active_version).map(|version| version.digest);
        // Asked once for each: the answer changes while others prepare.
        let unready: HashSet<Digest> = active.filter(|digest| !components.is_ready(digest)).collect();
        routes.retain(|_, code| code.plugin().is_none_or(|plugin| !unready.contains(&plugin.digest)));
        let limit =
            |name: &PluginName| grants.get(name).cloned().unwrap_or_default().limits.resolve().concurrency;
        // Neither more than is granted nor more than there are slots for: what waits for a slot waits in storage.
        let most = |code: &Code| {
            let slots = code.plugin().map_or(u32::MAX, |plugin| components.attempts_max(&plugin.digest));
            limit(code.grantee()).min(slots)
        };
        let concurrency = routes.values().map(|code| (code.grantee().clone(), most(code))).collect();
        Ok(Self {
            revision,
            names: Arc::new(names),
            routes: Arc::new(routes),
            unready,
            with_schemas: with_schemas(&catalog),
            concurrency: Arc::new(concurrency),
            catalog,
            grants: grants.into_iter().map(|(name, grant)| (name, Arc::new(grant))).collect(),
            secrets: secrets.into_iter().map(|(info, value)| (info.name.clone(), (info, value))).collect(),
        })
    }

    /// The grant of a plugin; nothing is granted by default.
    pub(super) fn grant(&self, name: &PluginName) -> Arc<Grant> {
        self.grants.get(name).cloned().unwrap_or_default()
    }
}

fn with_schemas(catalog: &Catalog) -> HashMap<TaskName, (Digest, TaskSpec)> {
    let active = catalog.plugins().filter_map(Plugin::active_version);
    let tasks = active.flat_map(|version| version.tasks.iter().map(|task| (version.digest, task)));
    let with = tasks.filter(|(_, task)| task.input_schema.is_some() || task.output_schema.is_some());
    with.map(|(digest, task)| (task.name.clone(), (digest, task.clone()))).collect()
}

/// The names that the host and the active plugins brought: the tasks on offer, and the queues in which those
/// wait when a job names none.
fn known_names(catalog: &Catalog, routes: &HashMap<TaskName, Code>) -> KnownNames {
    let of_plugins = routes.keys().filter_map(|task| catalog.task(task)?.queue.clone());
    let of_host = HostTask::ALL.into_iter().filter_map(|task| host_spec(task).queue);
    let queues = of_plugins.chain(of_host).chain([QueueName::default()]).collect();
    KnownNames { queues, tasks: routes.keys().cloned().collect() }
}
