//! The files of a new project: those of the template, and the package of its language.

use std::path::Path;

use anyhow::Context;
use include_dir::{Dir, include_dir};

use super::Lang;
use super::manifest::standalone;
use super::name::ProjectName;
use crate::cli::carried;

/// Projects of a plugin `my-plugin`, a folder for each language.
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugins/templates");

/// Writes the project of this name into a folder.
pub(super) fn write(lang: Lang, name: &ProjectName, folder: &Path) -> anyhow::Result<()> {
    let template = match lang {
        Lang::Rust => "rust",
        Lang::Python => "python",
        Lang::Javascript => "javascript",
    };
    let template =
        TEMPLATES.get_dir(template).with_context(|| format!("there is no template of {template}"))?;
    carried::write_with(template, folder, &|text| Ok(named(text, name)))?;
    match lang {
        Lang::Rust => {
            let vendor = folder.join("vendor");
            let alone = |text: &str| {
                if text.starts_with("[package]") { standalone(text) } else { Ok(text.to_owned()) }
            };
            carried::write_with(&carried::RUST, &vendor.join("taskbox-task"), &alone)?;
            carried::write_with(&carried::RUST_MACROS, &vendor.join("taskbox-task-macros"), &alone)
        }
        Lang::Python => carried::write(&carried::PYTHON, &folder.join("taskbox_task")),
        Lang::Javascript => carried::write(&carried::JAVASCRIPT, &folder.join("taskbox-task")),
    }
}

/// A text of a template, with the name of the project.
fn named(text: &str, name: &ProjectName) -> String {
    text.replace("my-plugin", name.as_str()).replace("my_plugin", &name.identifier())
}
