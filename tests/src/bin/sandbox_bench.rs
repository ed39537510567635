//! What a sandbox costs: the time of a fresh one for each attempt, and the memory of many in flight.
//!
//! `cargo run --release -p taskbox-tests --bin sandbox_bench` measures everything, each row in a process of
//! its own, so that none finds memory warm that another had used.

use std::io::Write;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use taskbox::domain::Outcome;
use taskbox::ports::Runner;
use taskbox_tests::binaries;
use taskbox_tests::guests::{FakeHost, Sandbox, output};
use taskbox_tests::patience::until;
use tokio_util::sync::CancellationToken;

/// How long one rate is measured.
const RATE_TIME: Duration = Duration::from_secs(4);

/// Places of a sandbox as a host has them by default, and of one that is small enough for every memory
/// to map the image of its data instead of copying it.
const PLACES: [usize; 2] = [10_000, 4_000];

/// How long a guest in flight sleeps: until after it was measured.
const SLEEP_MS: u64 = 600_000;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next();
    let numbers: Vec<usize> = arguments.map(|text| text.parse().expect("a number")).collect();
    match (what.as_deref(), &numbers[..]) {
        (Some("rate"), &[places, threads]) => rate(places, threads),
        (Some("memory"), &[places, attempts]) => memory(places, attempts),
        _ => everything(),
    }
}

fn everything() {
    println!("a fresh sandbox per attempt (noop)");
    println!("{:>8} {:>8} {:>14} {:>10} {:>10}", "places", "threads", "attempts/s", "p50", "p99");
    for places in PLACES {
        row("rate", places, 1);
        row("rate", places, 2);
    }
    println!("\nattempts in flight, each asleep in the host");
    println!(
        "{:>8} {:>8} {:>14} {:>10} {:>10} {:>12} {:>10}",
        "places", "attempts", "started in", "RSS", "each", "RSS after", "mappings"
    );
    for places in PLACES {
        row("memory", places, 1_000);
        row("memory", places, places);
    }
}

/// Measures one row in a process of its own.
fn row(what: &str, places: usize, count: usize) {
    let program = std::env::current_exe().expect("this program has a path");
    let numbers = [places.to_string(), count.to_string()];
    let status = Command::new(program).arg(what).args(&numbers).status().expect("this program starts again");
    assert!(status.success(), "{what} {numbers:?} failed");
}

fn runtime(threads: usize) -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all().build().expect("a runtime")
}

async fn sandbox(places: usize) -> Arc<Sandbox> {
    let cache = tempfile::tempdir().expect("a directory");
    Arc::new(Sandbox::with(binaries::plugin("misbehave"), cache.path(), places).await)
}

fn rate(places: usize, threads: usize) {
    let mut times: Vec<Duration> = runtime(threads).block_on(async {
        let sandbox = sandbox(places).await;
        let loops: Vec<_> = (0..threads).map(|_| tokio::spawn(run_noops(Arc::clone(&sandbox)))).collect();
        let mut times = Vec::new();
        for one in loops {
            times.extend(one.await.expect("no attempt panics"));
        }
        times
    });
    times.sort();
    let per_second = times.len() as f64 / RATE_TIME.as_secs_f64();
    let at = |share: f64| times[(times.len() as f64 * share) as usize].as_secs_f64() * 1e6;
    println!("{places:>8} {threads:>8} {per_second:>14.0} {:>7.1} us {:>7.1} us", at(0.5), at(0.99));
}

async fn run_noops(sandbox: Arc<Sandbox>) -> Vec<Duration> {
    let assignment = sandbox.assignment("noop", &json!(null));
    let mut times = Vec::new();
    let began = Instant::now();
    while began.elapsed() < RATE_TIME {
        let attempt = Instant::now();
        let report = sandbox.run(assignment.clone()).await;
        times.push(attempt.elapsed());
        assert_eq!(output(&report), json!(null));
    }
    times
}

fn memory(places: usize, attempts: usize) {
    runtime(2).block_on(async {
        let sandbox = sandbox(places).await;
        let before = rss_kib();
        let began = Instant::now();
        let asleep = Arc::new(FakeHost::default());
        let stop = CancellationToken::new();
        let running: Vec<_> = (0..attempts).map(|_| start(&sandbox, &asleep, &stop)).collect();
        // Each says so before it sleeps.
        let are_asleep = async || (asleep.progress.lock().expect("no panic").len() >= attempts).then_some(());
        until("all attempts sleep", are_asleep).await;
        let started = began.elapsed();
        let (during, mappings) = (rss_kib(), mappings());
        stop.cancel();
        for one in running {
            assert_eq!(one.await.expect("no attempt panics"), Outcome::Interrupted);
        }
        let each = during.saturating_sub(before) / attempts as u64;
        println!(
            "{places:>8} {attempts:>8} {:>11.0} ms {:>6} MiB {each:>6} KiB {:>8} MiB {mappings:>10}",
            started.as_secs_f64() * 1e3,
            during / 1024,
            rss_kib() / 1024,
        );
        std::io::stdout().flush().expect("stdout is open");
    });
}

fn start(
    sandbox: &Arc<Sandbox>,
    asleep: &Arc<FakeHost>,
    stop: &CancellationToken,
) -> tokio::task::JoinHandle<Outcome> {
    let (sandbox, host, stop) = (Arc::clone(sandbox), Arc::clone(asleep), stop.clone());
    tokio::spawn(async move {
        let mut assignment = sandbox.assignment("progress", &json!({ "steps": 1, "ms": SLEEP_MS }));
        assignment.timeout = Duration::from_millis(SLEEP_MS);
        sandbox.runner.run(assignment, host, stop).await.outcome
    })
}

fn rss_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells the status of a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a process has memory");
    line.trim().trim_end_matches(" kB").parse().expect("a number of KiB")
}

fn mappings() -> usize {
    std::fs::read_to_string("/proc/self/maps").expect("Linux tells the mappings of a process").lines().count()
}
