//! The time of a view of a job while many connections submit others.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Context;
use serde_json::Value;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load::{self, Stopwatch, Times};
use super::report::{Figure, Row};
use super::rows::RowName;

/// Time of the measurement.
const MEASURED: Duration = Duration::from_secs(10);

/// Number of connections that submit.
const CONNECTIONS: usize = 256;

/// Number of jobs that are read, one after the other and round again.
const JOBS: usize = 1_000;

/// Pause of the reader between two reads: it looks on, and is no load itself.
const REST: Duration = Duration::from_millis(1);

/// Measures on a host whose queue is paused.
pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let host = BenchHost::fresh(plan, RowName::Read.as_str(), &[]).await?;
    host.pause(true).await?;
    let mut reader = Connection::open(host.address).await?;
    let mut paths = Vec::new();
    for _ in 0..plan.count(JOBS) {
        paths.push(submit(&mut reader).await?);
    }
    let (address, sync) = (host.address, plan.sync_time()?);
    let watch = Stopwatch::start(&host);
    let end = Instant::now() + MEASURED / plan.part as u32;
    let mut lanes = JoinSet::new();
    for _ in 0..CONNECTIONS {
        lanes.spawn(load::submit_until(host.address, end));
    }
    let reading = tokio::task::spawn_blocking(move || read_until(address, &paths, end));
    let times = reading.await??;
    let mut submitted = 0;
    while let Some(lane) = lanes.join_next().await {
        submitted += lane??.len();
    }
    let spent = watch.stop();
    host.end().await?;
    let figures = vec![
        Figure::millis("p50_millis", "p50", times.millis_at(0.5)),
        Figure::millis("p99_millis", "p99", times.millis_at(0.99)),
        Figure::per_second("submits_per_second", "submits", spent.rate(submitted)),
    ];
    let what = format!("a view of a job, {CONNECTIONS} connections submit");
    Ok(Row::new(RowName::Read, what, sync, figures))
}

/// Submits a job, and returns its path.
async fn submit(connection: &mut Connection) -> anyhow::Result<String> {
    let job: Value = serde_json::from_slice(&connection.post("/v1/jobs", load::one_job()).await?)?;
    Ok(format!("/v1/jobs/{}", job["id"].as_str().context("the job has no id")?))
}

/// Reads on a thread of its own, which none of the submitting connections keeps from taking the time.
fn read_until(address: SocketAddr, paths: &[String], end: Instant) -> anyhow::Result<Times> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut reader = Connection::open(address).await?;
        let mut times = Vec::new();
        for path in paths.iter().cycle().take_while(|_| Instant::now() < end) {
            let began = Instant::now();
            reader.get(path).await?;
            times.push(began.elapsed());
            tokio::time::sleep(REST).await;
        }
        Ok(Times::new(times))
    })
}
