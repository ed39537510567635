//! `taskbox plugin test`: attempts of a task in the sandbox of a host, without one.

mod case;
mod cases;
mod expect;
mod live;
mod report;
mod screen;
mod shown;
mod single;
mod stage;
mod suite;
mod values;
mod words;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::super::out;
use super::super::{UsageError, usage_error};
use super::functions;
use crate::app::{Loaded, LogFormat, Workbench, init_logging};
use crate::cli::building;
use crate::cli::user_cache::user_cache;
use crate::ports::Unready;
use crate::trial::{Entry, Watcher};
pub(super) use case::{Case, only_task};
pub(super) use live::{ProgressLines, happening_text};
pub(super) use screen::Screen;
pub(super) use stage::StageArgs;
use suite::SUITE_FILE;
pub(super) use values::json;
pub(super) use words::time;

/// The log of the host's own parts: only what is wrong.
const LOG: &str = "warn";

/// What to test, and what answers its requests.
///
/// Nothing is allowed: a request is answered by the mock file, or fails. With --grant, the grant must allow it as well.
#[derive(Debug, Args)]
#[command(
    after_help = "The exit status is 0 if the task completed, or if all cases came as expected; 1 if not; 2 if the \
                        arguments are wrong. docs/testing-plugins.md describes the files."
)]
pub(in crate::cli) struct TestArgs {
    /// Component, a file of Python or JavaScript, or the folder of a plugin, which is built; or a file of cases. In a folder
    /// with taskbox-test.toml its cases run, unless --task or --input is given.
    plugin: PathBuf,
    /// Task to run [default: the only one of the plugin].
    #[arg(long)]
    task: Option<String>,
    /// Input of the task: JSON, @FILE, or - for standard input [default: null].
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    #[command(flatten)]
    stage: StageArgs,
    /// File to write what servers answered to, as a mock file without secrets.
    #[arg(long, value_name = "FILE", requires = "allow_http")]
    record: Option<PathBuf>,
    /// Event that has come; without a value, one that the task waited for in vain.
    #[arg(long, value_name = "NAME[=JSON]")]
    event: Vec<String>,
    /// Result of a job that this one waited for, such as '{"output":7}' or '{"error":"why"}'; repeat the option for
    /// several.
    #[arg(long, value_name = "JSON")]
    parent: Vec<String>,
    /// Most attempts: another one follows an error that a host would retry, at once.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    attempts: Option<u32>,
    /// Step after which an attempt is killed, to see that the next one repeats none.
    #[arg(long, value_name = "STEP")]
    fail_at: Option<String>,
    /// File to write a profile of the last attempt to, which profiler.firefox.com opens.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Run only the case of this name; repeat the option for several.
    #[arg(long, value_name = "NAME")]
    case: Vec<String>,
    /// Print JSON at the end, and nothing else.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: TestArgs) -> anyhow::Result<()> {
    init_logging(LOG, LogFormat::Text).map_err(usage_error)?;
    let is_profiled = args.profile.is_some();
    let fresh =
        tempfile::Builder::new().prefix("taskbox-test-").tempdir().context("cannot create a directory")?;
    let functions = args.plugin.canonicalize().ok().and_then(|source| functions::file(&source));
    let bench = |compiled| Workbench::new(compiled, functions.clone(), is_profiled);
    let bench = match user_cache("compiled").and_then(|dir| bench(dir).ok()) {
        Some(bench) => bench,
        // Where nothing can be kept, it is compiled each time.
        None => bench(fresh.path().join("compiled"))?,
    };
    match args.suite() {
        Some(file) => cases::run(&bench, &file, &args).await,
        None => single::run(&bench, args).await,
    }
}

impl TestArgs {
    /// The file of cases to run, if it is one.
    fn suite(&self) -> Option<PathBuf> {
        let is_toml = self.plugin.extension().is_some_and(|extension| extension == "toml");
        if is_toml && !building::is_manifest(&self.plugin) {
            return Some(self.plugin.clone());
        }
        let file = self.plugin.join(SUITE_FILE);
        (self.task.is_none() && self.input.is_none() && file.is_file()).then_some(file)
    }

    /// Refuses flags that the cases of a file have themselves.
    fn refuse_flags_of_one(&self) -> Result<(), UsageError> {
        let flags = [
            ("--task", self.task.is_some()),
            ("--input", self.input.is_some()),
            ("--http", self.stage.http.is_some()),
            ("--allow-http", !self.stage.allow_http.is_empty()),
            ("--grant", self.stage.grant.is_some()),
            ("--config", !self.stage.config.is_empty()),
            ("--secret", !self.stage.secret.is_empty()),
            ("--event", !self.event.is_empty()),
            ("--parent", !self.parent.is_empty()),
            ("--attempts", self.attempts.is_some()),
            ("--fail-at", self.fail_at.is_some()),
            ("--profile", self.profile.is_some()),
        ];
        match flags.iter().find(|(_, is_given)| *is_given) {
            Some((flag, _)) => {
                Err(UsageError(format!("{flag} belongs to a single trial; write it into the case")))
            }
            None => Ok(()),
        }
    }

    async fn case(&self) -> anyhow::Result<Case> {
        if !self.case.is_empty() {
            return Err(UsageError("--case is for a file of cases".to_owned()).into());
        }
        let mut case = Case {
            task: self.task.clone(),
            is_recorded: self.record.is_some(),
            attempts: self.attempts,
            fail_at: self.fail_at.clone(),
            ..self.stage.case().await?
        };
        if let Some(input) = &self.input {
            case.input = Some(values::json("the input", input).await?);
        }
        for argument in &self.event {
            case.events.extend([case::event(argument).await?]);
        }
        for (index, argument) in self.parent.iter().enumerate() {
            let json = values::json("--parent", argument).await?;
            case.parents.push(case::parent(index + 1, &json)?);
        }
        Ok(case)
    }
}

/// Loads the component of a file or a folder, which is built if it is a source. Returns the path to show as well.
async fn load(bench: &Workbench, source: &Path) -> anyhow::Result<(String, Loaded)> {
    let component = building::component(source).await?;
    let shown = component.shown_path();
    let bytes = super::read(component.path()).await?.into();
    let loaded = bench.load(component.plugin_name_or_any(), bytes).await.map_err(|error| match error {
        Unready::Unfit(unfit) => anyhow::anyhow!("{shown} is no plugin: {unfit}"),
        Unready::Later(reason) => anyhow::anyhow!("{shown} cannot be compiled: {reason}"),
    })?;
    Ok((shown, loaded))
}

/// Hears of a trial and says nothing.
struct Silent;

impl Watcher for Silent {
    fn hear(&self, _: &Entry) {}
}

fn print_json(body: &impl Serialize) -> anyhow::Result<()> {
    out::json(&serde_json::to_string(body).context("the report cannot be written as JSON")?);
    Ok(())
}
