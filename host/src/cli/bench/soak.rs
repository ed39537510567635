//! Whole jobs at full speed for minutes, under retention: what a host keeps of them, and whether it grows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::super::out::say;
use super::super::show;
use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::load::{self, BATCH_CONNECTIONS, BATCH_JOBS};
use super::machine;

/// The number of final jobs that the host keeps.
const KEPT: &str = "470000";

/// Resident memory of a host that keeps so many, beside the cache of storage.
const RESIDENT_MAX: u64 = 256 << 20;

/// The cache of storage.
const CACHE: u64 = 256 << 20;

/// The most jobs that are submitted and not final at the same time.
const UNDER_WAY: usize = 10 * BATCH_JOBS;

/// Lines of the curve.
const SAMPLES: u32 = 20;

/// The period in which jobs are counted.
const COUNT_EVERY: Duration = Duration::from_millis(50);

const MIB: f64 = 1_048_576.0;

/// Counts of the load generator.
#[derive(Default)]
struct Load {
    submitted: AtomicU64,
    /// Microseconds that the slowest batch since the latest sample took.
    slowest: AtomicU64,
}

/// A line of the curve.
struct Sample {
    at: Duration,
    jobs_per_second: f64,
    kept: usize,
    resident: u64,
    index: f64,
    disk: u64,
    slowest: Duration,
}

/// Runs jobs for this time, and prints the curve.
pub(super) async fn run(plan: &Plan, time: Duration) -> anyhow::Result<()> {
    let host = BenchHost::fresh(plan, "soak", &[("TASKBOX_RETENTION_COUNT", KEPT)]).await?;
    let (load, room, stop) = (Arc::<Load>::default(), Arc::new(Semaphore::new(0)), CancellationToken::new());
    let mut submitting = JoinSet::new();
    for _ in 0..BATCH_CONNECTIONS {
        let connection = Connection::open(host.address).await?;
        submitting.spawn(submit(connection, Arc::clone(&load), Arc::clone(&room), stop.clone()));
    }
    let samples = measure(&host, time, &load, &room).await;
    stop.cancel();
    while let Some(submitted) = submitting.join_next().await {
        submitted??;
    }
    print(&samples?);
    host.end().await
}

async fn submit(
    mut connection: Connection,
    load: Arc<Load>,
    room: Arc<Semaphore>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let batch = load::batch(1);
    while let Some(permit) = stop.run_until_cancelled(room.acquire()).await {
        permit?.forget();
        let began = Instant::now();
        connection.post("/v1/jobs/batch", batch.clone()).await?;
        load.submitted.fetch_add(BATCH_JOBS as u64, Ordering::Relaxed);
        load.slowest.fetch_max(began.elapsed().as_micros() as u64, Ordering::Relaxed);
    }
    Ok(())
}

async fn measure(
    host: &BenchHost,
    time: Duration,
    load: &Load,
    room: &Semaphore,
) -> anyhow::Result<Vec<Sample>> {
    let (began, mut samples) = (Instant::now(), Vec::new());
    let mut before = (Duration::ZERO, 0);
    while samples.len() < SAMPLES as usize {
        let live = host.count("available").await? + host.count("running").await?;
        let wanted = UNDER_WAY.saturating_sub(live) / BATCH_JOBS;
        room.add_permits(wanted.saturating_sub(room.available_permits()));
        let at = began.elapsed();
        if at >= time / SAMPLES * (samples.len() as u32 + 1) {
            let submitted = load.submitted.load(Ordering::Relaxed);
            let rate = (submitted - before.1) as f64 / (at - before.0).as_secs_f64();
            before = (at, submitted);
            samples.push(sample(host, at, rate, load).await?);
        }
        tokio::time::sleep(COUNT_EVERY).await;
    }
    Ok(samples)
}

async fn sample(host: &BenchHost, at: Duration, jobs_per_second: f64, load: &Load) -> anyhow::Result<Sample> {
    Ok(Sample {
        at,
        jobs_per_second,
        kept: host.count("completed").await?,
        resident: host.resident_bytes().context("this system does not report the memory of a process")?,
        index: host.index_bytes().await?,
        disk: machine::bytes_below(&host.data)?,
        slowest: Duration::from_micros(load.slowest.swap(0, Ordering::Relaxed)),
    })
}

fn print(samples: &[Sample]) {
    let mut table = show::plain_table();
    table.set_header(["TIME", "JOBS/S", "KEPT", "RESIDENT", "INDEX", "DISK", "SLOWEST BATCH"]);
    table.add_rows(samples.iter().map(|sample| {
        [
            format!("{:.0} s", sample.at.as_secs_f64()),
            format!("{:.0}", sample.jobs_per_second),
            sample.kept.to_string(),
            format!("{:.0} MiB", sample.resident as f64 / MIB),
            format!("{:.0} MiB", sample.index / MIB),
            format!("{:.0} MiB", sample.disk as f64 / MIB),
            format!("{:.0} ms", sample.slowest.as_secs_f64() * 1e3),
        ]
    }));
    say!("{table}");
    let most = samples.iter().map(|sample| sample.resident).max().unwrap_or_default();
    let bound = RESIDENT_MAX + CACHE;
    say!(
        "{:.0} MiB resident at most, {} the bound of {:.0} MiB: 256 MiB and the cache of storage, 256 MiB",
        most as f64 / MIB,
        if most <= bound { "within" } else { "beyond" },
        bound as f64 / MIB
    );
}
