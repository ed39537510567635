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
pub(super) use source::{absolute, is_manifest};
use tool::from_here;

/// A component in a file.
#[derive(Debug)]
pub(super) struct Component {
    /// What its project or file is called.
    name: String,
    path: PathBuf,
    /// The file that people know: the component, or its source if the component does not stay.
    known: PathBuf,
    /// The folder that it was built in, if it goes with the component.
    _built_in: Option<TempDir>,
}

impl Component {
    fn that_stays(name: String, path: PathBuf) -> Self {
        Self { name, known: path.clone(), path, _built_in: None }
    }

    /// What is to be built of this source in a folder that goes with it.
    fn in_place(name: String, source: PathBuf, place: TempDir) -> Self {
        Self { name, path: place.path().join("plugin.wasm"), known: source, _built_in: Some(place) }
    }

    /// The name of the plugin, if its project or file has one.
    pub(super) fn plugin_name(&self) -> anyhow::Result<PluginName> {
        let name = self.name.to_lowercase().replace('_', "-");
        let advice = "give the name of the plugin before the file or folder";
        Ok(name.parse().map_err(|error| UsageError(format!("{error}; {advice}")))?)
    }

    /// The name of the plugin where it matters little: `plugin` if its project or file has none that it can have.
    pub(super) fn plugin_name_or_any(&self) -> PluginName {
        self.plugin_name().unwrap_or_else(|_| "plugin".parse().expect("it is a name"))
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The path to show, from the current folder on if it is below it: of the file, or of its source if the file does not
    /// stay.
    pub(super) fn shown_path(&self) -> String {
        from_here(&self.known).display().to_string()
    }
}

/// The component of a file or a folder, which is built if it is a source. The tools print to standard error; one that is
/// missing is an error with the line that installs it.
pub(super) async fn component(given: &Path) -> anyhow::Result<Component> {
    let Source { language, folder, name } = Source::find(given)?;
    let place = || TempDir::with_prefix("taskbox-").context("there is no place to build in");
    match language {
        Language::Component(path) => Ok(Component::that_stays(name, path)),
        Language::Rust => Ok(Component::that_stays(name, rust::build(&folder).await?)),
        Language::Python { paths_to, module } => {
            let component = Component::in_place(name, python::file(&paths_to, &module), place()?);
            python::build(&folder, &paths_to, &module, &component.path).await?;
            Ok(component)
        }
        Language::JavaScript { entry } => {
            let component = Component::in_place(name, entry, place()?);
            javascript::build(&folder, &component.known, &component.path).await?;
            Ok(component)
        }
    }
}
