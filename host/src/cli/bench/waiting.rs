//! The memory of a job that waits for an event: no sandbox, and an entry in the index.

use anyhow::{Context, ensure};
use bytes::Bytes;
use serde_json::json;

use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load;
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of jobs that wait.
const JOBS: usize = 100_000;

/// Measures jobs that have run, wait for an event, and outlive a `kill -9`.
pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let jobs = plan.count(JOBS);
    let host = BenchHost::fresh(plan, RowName::Waiting.as_str(), &[]).await?;
    let sync = plan.sync_time()?;
    let empty = host.index_bytes().await?;
    let batch = json!({ "jobs": vec![json!({ "task": "event" }); load::BATCH_JOBS] });
    load::submit_batches(&host, jobs, Bytes::from(batch.to_string())).await?;
    host.until("scheduled", |waiting| waiting == jobs).await?;
    let index = host.index_bytes().await?;
    let host = BenchHost::start(plan, host.kill().await?, &[]).await?;
    let resident = host.resident_bytes().context("this system does not report the memory of a process")?;
    ensure!(host.count("scheduled").await? == jobs, "a job that waited was lost by the kill");
    send_to_one(&host).await?;
    host.end().await?;
    let figures = vec![
        Figure::bytes("index_bytes_each", "of the index each", (index - empty) / jobs as f64),
        Figure::bytes("resident_bytes", "resident in all after a kill", resident as f64),
    ];
    Ok(Row::new(RowName::Waiting, format!("{jobs} jobs that wait for an event"), sync, figures))
}

/// Sends the event to one of the jobs, which completes.
async fn send_to_one(host: &BenchHost) -> anyhow::Result<()> {
    let jobs = host.client().get("/v1/jobs?limit=1&state=scheduled").await?;
    let id = jobs.items().first().and_then(|job| job.get("id")?.str()).context("no job waits")?;
    let mut connection = Connection::open(host.address).await?;
    connection.post(&format!("/v1/jobs/{id}/events/go"), Bytes::from_static(b"1")).await?;
    host.until("completed", |completed| completed == 1).await
}
