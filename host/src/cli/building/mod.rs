//! Builds a plugin of any language: a component of a file or a folder, by the tool of its language.

mod javascript;
mod python;
mod rust;
mod source;
mod tool;

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

use super::UsageError;
use crate::domain::PluginName;
use source::{Language, Source};

/// A component in a file.
#[derive(Debug)]
pub(super) struct Component {
    /// What its project or file is called.
    name: String,
    path: PathBuf,
    /// The folder that it was built in, if it goes with the component.
    _built_in: Option<TempDir>,
}

impl Component {
    /// The name of the plugin, if its project or file has one.
    pub(super) fn plugin_name(&self) -> anyhow::Result<PluginName> {
        let name = self.name.to_lowercase().replace('_', "-");
        let advice = "give the name of the plugin before the file or folder";
        Ok(name.parse().map_err(|error| UsageError(format!("{error}; {advice}")))?)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

/// The component of a file or a folder. Its tool prints to standard error; one that is missing is an error with the line
/// that installs it.
pub(super) async fn component(given: &Path) -> anyhow::Result<Component> {
    let Source { language, folder, name } = Source::find(given)?;
    if let Language::Component(path) = language {
        return Ok(Component { name, path, _built_in: None });
    }
    if matches!(language, Language::Rust) {
        return Ok(Component { name, path: rust::build(&folder).await?, _built_in: None });
    }
    let place = TempDir::with_prefix("taskbox-").context("there is no place to build in")?;
    let path = place.path().join("plugin.wasm");
    match &language {
        Language::Python { paths_to, module } => python::build(&folder, paths_to, module, &path).await?,
        Language::JavaScript { entry } => javascript::build(&folder, entry, &path).await?,
        Language::Component(_) | Language::Rust => {}
    }
    Ok(Component { name, path, _built_in: Some(place) })
}
