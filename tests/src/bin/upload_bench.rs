//! What uploads that mean harm cost a host: when they are answered, what memory the host and its compilers
//! take meanwhile, and how soon a signal ends it all. Run it with `--release`, beside a released `taskbox`:
//!
//! ```sh
//! cargo build --release -p taskbox && cargo run --release -p taskbox-tests --bin upload_bench
//! ```

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use taskbox_tests::host::TestHost;
use taskbox_tests::{binaries, bombs, children};
use tokio::time::sleep;

/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// When, after the uploads began, a host is told to end.
const MOMENTS_MILLIS: [u64; 8] = [0, 10, 30, 100, 300, 600, 1_000, 2_000];

/// Uploads by name: three bombs, and a plugin that fits.
fn uploads() -> Vec<(&'static str, Vec<u8>)> {
    let plugin = binaries::plugin("misbehave");
    vec![
        ("nested-loops", bombs::nested_loops(&plugin)),
        ("a-million-functions", bombs::a_million_functions(&plugin)),
        ("many-ifs", bombs::many_ifs(&plugin)),
        ("misbehave", plugin),
    ]
}

fn begin(host: &TestHost, uploads: &[(&'static str, Vec<u8>)]) -> Vec<tokio::task::JoinHandle<()>> {
    let began = Instant::now();
    let upload = |(name, component): &(&'static str, Vec<u8>)| {
        let name = *name;
        let request = host.request(Method::PUT, &format!("/v1/plugins/{name}")).body(component.clone());
        tokio::spawn(async move { report(name, request, began).await })
    };
    uploads.iter().map(upload).collect()
}

async fn report(name: &str, request: RequestBuilder, began: Instant) {
    let Ok(response) = request.send().await else { return };
    let (status, millis) = (response.status(), began.elapsed().as_millis());
    let body: serde_json::Value = response.json().await.unwrap_or_default();
    println!("{name:<20} {millis:>6} ms  {status}  {}", body["detail"].as_str().unwrap_or_default());
}

/// Memory of a process in KiB.
fn resident_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Memory of a host and of all its children.
fn all_kib(host: u32) -> u64 {
    resident_kib(host) + children::of(host).into_iter().map(resident_kib).sum::<u64>()
}

async fn memory(host: &TestHost, uploads: &[(&'static str, Vec<u8>)]) {
    let (pid, idle) = (host.pid(), all_kib(host.pid()));
    let (most, done) = (Arc::new(AtomicU64::new(idle)), Arc::new(AtomicBool::new(false)));
    let watching = {
        let (most, done) = (Arc::clone(&most), Arc::clone(&done));
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                most.fetch_max(all_kib(pid), Ordering::Relaxed);
                sleep(LOOK_EVERY).await;
            }
        })
    };
    for upload in begin(host, uploads) {
        upload.await.expect("an upload is reported");
    }
    done.store(true, Ordering::Relaxed);
    watching.await.expect("memory is watched");
    let most = most.load(Ordering::Relaxed);
    println!("memory: idle {} MiB, at most {} MiB above it\n", idle >> 10, (most - idle) >> 10);
}

#[tokio::main]
async fn main() {
    let uploads = uploads();
    let data = tempfile::tempdir().expect("a directory");
    let host = TestHost::start(data.path(), &[]).await;
    println!("three bombs and a good plugin at once");
    memory(&host, &uploads).await;
    println!("two that pass the counts and take long to compile, and a good plugin");
    let long = |count| bombs::many_functions(&binaries::plugin("misbehave"), count);
    let busy = [("long", long(30_000)), ("as-long", long(29_999)), uploads[3].clone()];
    memory(&host, &busy).await;
    host.terminate().await;

    println!("from a signal in the midst of all of it to the end");
    for moment in MOMENTS_MILLIS {
        let data = tempfile::tempdir().expect("a directory");
        let host = TestHost::start(data.path(), &[]).await;
        let uploading = begin(&host, &[&uploads[..], &busy[..2]].concat());
        sleep(Duration::from_millis(moment)).await;
        let told = Instant::now();
        let ended = host.terminate().await;
        println!("after {moment:>5} ms: {:>5} ms, {ended}", told.elapsed().as_millis());
        uploading.iter().for_each(tokio::task::JoinHandle::abort);
    }
}
