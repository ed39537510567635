//! The compiled schemas of tasks, by the bytes of their plugin: compiled when they are first needed, and kept as long as
//! a stored plugin has these bytes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing::warn;

use super::PluginError;
use crate::domain::{Catalog, Digest, TaskName, TaskSchemas, TaskSpec};
use crate::ports::Unfit;

/// The most tasks whose compiled schemas are kept. Each takes up to 8 MiB, if it has many large patterns, and most take
/// some KiB.
const KEPT_MAX: usize = 256;

/// The compiled schemas of this host's plugins.
#[derive(Default)]
pub(super) struct CompiledSchemas {
    kept: Mutex<HashMap<Key, Arc<TaskSchemas>>>,
}

type Key = (Digest, TaskName);

impl CompiledSchemas {
    /// The schemas of a task of these bytes; `None` if it has none.
    pub(super) fn of(&self, digest: Digest, task: &TaskSpec) -> Option<Arc<TaskSchemas>> {
        if task.input_schema.is_none() && task.output_schema.is_none() {
            return None;
        }
        let key = (digest, task.name.clone());
        if let Some(known) = self.lock().get(&key) {
            return Some(Arc::clone(known));
        }
        let compiled = TaskSchemas::compile(task).unwrap_or_else(|error| {
            warn!(%error, "the schema is not checked: it was stored by a host that accepted it");
            TaskSchemas::default()
        });
        let compiled = Arc::new(compiled);
        let mut kept = self.lock();
        if kept.len() >= KEPT_MAX
            && let Some(any) = kept.keys().next().cloned()
        {
            kept.remove(&any);
        }
        kept.insert(key, Arc::clone(&compiled));
        Some(compiled)
    }

    /// Forgets the schemas of what is stored no longer.
    pub(super) fn follow(&self, catalog: &Catalog) {
        let stored: HashSet<_> =
            catalog.plugins().flat_map(|plugin| &plugin.versions).map(|version| version.digest).collect();
        self.lock().retain(|(digest, _), _| stored.contains(digest));
    }

    /// What is kept is good also after a panic elsewhere.
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<TaskSchemas>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses tasks with a wrong schema. Compiling all of them can take a while, so that it is done on a thread that may
/// block.
pub(super) async fn refuse_wrong_schemas(tasks: Vec<TaskSpec>) -> Result<Vec<TaskSpec>, PluginError> {
    let compiling = tokio::task::spawn_blocking(move || {
        tasks.iter().try_for_each(|task| TaskSchemas::compile(task).map(drop))?;
        Ok(tasks)
    });
    let compiled: Result<_, crate::domain::TaskSchemaError> =
        compiling.await.map_err(|_| PluginError::Later("the host is stopping".to_owned()))?;
    compiled.map_err(|error| {
        let advice = "a schema is JSON Schema of draft 2020-12 or 7, of at most 64 KiB".to_owned();
        PluginError::Unfit(Unfit { reason: error.to_string(), advice })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Json, Plugin, PluginVersion, Timestamp};

    fn task(name: &str) -> TaskSpec {
        TaskSpec {
            name: name.parse().unwrap(),
            description: String::new(),
            input_schema: Some(Json::parse(r#"{"type":"object"}"#).unwrap()),
            output_schema: None,
            max_attempts: None,
            timeout: None,
            queue: None,
        }
    }

    fn catalog(digest: Digest, task: TaskSpec) -> Catalog {
        let name: crate::domain::PluginName = "mail".parse().unwrap();
        let version = PluginVersion {
            name: name.clone(),
            version: 1,
            digest,
            size_bytes: 1,
            tasks: vec![task],
            imports: Vec::new(),
            uploaded_at: Timestamp::default(),
        };
        Catalog::new([Plugin { name, active: Some(1), versions: vec![version] }])
    }

    #[test]
    fn schemas_are_compiled_once_and_go_with_the_version() {
        let (schemas, digest) = (CompiledSchemas::default(), Digest::of(b"one"));
        let first = schemas.of(digest, &task("send")).unwrap();
        assert!(Arc::ptr_eq(&first, &schemas.of(digest, &task("send")).unwrap()));
        schemas.follow(&catalog(digest, task("send")));
        assert!(Arc::ptr_eq(&first, &schemas.of(digest, &task("send")).unwrap()));
        schemas.follow(&Catalog::default());
        assert!(schemas.lock().is_empty());
    }

    #[test]
    fn a_bounded_number_is_kept_and_a_task_without_schemas_is_not_among_them() {
        let schemas = CompiledSchemas::default();
        for number in 0..KEPT_MAX + 10 {
            schemas.of(Digest::of(b"one"), &task(&format!("t{number}"))).unwrap();
        }
        assert_eq!(schemas.lock().len(), KEPT_MAX);
        let without = TaskSpec { input_schema: None, ..task("t") };
        assert!(schemas.of(Digest::of(b"one"), &without).is_none());
    }
}
