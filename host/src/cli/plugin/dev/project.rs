//! The plugin that is developed, and the files that are around it.

use std::path::{Path, PathBuf};

use super::super::test::{Case, StageArgs, json};
use super::super::{GRANT_FILE, beside};
use super::DevArgs;
use crate::cli::{UsageError, building};
use crate::domain::{Json, PluginName};

/// The mock file that is taken when none is named.
const MOCK_FILE: &str = "mock.json";

/// A plugin that is developed.
pub(super) struct Project {
    source: PathBuf,
    name: Option<PluginName>,
    stage: StageArgs,
    input: Option<String>,
    task: Option<String>,
}

impl Project {
    pub(super) fn new(args: DevArgs) -> anyhow::Result<Self> {
        let DevArgs { source, name, listen: _, input, task, stage } = args;
        let source = building::absolute(&source)?;
        if task.is_some() && input.is_none() {
            let text = "--task is for a job that is submitted after each change: give its --input as well";
            return Err(UsageError(text.to_owned()).into());
        }
        Ok(Self { source, name, stage, input, task })
    }

    /// The file or folder, absolute.
    pub(super) fn source(&self) -> &Path {
        &self.source
    }

    /// The name that was chosen for the plugin.
    pub(super) fn name(&self) -> Option<&PluginName> {
        self.name.as_ref()
    }

    /// The files beside it whose changes count as well.
    pub(super) fn beside(&self) -> Vec<PathBuf> {
        let input = self.input.as_deref().and_then(|input| input.strip_prefix('@')).map(PathBuf::from);
        let named = [self.stage.http.clone(), self.stage.grant.clone(), input].into_iter().flatten();
        named.chain([MOCK_FILE, GRANT_FILE].map(|file| beside(&self.source, file))).collect()
    }

    /// The servers and the grant, as their files are now.
    pub(super) async fn case(&self) -> anyhow::Result<Case> {
        self.stage().case().await
    }

    /// The job to submit after a change: its task if one is named, and its input.
    pub(super) async fn job(&self) -> anyhow::Result<Option<(Option<&str>, Json)>> {
        let Some(input) = &self.input else { return Ok(None) };
        Ok(Some((self.task.as_deref(), json("the input", input).await?)))
    }

    fn stage(&self) -> StageArgs {
        let or_beside = |named: &Option<PathBuf>, file: &str| {
            named.clone().or_else(|| Some(beside(&self.source, file)).filter(|file| file.is_file()))
        };
        StageArgs {
            http: or_beside(&self.stage.http, MOCK_FILE),
            grant: or_beside(&self.stage.grant, GRANT_FILE),
            ..self.stage.clone()
        }
    }
}
