//! `taskbox plugin new`: a project of a plugin that builds at once.

mod manifest;
mod name;
mod project;

use std::path::Path;

use anyhow::bail;
use clap::{Args, ValueEnum};

use crate::cli::UsageError;
use crate::cli::out::say;
use name::{ProjectName, WrongName};

/// What to make.
#[derive(Debug, Args)]
pub(in crate::cli) struct NewArgs {
    /// Name of the plugin, of its task, and of the folder.
    name: String,
    /// Language of the plugin.
    #[arg(long, value_enum, default_value = "rust")]
    lang: Lang,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    Rust,
    Python,
    Javascript,
}

impl Lang {
    fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::Python => "Python",
            Self::Javascript => "JavaScript",
        }
    }

    /// What to type once in a new project, which installs its tool or tests it.
    fn preparation(self) -> &'static str {
        match self {
            Self::Rust => "cargo test",
            Self::Python => "python3 -m venv .venv && .venv/bin/pip install -r requirements.txt",
            Self::Javascript => "npm install && npm test",
        }
    }
}

pub(super) fn run(args: &NewArgs) -> anyhow::Result<()> {
    let NewArgs { name, lang } = args;
    let name: &ProjectName = &name.parse().map_err(|error: WrongName| UsageError(error.to_string()))?;
    let folder = Path::new(name.as_str());
    refuse_what_is_there(folder)?;
    project::write(*lang, name, folder)?;
    say!(
        "{name} is a new plugin in {}. To build it, and to upload it to a running host:\n\n  \
         cd {name}\n  {}\n  taskbox plugin test .\n  taskbox plugin push .\n\n{name}/README.md says more.",
        lang.title(),
        lang.preparation(),
    );
    Ok(())
}

/// Fails if the folder exists, unless it is empty.
fn refuse_what_is_there(folder: &Path) -> anyhow::Result<()> {
    if folder.is_dir() {
        if folder.read_dir()?.next().is_some() {
            bail!(UsageError(format!("the folder {} is not empty: choose another name", folder.display())));
        }
    } else if folder.symlink_metadata().is_ok() {
        bail!(UsageError(format!("{} is there, and is no folder: choose another name", folder.display())));
    }
    Ok(())
}
