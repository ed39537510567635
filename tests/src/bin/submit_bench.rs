//! How long `POST /v1/orders` takes, at 1 and 64 connections, beside the disk's own sync.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use taskbox::stand_ins::Pace;
use taskbox_tests::story::Story;

const SUBMITS: usize = 4_000;

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir_in(".").expect("a directory on the disk that is measured");
    let hours = Pace::between(Duration::from_secs(3600), Duration::from_secs(3600));
    let story = Arc::new(Story::begin(data.path(), hours).await);
    println!("{:<34}{:>10}{:>10}{:>10}{:>12}", "", "p50", "p99", "max", "a second");
    report("fdatasync of the same disk", &disk_syncs(data.path()), 1);
    for connections in [1, 64] {
        let latencies = submit_from(&story, connections).await;
        report(&format!("POST /v1/orders, {connections} connection(s)"), &latencies, connections);
    }
}

/// How long the disk takes for a small synced write.
fn disk_syncs(folder: &std::path::Path) -> Vec<Duration> {
    let mut file = std::fs::File::create(folder.join("sync-probe")).expect("a file");
    let once = |_| {
        let began = Instant::now();
        file.write_all(&[7; 512]).and_then(|()| file.sync_data()).expect("the disk takes it");
        began.elapsed()
    };
    (0..500).map(once).collect()
}

async fn submit_from(story: &Arc<Story>, connections: usize) -> Vec<Duration> {
    let lane = |story: Arc<Story>| async move {
        let mut latencies = Vec::new();
        for number in 0..SUBMITS / connections {
            let order = json!({ "user_id": format!("u_{number}"), "payment_intent_id": "pi_bench" });
            let began = Instant::now();
            story.host.post("/v1/orders", &order).await;
            latencies.push(began.elapsed());
        }
        latencies
    };
    let lanes: Vec<_> = (0..connections).map(|_| tokio::spawn(lane(Arc::clone(story)))).collect();
    let mut all = Vec::new();
    for lane in lanes {
        all.extend(lane.await.expect("a lane ends"));
    }
    all
}

fn report(what: &str, latencies: &[Duration], lanes: usize) {
    let mut sorted = latencies.to_vec();
    sorted.sort();
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    let total: Duration = sorted.iter().sum();
    let rate = sorted.len() as f64 * lanes as f64 / total.as_secs_f64();
    println!("{what:<34}{:>10.1?}{:>10.1?}{:>10.1?}{rate:>12.0}", at(0.5), at(0.99), at(1.0));
}
