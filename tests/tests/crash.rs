//! A host that is killed, and one that is shut down.

use std::time::Duration;

use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use taskbox_tests::story::Story;

const ORDERS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_with_200_orders_in_flight_loses_nothing_and_repeats_nothing() {
    let data = tempfile::tempdir().unwrap();
    let pace = Pace::between(Duration::from_millis(500), Duration::from_millis(1500));
    let mut story = Story::begin(data.path(), pace).await;
    let mut orders = Vec::new();
    for number in 0..ORDERS {
        orders.push(story.place(&format!("u_{number}"), &format!("pi_crash{number}")).await);
    }
    until_half_are_registered(&story).await;
    story = story.kill_and_restart().await;

    for order in &orders {
        let order = story.finished(order).await;
        assert_eq!(order["status"], json!("completed"), "{order}");
    }
    let placed = story.partner.ledger().orders;
    assert_eq!(placed.len(), ORDERS, "the partner has each order once");
}

/// Waits until orders are at every step, and kills the host at that moment.
async fn until_half_are_registered(story: &Story) {
    let are_registered = async || (story.partner.ledger().registrations.len() >= ORDERS / 2).then_some(());
    until("half of the orders are registered", are_registered).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_payment_is_fetched_again_after_its_checkpoint() {
    let data = tempfile::tempdir().unwrap();
    let pace = Pace::between(Duration::from_millis(500), Duration::from_millis(1500));
    let mut story = Story::begin(data.path(), pace).await;
    let mut orders = Vec::new();
    for number in 0..ORDERS {
        orders.push(story.place(&format!("u_{number}"), &format!("pi_u_{number}")).await);
    }
    until_half_are_registered(&story).await;
    // The plugin asks the partner only after the payment's checkpoint is durable.
    let checkpointed: Vec<String> =
        story.partner.ledger().registrations.into_iter().map(|registered| registered.user_id).collect();
    story = story.kill_and_restart().await;
    for order in &orders {
        story.finished(order).await;
    }
    let asked = story.stripe.ledger().asked;
    for user in checkpointed {
        assert_eq!(asked[&format!("pi_{user}")], 1, "the payment of {user} was fetched again");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orderly_end_gives_attempts_back_without_cost() {
    let data = tempfile::tempdir().unwrap();
    let slow = Pace::between(Duration::from_secs(3), Duration::from_secs(3));
    let story = Story::begin_with(data.path(), slow, &["--drain", "100ms"]).await;
    let order = story.place("u_1", "pi_1").await;
    let job = order["job_id"].as_str().unwrap();
    story.host.wait_for_state(job, "running").await;
    let Story { host, stripe, partner } = story;
    assert!(host.terminate().await.success());

    let story = Story { host: TestHost::start(data.path(), &[]).await, stripe, partner };
    assert_eq!(story.finished(&order).await["status"], json!("completed"));
    let job = story.host.get(&format!("/v1/jobs/{job}")).await;
    assert_eq!((&job["attempt"], &job["errors"]), (&json!(1), &json!([])), "{job}");
}

#[tokio::test]
async fn a_restarted_host_needs_no_new_upload_and_no_new_compile() {
    let data = tempfile::tempdir().unwrap();
    let mut story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let compiled = || -> Vec<_> { files_below(&data.path().join("compiled")) };
    let before = compiled();
    assert!(!before.is_empty());
    story = story.kill_and_restart().await;
    assert_eq!(compiled(), before, "nothing was compiled again");
    let order = story.place("u_1", "pi_1").await;
    assert_eq!(story.finished(&order).await["status"], json!("completed"));
    let plugins: Value = story.host.get("/v1/plugins").await;
    assert_eq!(plugins["items"][0]["name"], json!("create-order"));
}

/// Every file with the time it was written.
fn files_below(folder: &std::path::Path) -> Vec<(std::path::PathBuf, std::time::SystemTime)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_below(&entry.path()));
        } else {
            found.push((entry.path(), entry.metadata().unwrap().modified().unwrap()));
        }
    }
    found.sort();
    found
}
