//! A thousand orders at once.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use taskbox::stand_ins::Pace;
use taskbox_tests::story::Story;

const ORDERS: usize = 1_000;
const CONNECTIONS: usize = 64;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_orders_from_64_connections_complete_each_exactly_once() {
    let data = tempfile::tempdir().unwrap();
    let two_seconds = Pace::between(Duration::from_secs(2), Duration::from_secs(2));
    let story = Arc::new(Story::begin(data.path(), two_seconds).await);
    let done = Arc::new(AtomicBool::new(false));
    let probing = tokio::spawn(probe_health(Arc::clone(&story), Arc::clone(&done)));

    let submitting: Vec<_> =
        (0..CONNECTIONS).map(|lane| tokio::spawn(submit(Arc::clone(&story), lane))).collect();
    let mut orders = Vec::new();
    for lane in submitting {
        orders.extend(lane.await.unwrap());
    }
    assert_eq!(orders.len(), ORDERS);
    for order in &orders {
        let order = story.finished(order).await;
        assert_eq!(order["status"], json!("completed"), "{order}");
    }
    done.store(true, Ordering::Relaxed);
    let mut latencies = probing.await.unwrap();
    latencies.sort();
    println!("median of GET /healthz under load: {:?}", latencies[latencies.len() / 2]);

    let placed = story.partner.ledger().orders;
    assert_eq!(placed.len(), ORDERS, "each order is at the partner exactly once");
    let keys: HashSet<_> = placed.iter().map(|order| order.user_id.clone()).collect();
    assert_eq!(keys.len(), ORDERS, "and each customer has its own");
    assert_eq!(
        story.stripe.ledger().answered.values().map(|&count| count as usize).sum::<usize>(),
        ORDERS,
        "each payment was fetched once"
    );
}

async fn submit(story: Arc<Story>, lane: usize) -> Vec<serde_json::Value> {
    let mut orders = Vec::new();
    for number in (lane..ORDERS).step_by(CONNECTIONS) {
        orders.push(story.place(&format!("u_{number}"), &format!("pi_load{number}")).await);
    }
    orders
}

async fn probe_health(story: Arc<Story>, done: Arc<AtomicBool>) -> Vec<Duration> {
    let mut latencies = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let began = Instant::now();
        story.host.get("/healthz").await;
        latencies.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    latencies
}
