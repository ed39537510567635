//! A single trial, by arguments.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};

use super::case::{Case, FIXED_JOB_ID};
use super::expect::{Expectation, problem_text};
use super::live::Live;
use super::report::ReportBody;
use super::words::outcome_name;
use super::{Silent, TestArgs, load, print_json, shown};
use crate::app::Workbench;
use crate::cli::out::{printable_line, say};
use crate::domain::FailureKind;
use crate::trial::{Report, Watcher, mock_file};

pub(super) async fn run(bench: &Workbench, args: TestArgs) -> anyhow::Result<()> {
    let case = args.case().await?;
    // What is wrong in a file is told before anything is built.
    case.mocks().await?;
    let (shown_path, loaded) = load(bench, &args.plugin).await?;
    let trial = case.trial(&loaded, bench.job_id()).await?;
    if !args.json {
        say!("{}", printable_line(&shown_path));
        shown::described(&trial.task);
        say!("");
    }
    let (task, job_id) = (trial.task.name.clone(), trial.job_id);
    let watcher: Arc<dyn Watcher> =
        if args.json { Arc::new(Silent) } else { Arc::new(Live::new(trial.attempts)) };
    let report = bench.run(trial, watcher).await.map_err(anyhow::Error::msg)?;
    let problems = Expectation::default().differences(&report);
    if let Some(file) = &args.record {
        record(file, &case, &report, &job_id.to_string()).await?;
    }
    if let Some(file) = &args.profile {
        let profile = bench.take_profile().context("the attempt was not profiled: it did not start")?;
        write(file, &profile).await?;
    }
    if args.json {
        print_json(&ReportBody::new(None, task.as_str(), &report, &problems))?;
    } else {
        shown::summary(&report);
        shown::unused_mocks(&report);
    }
    if problems.is_empty() { Ok(()) } else { bail!(failed(&case, &report)) }
}

/// Why the trial failed, below the summary.
fn failed(case: &Case, report: &Report) -> String {
    if !report.problems.is_empty() {
        return report.problems.iter().map(problem_text).collect::<Vec<_>>().join("\n");
    }
    let name = outcome_name(report.outcome());
    let is_bare = case.http.is_none() && case.allow_http.is_empty() && case.grant.is_none();
    let hint = "; a mock file (--http) answers its requests, and --allow-http sends them";
    let hint = if name == FailureKind::Denied.as_str() && is_bare { hint } else { "" };
    format!("the task did not complete: it is {name}{hint}")
}

async fn record(file: &Path, case: &Case, report: &Report, job_id: &str) -> anyhow::Result<()> {
    let secrets: Vec<String> = case.secrets.values().map(|secret| secret.reveal().to_owned()).collect();
    let text = mock_file(report.recorded.clone(), &secrets, (job_id, FIXED_JOB_ID));
    write(file, text.as_bytes()).await
}

async fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    tokio::fs::write(file, bytes).await.with_context(|| format!("cannot write {}", file.display()))
}
