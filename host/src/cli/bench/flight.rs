//! The memory of a job in flight: each waits for a slow server.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use bytes::Bytes;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::connection::Connection;
use super::host::{BenchHost, Plan};
use super::report::{Figure, Row};
use super::rows::RowName;

/// The number of jobs in flight.
const JOBS: usize = 10_000;

/// The period in which they are counted.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// The time until all are in flight.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn measure(plan: &Plan) -> anyhow::Result<Row> {
    let jobs = plan.count(JOBS);
    let host = BenchHost::fresh(plan, RowName::Flight.as_str(), &[]).await?;
    let sync = plan.sync_time()?;
    let flight = Flight::begin(&host, jobs).await?;
    let figures = vec![
        Figure::bytes("resident_bytes_each", "resident each", flight.each()),
        Figure::bytes("resident_bytes", "in all", flight.during as f64),
        Figure::millis("all_waiting_millis", "all there after", flight.started.as_secs_f64() * 1e3),
    ];
    flight.end(&host).await?;
    host.end().await?;
    Ok(Row::new(RowName::Flight, format!("{jobs} jobs in flight, each waits for HTTP"), sync, figures))
}

/// Jobs in flight.
pub(super) struct Flight {
    server: SlowServer,
    jobs: usize,
    /// Jobs that were complete before.
    completed: usize,
    /// The memory of the host before, and while all are in flight.
    before: u64,
    during: u64,
    /// The time until all were.
    started: Duration,
}

impl Flight {
    /// Submits so many jobs, and waits until all are in flight.
    pub(super) async fn begin(host: &BenchHost, jobs: usize) -> anyhow::Result<Self> {
        let server = SlowServer::start().await?;
        let grant = json!({
            "hosts": [{ "url": server.url() }],
            "networks": ["127.0.0.0/8"],
            "limits": { "concurrency": jobs },
        });
        host.client().put("/v1/plugins/bench/grant", &grant).await?;
        let completed = host.count("completed").await?;
        let before = host.resident_bytes().context("this system does not report the memory of a process")?;
        let began = Instant::now();
        let input = json!({ "task": "wait", "input": { "url": server.url() } });
        let batch = Bytes::from(json!({ "jobs": vec![input; jobs] }).to_string());
        Connection::open(host.address).await?.post("/v1/jobs/batch", batch).await?;
        server.until_waiting(jobs).await?;
        let started = began.elapsed();
        let during = host.resident_bytes().unwrap_or_default();
        Ok(Self { server, jobs, completed, before, during, started })
    }

    /// The memory of each.
    pub(super) fn each(&self) -> f64 {
        (self.during as f64 - self.before as f64) / self.jobs as f64
    }

    /// Lets all of them end.
    pub(super) async fn end(self, host: &BenchHost) -> anyhow::Result<()> {
        self.server.answer_all();
        host.until("completed", |completed| completed >= self.completed + self.jobs).await
    }
}

/// A server that reads requests and responds to none of them until a signal.
struct SlowServer {
    address: SocketAddr,
    waiting: Arc<AtomicUsize>,
    answering: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl SlowServer {
    async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let waiting = Arc::new(AtomicUsize::new(0));
        let (answering, released) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, Arc::clone(&waiting), released));
        Ok(Self { address, waiting, answering, accepting })
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn until_waiting(&self, jobs: usize) -> anyhow::Result<()> {
        let looking = async {
            while self.waiting.load(Ordering::Relaxed) < jobs {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.with_context(|| {
            format!("only {} of {jobs} jobs are in flight", self.waiting.load(Ordering::Relaxed))
        })
    }

    fn answer_all(&self) {
        self.answering.send_replace(true);
    }
}

impl Drop for SlowServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, waiting: Arc<AtomicUsize>, released: watch::Receiver<bool>) {
    loop {
        // A connection that cannot be accepted is missing in the count.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(hold(stream, Arc::clone(&waiting), released.clone()));
        }
    }
}

/// Reads one request, and responds at the signal. Errors fail the job of the request.
async fn hold(
    mut stream: TcpStream,
    waiting: Arc<AtomicUsize>,
    mut released: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    waiting.fetch_add(1, Ordering::Relaxed);
    let _ = released.wait_for(|released| *released).await;
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await
}
