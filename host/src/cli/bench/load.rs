//! Submission of many jobs, and its cost.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use super::connection::Connection;
use super::host::BenchHost;
use super::machine;

/// The number of jobs in a batch.
pub(super) const BATCH_JOBS: usize = 1_000;

/// The number of connections that submit batches at the same time.
pub(super) const BATCH_CONNECTIONS: usize = 4;

/// An input like that of an order's job, of 134 bytes.
const INPUT: &str = r#"{"order_id":"019d5b2e-7a31-7c04-9f5e-6b1d2a3c4e5f","user_id":"u_42","payment_intent_id":"pi_3MtwBwLkdIwHu7ix28a3tqPa","note":"bench"}"#;

/// The body of one job that does nothing.
pub(super) fn one_job() -> Bytes {
    Bytes::from(job(0))
}

/// The body of a batch of jobs that do nothing.
pub(super) fn batch(priority: i8) -> Bytes {
    Bytes::from(format!(r#"{{"jobs":[{}]}}"#, vec![job(priority); BATCH_JOBS].join(",")))
}

fn job(priority: i8) -> String {
    format!(r#"{{"task":"noop","priority":{priority},"input":{INPUT}}}"#)
}

/// Submits one job after the other, and returns how long each took to be answered.
pub(super) async fn submit_until(address: SocketAddr, end: Instant) -> anyhow::Result<Vec<Duration>> {
    let mut connection = Connection::open(address).await?;
    let body = one_job();
    let mut times = Vec::new();
    loop {
        let began = Instant::now();
        if began >= end {
            return Ok(times);
        }
        connection.post("/v1/jobs", body.clone()).await?;
        times.push(began.elapsed());
    }
}

/// Submits `jobs` jobs in batches, over several connections.
pub(super) async fn submit_batches(host: &BenchHost, jobs: usize, body: Bytes) -> anyhow::Result<()> {
    let left = Arc::new(AtomicUsize::new(jobs / BATCH_JOBS));
    let mut lanes = JoinSet::new();
    for _ in 0..BATCH_CONNECTIONS {
        lanes.spawn(submit_until_none_left(host.address, Arc::clone(&left), body.clone()));
    }
    while let Some(lane) = lanes.join_next().await {
        lane??;
    }
    Ok(())
}

async fn submit_until_none_left(
    address: SocketAddr,
    left: Arc<AtomicUsize>,
    body: Bytes,
) -> anyhow::Result<()> {
    let mut connection = Connection::open(address).await?;
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok() {
        connection.post("/v1/jobs/batch", body.clone()).await?;
    }
    Ok(())
}

/// The cost of a piece of work.
pub(super) struct Spent {
    /// Wall time.
    pub(super) time: Duration,
    /// CPU time of the host.
    pub(super) host_cpu: Option<Duration>,
    /// CPU time of the load generator.
    pub(super) client_cpu: Option<Duration>,
}

/// A measurement of a piece of work.
pub(super) struct Stopwatch<'a> {
    host: &'a BenchHost,
    began: Instant,
    host_cpu: Option<Duration>,
    client_cpu: Option<Duration>,
}

impl<'a> Stopwatch<'a> {
    /// Starts now.
    pub(super) fn start(host: &'a BenchHost) -> Self {
        let client_cpu = machine::cpu_time(std::process::id());
        Self { host, began: Instant::now(), host_cpu: host.cpu_time(), client_cpu }
    }

    /// Ends now.
    pub(super) fn stop(&self) -> Spent {
        let since = |now: Option<Duration>, before: Option<Duration>| now?.checked_sub(before?);
        Spent {
            time: self.began.elapsed(),
            host_cpu: since(self.host.cpu_time(), self.host_cpu),
            client_cpu: since(machine::cpu_time(std::process::id()), self.client_cpu),
        }
    }
}

impl Spent {
    /// The sum of several costs.
    pub(super) fn sum(all: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> Option<Duration>| all.iter().map(of).sum::<Option<Duration>>();
        Self {
            time: all.iter().map(|spent| spent.time).sum(),
            host_cpu: sum(|spent| spent.host_cpu),
            client_cpu: sum(|spent| spent.client_cpu),
        }
    }

    /// The rate per second.
    pub(super) fn rate(&self, count: usize) -> f64 {
        count as f64 / self.time.as_secs_f64()
    }
}

/// The times of many requests.
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// Sorts them.
    pub(super) fn new(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// The percentile of this share, in milliseconds.
    pub(super) fn millis_at(&self, share: f64) -> f64 {
        let place = (self.0.len().saturating_sub(1) as f64 * share) as usize;
        self.0.get(place).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

/// The median of some numbers.
pub(super) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_json_of_so_many_jobs() {
        let body: serde_json::Value = serde_json::from_slice(&batch(1)).unwrap();
        assert_eq!(body["jobs"].as_array().unwrap().len(), BATCH_JOBS);
        assert_eq!(body["jobs"][0]["priority"], 1);
    }

    #[test]
    fn times_are_told_by_their_share() {
        let times = Times::new((1..=101).rev().map(Duration::from_millis).collect());
        assert_eq!((times.millis_at(0.5), times.millis_at(1.0)), (51.0, 101.0));
        assert_eq!(Times::new(Vec::new()).millis_at(0.5), 0.0);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
