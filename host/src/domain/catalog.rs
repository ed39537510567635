//! All plugins of a host, and the rules for adding and switching them.

use std::collections::{BTreeMap, HashMap};

use super::{Digest, Plugin, PluginName, PluginRef, PluginVersion, TaskName, TaskSpec};

/// All plugins by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Catalog {
    plugins: BTreeMap<PluginName, Plugin>,
}

/// The reason why a change of the catalog is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// No plugin of that name.
    #[error("there is no plugin {0}")]
    UnknownPlugin(PluginName),
    /// No such version of it.
    #[error("plugin {name} has no version {version}; its versions are 1 to {latest}")]
    UnknownVersion {
        /// The plugin.
        name: PluginName,
        /// The unknown version.
        version: u32,
        /// The latest version there is.
        latest: u32,
    },
    /// Two active plugins would offer the same task.
    #[error("task {task} is already offered by plugin {owner}; a task belongs to one active plugin")]
    TaskTaken {
        /// The task that both offer.
        task: TaskName,
        /// The plugin that has it.
        owner: PluginName,
    },
}

impl Catalog {
    /// The catalog of these plugins.
    pub fn new(plugins: impl IntoIterator<Item = Plugin>) -> Self {
        Self { plugins: plugins.into_iter().map(|plugin| (plugin.name.clone(), plugin)).collect() }
    }

    /// All plugins, by name.
    pub fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.values()
    }

    /// The plugin of that name.
    pub fn plugin(&self, name: &PluginName) -> Option<&Plugin> {
        self.plugins.get(name)
    }

    /// Adds these bytes as the next version; the same bytes again give the version they already are.
    pub fn add(&mut self, version: PluginVersion) -> &PluginVersion {
        let name = version.name.clone();
        let plugin =
            self.plugins.entry(name.clone()).or_insert(Plugin { name, active: None, versions: Vec::new() });
        let known = plugin.versions.iter().position(|known| known.digest == version.digest);
        let index = known.unwrap_or_else(|| {
            let number = plugin.versions.last().map_or(1, |latest| latest.version + 1);
            plugin.versions.push(PluginVersion { version: number, ..version });
            plugin.versions.len() - 1
        });
        &plugin.versions[index]
    }

    /// Activates a version for new attempts.
    pub fn activate(&mut self, name: &PluginName, version: u32) -> Result<(), CatalogError> {
        let plugin = self.plugins.get(name).ok_or_else(|| CatalogError::UnknownPlugin(name.clone()))?;
        let chosen = plugin.versions.iter().find(|known| known.version == version).ok_or_else(|| {
            let latest = plugin.versions.last().map_or(0, |latest| latest.version);
            CatalogError::UnknownVersion { name: name.clone(), version, latest }
        })?;
        for task in &chosen.tasks {
            self.refuse_taken(name, &task.name)?;
        }
        if let Some(plugin) = self.plugins.get_mut(name) {
            plugin.active = Some(version);
        }
        Ok(())
    }

    /// Removes a plugin with all its versions.
    pub fn remove(&mut self, name: &PluginName) -> Result<Plugin, CatalogError> {
        self.plugins.remove(name).ok_or_else(|| CatalogError::UnknownPlugin(name.clone()))
    }

    /// The plugin version that runs each task.
    pub fn routes(&self) -> HashMap<TaskName, PluginRef> {
        self.active_tasks().map(|(version, task)| (task.name.clone(), version.into())).collect()
    }

    /// The specification of a task by the active plugins.
    pub fn task(&self, name: &TaskName) -> Option<&TaskSpec> {
        self.active_tasks().find(|(_, task)| task.name == *name).map(|(_, task)| task)
    }

    /// Whether a version of any plugin has these bytes.
    pub fn holds(&self, digest: &Digest) -> bool {
        self.plugins.values().flat_map(|plugin| &plugin.versions).any(|version| version.digest == *digest)
    }

    fn active_tasks(&self) -> impl Iterator<Item = (&PluginVersion, &TaskSpec)> {
        let active = self.plugins.values().filter_map(Plugin::active_version);
        active.flat_map(|version| version.tasks.iter().map(move |task| (version, task)))
    }

    fn refuse_taken(&self, name: &PluginName, task: &TaskName) -> Result<(), CatalogError> {
        match self.active_tasks().find(|(version, known)| known.name == *task && version.name != *name) {
            Some((version, _)) => {
                Err(CatalogError::TaskTaken { task: task.clone(), owner: version.name.clone() })
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    fn version(name: &str, bytes: &[u8], task: &str) -> PluginVersion {
        let task = TaskSpec {
            name: task.parse().unwrap(),
            description: String::new(),
            input_schema: None,
            output_schema: None,
            max_attempts: None,
            timeout: None,
            queue: None,
        };
        PluginVersion {
            name: name.parse().unwrap(),
            version: 0,
            digest: Digest::of(bytes),
            size_bytes: bytes.len() as u64,
            tasks: vec![task],
            imports: Vec::new(),
            uploaded_at: Timestamp::default(),
        }
    }

    #[test]
    fn the_same_bytes_are_the_same_version() {
        let mut catalog = Catalog::default();
        assert_eq!(catalog.add(version("mail", b"one", "send")).version, 1);
        assert_eq!(catalog.add(version("mail", b"two", "send")).version, 2);
        assert_eq!(catalog.add(version("mail", b"one", "send")).version, 1);
    }

    #[test]
    fn a_task_belongs_to_one_active_plugin() {
        let mut catalog = Catalog::default();
        catalog.add(version("mail", b"one", "send"));
        catalog.add(version("post", b"two", "send"));
        let (mail, post) = ("mail".parse().unwrap(), "post".parse().unwrap());
        catalog.activate(&mail, 1).unwrap();
        assert!(
            matches!(catalog.activate(&post, 1), Err(CatalogError::TaskTaken { owner, .. }) if owner == mail)
        );
        assert_eq!(catalog.routes()[&"send".parse().unwrap()].name, mail);
        assert!(catalog.activate(&mail, 9).unwrap_err().to_string().contains("no version 9"));
    }
}
