//! The disk space of a finished job, and the space that retention frees: not to the file system, but to later jobs.

use super::host::{BenchHost, Plan};
use super::load;
use super::machine;
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of jobs that finish before retention, and again after it.
const JOBS: usize = 100_000;

/// Settings under which the first sweep, right at the start, deletes all completed jobs.
const KEEP_NONE: [(&str, &str); 1] = [("TASKBOX_RETENTION_COUNT", "0")];

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let jobs = plan.count(JOBS);
    let host = BenchHost::fresh(plan, RowName::Space.as_str(), &[]).await?;
    let sync = plan.sync_time()?;
    let empty = machine::bytes_below(&host.data)?;
    run(&host, jobs).await?;
    let first = machine::bytes_below(&host.data)?;

    let host = BenchHost::start(plan, host.kill().await?, &KEEP_NONE).await?;
    host.until("completed", |completed| completed == 0).await?;
    let host = BenchHost::start(plan, host.kill().await?, &[]).await?;
    run(&host, jobs).await?;
    let second = machine::bytes_below(&host.data)?;
    host.end().await?;

    let each = |from: u64, to: u64| (to as f64 - from as f64) / jobs as f64;
    let figures = vec![
        Figure::bytes("bytes_each", "each", each(empty, first)),
        Figure::bytes("bytes_each_after_retention", "more each for the same again", each(first, second)),
    ];
    Ok(Row::new(
        RowName::Space,
        format!("disk of {jobs} finished jobs, forgotten, as many again"),
        sync,
        figures,
    ))
}

async fn run(host: &BenchHost, jobs: usize) -> anyhow::Result<()> {
    load::submit_batches(host, jobs, load::batch(0)).await?;
    host.until("completed", |completed| completed >= jobs).await
}
