//! Whole jobs: submitted in batches, run by a plugin that does nothing in a fresh sandbox, settled.
//!
//! Beside them wait others in the same queue, due and of lower priority, so that a host that looked at
//! them would be seen to. As many are submitted as complete: whenever no new job is there, one of those
//! that wait runs instead, and so many wait all the time. The hosts stand side by side and are measured
//! in turns, so that whatever else the machine does meets all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::backlog::{self, LARGE};
use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load::{self, BATCH_CONNECTIONS, BATCH_JOBS, Spent, Stopwatch};
use super::report::{Figure, Row};
use super::rows::RowName;

/// How many jobs wait beside the measured ones.
const SOME: usize = 100_000;

/// How many times each host is measured.
const ROUNDS: usize = 3;

/// How many jobs are measured in one round.
const JOBS: usize = 100_000;

/// How many jobs are submitted and not complete at the same time, at most.
const UNDER_WAY: usize = 10 * BATCH_JOBS;

/// How often completed jobs are counted.
const COUNT_EVERY: Duration = Duration::from_millis(10);

/// One host, and what was measured on it.
struct Lane {
    name: RowName,
    waiting: usize,
    host: BenchHost,
    sync: Vec<Duration>,
    spent: Vec<Spent>,
}

/// Measures the rows of whole jobs that are wanted. The one without a backlog is always measured, for the
/// others are compared with it.
pub(super) async fn measure(plan: &Plan, wanted: &[RowName]) -> anyhow::Result<Vec<Row>> {
    let all = [(RowName::Jobs, 0), (RowName::JobsBacklog, SOME), (RowName::JobsBacklogLarge, LARGE)];
    let mut lanes = Vec::new();
    for (name, waiting) in all {
        if name == RowName::Jobs || wanted.contains(&name) {
            lanes.push(prepare(plan, name, plan.count(waiting)).await?);
        }
    }
    let jobs = plan.count(JOBS);
    for _ in 0..ROUNDS {
        for lane in &mut lanes {
            lane.sync.push(plan.sync_time()?);
            lane.spent.push(round(&lane.host, jobs).await?);
        }
    }
    let rates: Vec<f64> = lanes[0].spent.iter().map(|spent| spent.rate(jobs)).collect();
    let mut rows = Vec::new();
    for lane in lanes {
        if wanted.contains(&lane.name) {
            rows.push(row(&lane, jobs, &rates));
        }
        lane.host.end().await?;
    }
    Ok(rows)
}

async fn prepare(plan: &Plan, name: RowName, waiting: usize) -> anyhow::Result<Lane> {
    let host = BenchHost::fresh(plan, name.as_str(), &[]).await?;
    host.pause(true).await?;
    backlog::fill(&host, waiting).await?;
    Ok(Lane { name, waiting, host, sync: Vec::new(), spent: Vec::new() })
}

/// Lets the host work until so many jobs more are complete.
async fn round(host: &BenchHost, jobs: usize) -> anyhow::Result<Spent> {
    let before = host.count("completed").await?;
    let watch = Stopwatch::start(host);
    host.pause(false).await?;
    let room = Arc::new(Semaphore::new(UNDER_WAY / BATCH_JOBS));
    let left = Arc::new(AtomicUsize::new(jobs / BATCH_JOBS));
    let mut submitting = JoinSet::new();
    for _ in 0..BATCH_CONNECTIONS {
        let connection = Connection::open(host.address).await?;
        submitting.spawn(submit_as_they_complete(connection, Arc::clone(&room), Arc::clone(&left)));
    }
    let (mut completed, mut replaced) = (0, 0);
    while completed < jobs {
        completed = host.count("completed").await?.saturating_sub(before);
        room.add_permits(completed / BATCH_JOBS - replaced);
        replaced = completed / BATCH_JOBS;
        while let Some(lane) = submitting.try_join_next() {
            lane??;
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
    let spent = watch.stop();
    host.pause(true).await?;
    host.until("running", |running| running == 0).await?;
    Ok(spent)
}

async fn submit_as_they_complete(
    mut connection: Connection,
    room: Arc<Semaphore>,
    left: Arc<AtomicUsize>,
) -> anyhow::Result<()> {
    let batch = load::batch(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        room.acquire().await?.forget();
        connection.post("/v1/jobs/batch", batch.clone()).await?;
    }
    Ok(())
}

fn row(lane: &Lane, jobs: usize, without: &[f64]) -> Row {
    let rates: Vec<f64> = lane.spent.iter().map(|spent| spent.rate(jobs)).collect();
    let mut figures = vec![Figure::per_second("jobs_per_second", "jobs", load::median(rates.clone()))];
    if lane.waiting > 0 {
        let ratios = rates.iter().zip(without).map(|(beside, without)| beside / without).collect();
        figures.push(Figure::ratio("of_none_waiting", "what it is with none waiting", load::median(ratios)));
    }
    let what = match lane.waiting {
        0 => "whole jobs, none waiting besides".to_owned(),
        waiting => format!("whole jobs, {waiting} waiting besides"),
    };
    let sync = lane.sync.iter().sum::<Duration>() / lane.sync.len().max(1) as u32;
    Row::new(lane.name, what, sync, figures).spending(&Spent::sum(&lane.spent), jobs * lane.spent.len())
}
