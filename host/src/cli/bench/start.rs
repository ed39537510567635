//! The time until a job starts on an idle host: from before the request until the guest reads the clock, which is the
//! same clock of the same machine.

use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;

use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load::Times;
use super::machine;
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of jobs, one after the other.
const JOBS: usize = 2_000;

/// The pause between two jobs.
const REST: Duration = Duration::from_millis(3);

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let host = BenchHost::fresh(plan, RowName::Start.as_str(), &[]).await?;
    let mut connection = Connection::open(host.address).await?;
    let sync = plan.sync_time()?;
    let mut times = Vec::new();
    for _ in 0..plan.count(JOBS) {
        times.push(start_one(&mut connection).await?);
        tokio::time::sleep(REST).await;
    }
    let times = Times::new(times);
    host.end().await?;
    let figures = vec![
        Figure::millis("p50_millis", "p50", times.millis_at(0.5)),
        Figure::millis("p99_millis", "p99", times.millis_at(0.99)),
    ];
    Ok(Row::new(RowName::Start, "from the submit to the start, idle host".to_owned(), sync, figures))
}

async fn start_one(connection: &mut Connection) -> anyhow::Result<Duration> {
    let body = Bytes::from_static(br#"{"task":"clock"}"#);
    let submitted_at = machine::unix_time();
    let job = connection.run_job(body).await?;
    let began = job["output"].as_u64().with_context(|| format!("the job has no time: {job}"))?;
    // The sample is invalid if the clock was set back in between.
    Ok(Duration::from_nanos(began).saturating_sub(submitted_at))
}
