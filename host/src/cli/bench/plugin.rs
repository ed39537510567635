//! The costs of one plugin, whatever its language: its size, its compilation, its jobs, and its memory.
//!
//! The file given by `--plugin` has the tasks `noop` and `wait`, as the plugins in `plugins/bench*` do.

use std::time::{Duration, Instant};

use super::connection::Connection;
use super::flight::Flight;
use super::host::{BenchHost, Plan};
use super::load::{self, Stopwatch, Times};
use super::machine;
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of queued jobs of one measurement: one batch.
const JOBS: usize = load::BATCH_JOBS;

/// The number of measurements.
const ROUNDS: usize = 5;

/// The number of jobs that run one after the other.
const ALONE: usize = 101;

/// The number of jobs in flight: as many as fit into the memory of a small machine in every language.
const IN_FLIGHT: usize = 200;

/// The period in which the memory is read while jobs run.
const LOOK_EVERY: Duration = Duration::from_millis(5);

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let host = BenchHost::start(plan, plan.dir.join(RowName::Plugin.as_str()), &[]).await?;
    let began = Instant::now();
    host.client().put_bytes("/v1/plugins/bench", plan.component.to_vec()).await?;
    let compiled = began.elapsed().as_secs_f64() * 1e3;
    let code = machine::bytes_below(&host.data.join("compiled"))?;
    let sync = plan.sync_time()?;
    let alone = alone(&host).await?;
    let (mut rates, mut spent, mut peak) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let (round, most) = queued(&host).await?;
        rates.push(round.rate(JOBS));
        spent.push(round);
        peak = peak.max(most);
    }
    // A new process, in which no memory of ended jobs is left to take over.
    let host = BenchHost::start(plan, host.kill().await?, &[]).await?;
    let flight = Flight::begin(&host, IN_FLIGHT).await?;
    let each = flight.each();
    flight.end(&host).await?;
    host.end().await?;
    let figures = vec![
        Figure::bytes("component_bytes", "of component", plan.component.len() as f64),
        Figure::millis("upload_millis", "compiled in", compiled),
        Figure::bytes("code_bytes", "of machine code", code as f64),
        Figure::millis("alone_millis_p50", "a job alone", alone.millis_at(0.5)),
        Figure::per_second("jobs_per_second", "queued jobs", load::median(rates)),
        Figure::bytes("peak_resident_bytes", "at their peak", peak as f64),
        Figure::bytes("flight_bytes_each", "each in flight", each),
    ];
    let what = format!("one plugin: its code, a job alone, {JOBS} queued jobs, {IN_FLIGHT} in flight");
    Ok(Row::new(RowName::Plugin, what, sync, figures).spending(&load::Spent::sum(&spent), JOBS * ROUNDS))
}

/// The times of jobs that run one after the other, from the submission until the result is there.
async fn alone(host: &BenchHost) -> anyhow::Result<Times> {
    let mut connection = Connection::open(host.address).await?;
    let mut times = Vec::with_capacity(ALONE);
    for _ in 0..ALONE {
        let began = Instant::now();
        connection.run_job(load::one_job()).await?;
        times.push(began.elapsed());
    }
    Ok(Times::new(times))
}

/// The cost of a full queue from its first job to its last, and the most memory meanwhile.
async fn queued(host: &BenchHost) -> anyhow::Result<(load::Spent, u64)> {
    host.pause(true).await?;
    let before = host.count("completed").await?;
    Connection::open(host.address).await?.post("/v1/jobs/batch", load::batch(0)).await?;
    let watch = Stopwatch::start(host);
    host.pause(false).await?;
    let mut peak = 0;
    while host.count("completed").await? < before + JOBS {
        peak = peak.max(host.resident_bytes().unwrap_or_default());
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok((watch.stop(), peak))
}
