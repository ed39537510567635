//! A file of cases, run one after the other.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use serde::Serialize;

use super::report::ReportBody;
use super::suite::{NamedCase, Suite};
use super::words::{count, time};
use super::{Silent, TestArgs, load, print_json, shown};
use crate::app::{Loaded, Workbench};
use crate::cli::UsageError;
use crate::cli::out::say;
use crate::domain::TaskName;
use crate::trial::Report;

/// A case that ran.
struct Ran<'a> {
    name: &'a str,
    task: TaskName,
    report: Report,
    problems: Vec<String>,
}

impl Ran<'_> {
    fn body(&self) -> ReportBody<'_> {
        ReportBody::new(Some(self.name), self.task.as_str(), &self.report, &self.problems)
    }
}

pub(super) async fn run(bench: &Workbench, file: &Path, args: &TestArgs) -> anyhow::Result<()> {
    args.refuse_flags_of_one()?;
    let suite = Suite::read(file).await?;
    let cases = chosen(&suite, &args.case)?;
    let place = |named: &NamedCase| format!("case {:?}", named.name);
    // What is wrong in a file is told before anything is built.
    for named in &cases {
        named.case.mocks().await.with_context(|| place(named))?;
    }
    let (_, loaded) = load(bench, &suite.plugin).await?;
    let mut all = Vec::with_capacity(cases.len());
    for named in cases {
        let ran = run_case(bench, &loaded, named).await.with_context(|| place(named))?;
        if !args.json {
            shown::case(ran.name, &ran.report, &ran.problems);
        }
        all.push(ran);
    }
    let failed = all.iter().filter(|ran| !ran.problems.is_empty()).count();
    let passed = all.len() - failed;
    if args.json {
        print_json(&SuiteBody { passed, failed, cases: all.iter().map(Ran::body).collect() })?;
    } else {
        let wall: Duration = all.iter().map(|ran| ran.report.wall).sum();
        say!("\n{passed} of {} passed in {}", count(all.len(), "case", "cases"), time(wall));
    }
    match failed {
        0 => Ok(()),
        _ => bail!("{} failed", count(failed, "case", "cases")),
    }
}

async fn run_case<'a>(bench: &Workbench, loaded: &Loaded, named: &'a NamedCase) -> anyhow::Result<Ran<'a>> {
    let trial = named.case.trial(loaded, bench.job_id()).await?;
    let task = trial.task.name.clone();
    let report = bench.run(trial, Arc::new(Silent)).await.map_err(anyhow::Error::msg)?;
    let problems = named.expected.differences(&report);
    Ok(Ran { name: &named.name, task, report, problems })
}

/// The report of a file of cases.
#[derive(Serialize)]
struct SuiteBody<'a> {
    passed: usize,
    failed: usize,
    cases: Vec<ReportBody<'a>>,
}

/// The cases of these names; all if none is named.
fn chosen<'a>(suite: &'a Suite, names: &[String]) -> Result<Vec<&'a NamedCase>, UsageError> {
    if let Some(unknown) = names.iter().find(|name| suite.cases.iter().all(|case| case.name != **name)) {
        let known: Vec<_> = suite.cases.iter().map(|case| case.name.as_str()).collect();
        return Err(UsageError(format!("there is no case {unknown:?}; the cases are {}", known.join(", "))));
    }
    Ok(suite.cases.iter().filter(|case| names.is_empty() || names.contains(&case.name)).collect())
}
