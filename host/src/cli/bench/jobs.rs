//! Whole jobs: submitted in batches, run by a plugin that does nothing in a fresh sandbox, settled.
//!
//! A backlog of due jobs of lower priority waits in the same queue, so that work on it would show in the figures. As
//! many jobs are submitted as complete: when no new job is there, one of the backlog runs instead, which therefore
//! keeps its size. The hosts run side by side and are measured alternately, so that other load on the machine affects
//! all of them.

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

/// The number of jobs in a small backlog.
const SOME: usize = 100_000;

/// The number of measurements of each host.
const ROUNDS: usize = 3;

/// The number of jobs of one measurement.
const JOBS: usize = 100_000;

/// The most jobs that are submitted and not complete at the same time.
const UNDER_WAY: usize = 10 * BATCH_JOBS;

/// The period in which completed jobs are counted.
const COUNT_EVERY: Duration = Duration::from_millis(10);

/// One host, and its measurements.
struct Contender {
    name: RowName,
    waiting: usize,
    host: BenchHost,
    sync: Vec<Duration>,
    spent: Vec<Spent>,
}

/// Measures the chosen rows of whole jobs. The one without a backlog is always measured, because the others are
/// compared with it.
pub(super) async fn measure(plan: &Plan, wanted: &[RowName]) -> anyhow::Result<Vec<Row>> {
    let all = [(RowName::Jobs, 0), (RowName::JobsBacklog, SOME), (RowName::JobsBacklogLarge, LARGE)];
    let mut contenders = Vec::new();
    for (name, waiting) in all {
        if name == RowName::Jobs || wanted.contains(&name) {
            contenders.push(prepare(plan, name, plan.count(waiting)).await?);
        }
    }
    let jobs = plan.count(JOBS);
    for _ in 0..ROUNDS {
        for contender in &mut contenders {
            contender.sync.push(plan.sync_time()?);
            contender.spent.push(round(&contender.host, jobs).await?);
        }
    }
    let rates: Vec<f64> = contenders[0].spent.iter().map(|spent| spent.rate(jobs)).collect();
    let mut rows = Vec::new();
    for contender in contenders {
        if wanted.contains(&contender.name) {
            rows.push(row(&contender, jobs, &rates));
        }
        contender.host.end().await?;
    }
    Ok(rows)
}

async fn prepare(plan: &Plan, name: RowName, waiting: usize) -> anyhow::Result<Contender> {
    let host = BenchHost::fresh(plan, name.as_str(), &[]).await?;
    host.pause(true).await?;
    backlog::fill(&host, waiting).await?;
    Ok(Contender { name, waiting, host, sync: Vec::new(), spent: Vec::new() })
}

/// Runs the host until this many more jobs are complete.
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
        while let Some(contender) = submitting.try_join_next() {
            contender??;
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

fn row(contender: &Contender, jobs: usize, without: &[f64]) -> Row {
    let rates: Vec<f64> = contender.spent.iter().map(|spent| spent.rate(jobs)).collect();
    let mut figures = vec![Figure::per_second("jobs_per_second", "jobs", load::median(rates.clone()))];
    if contender.waiting > 0 {
        let ratios = rates.iter().zip(without).map(|(beside, without)| beside / without).collect();
        figures.push(Figure::ratio("of_none_waiting", "what it is with none waiting", load::median(ratios)));
    }
    let what = match contender.waiting {
        0 => "whole jobs, none waiting besides".to_owned(),
        waiting => format!("whole jobs, {waiting} waiting besides"),
    };
    let sync = contender.sync.iter().sum::<Duration>() / contender.sync.len().max(1) as u32;
    Row::new(contender.name, what, sync, figures)
        .spending(&Spent::sum(&contender.spent), jobs * contender.spent.len())
}
