//! The time until a host is ready after a kill with many jobs waiting, and its memory then.

use std::time::Instant;

use anyhow::Context;

use super::backlog::{self, LARGE};
use super::host::{BenchHost, Plan};
use super::report::{Figure, Row};
use super::rows::RowName;

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let jobs = plan.count(LARGE);
    let host = BenchHost::fresh(plan, RowName::Open.as_str(), &[]).await?;
    host.pause(true).await?;
    backlog::fill(&host, jobs).await?;
    let data = host.kill().await?;
    let sync = plan.sync_time()?;
    let began = Instant::now();
    let host = BenchHost::start(plan, data, &[]).await?;
    let millis = began.elapsed().as_secs_f64() * 1e3;
    let resident = host.resident_bytes().unwrap_or_default() as f64;
    let waiting = host.count("available").await?;
    anyhow::ensure!(waiting == jobs, "{waiting} of {jobs} jobs are there after the kill");
    host.end().await.context("after opening")?;
    let figures = vec![
        Figure::millis("ready_millis", "ready after", millis),
        Figure::bytes("resident_bytes", "resident", resident),
    ];
    Ok(Row::new(RowName::Open, format!("opening after kill -9 with {jobs} waiting"), sync, figures))
}
