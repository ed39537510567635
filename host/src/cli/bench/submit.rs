//! Durable submits: each response follows the sync.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::host::{BenchHost, Plan};
use super::load::{self, BATCH_CONNECTIONS, BATCH_JOBS, Stopwatch, Times};
use super::report::{Figure, Row};
use super::rows::RowName;

/// The time of a measurement of single submits.
const MEASURED: Duration = Duration::from_secs(10);

/// The number of jobs in batches.
const JOBS_IN_BATCHES: usize = 500_000;

/// Measures a row of submits on a host whose queue is paused, so that nothing else runs.
pub(super) async fn measure(plan: &Plan, name: RowName) -> anyhow::Result<Row> {
    let host = BenchHost::fresh(plan, name.as_str(), &[]).await?;
    host.pause(true).await?;
    let row = match name {
        RowName::Submit1 => one_by_one(plan, &host, name, 1).await?,
        RowName::Submit16 => one_by_one(plan, &host, name, 16).await?,
        RowName::Submit256 => one_by_one(plan, &host, name, 256).await?,
        _ => in_batches(plan, &host, name).await?,
    };
    host.end().await?;
    Ok(row)
}

async fn one_by_one(plan: &Plan, host: &BenchHost, name: RowName, connections: usize) -> anyhow::Result<Row> {
    let sync = plan.sync_time()?;
    let watch = Stopwatch::start(host);
    let mut lanes = JoinSet::new();
    for _ in 0..connections {
        lanes.spawn(load::submit_until(host.address, Instant::now() + MEASURED / plan.part as u32));
    }
    let mut times = Vec::new();
    while let Some(lane) = lanes.join_next().await {
        times.extend(lane??);
    }
    let spent = watch.stop();
    let (count, times) = (times.len(), Times::new(times));
    let what =
        format!("durable submits, {connections} connection{}", if connections == 1 { "" } else { "s" });
    let figures = vec![
        Figure::per_second("submits_per_second", "submits", spent.rate(count)),
        Figure::millis("p50_millis", "p50", times.millis_at(0.5)),
        Figure::millis("p99_millis", "p99", times.millis_at(0.99)),
    ];
    Ok(Row::new(name, what, sync, figures).spending(&spent, count))
}

async fn in_batches(plan: &Plan, host: &BenchHost, name: RowName) -> anyhow::Result<Row> {
    let jobs = plan.count(JOBS_IN_BATCHES);
    let sync = plan.sync_time()?;
    let watch = Stopwatch::start(host);
    load::submit_batches(host, jobs, load::batch(0)).await?;
    let spent = watch.stop();
    let what = format!("durable submits in batches of {BATCH_JOBS}, {BATCH_CONNECTIONS} connections");
    let rate = Figure::per_second("submits_per_second", "submits", spent.rate(jobs));
    Ok(Row::new(name, what, sync, vec![rate]).spending(&spent, jobs))
}
