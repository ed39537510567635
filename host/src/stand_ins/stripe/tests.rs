//! The stand-in for Stripe, seen from outside.

use std::time::Duration;

use tokio::time::timeout;

use super::super::Pace;
use super::super::client::{Answer, ask};
use super::*;

const KEY: &str = "sk_test_1";

/// The longest time of a step before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

async fn start(options: Options) -> Stripe {
    Stripe::start(([127, 0, 0, 1], 0).into(), options).await.expect("a free port")
}

async fn fetch_with(stripe: &Stripe, id: &str, key: &str) -> Option<Answer> {
    let authorization = format!("Bearer {key}");
    let line = format!("GET /v1/payment_intents/{id}");
    ask(&stripe.url(), &line, &[("authorization", &authorization)], "").await
}

async fn fetch(stripe: &Stripe, id: &str) -> Answer {
    fetch_with(stripe, id, KEY).await.expect("an answer")
}

#[tokio::test]
async fn a_payment_is_given_in_stripes_shape() {
    let stripe = start(Options::new(KEY)).await;
    let answer = fetch(&stripe, "pi_eur_4999_a").await;
    let intent = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!((&intent["object"], &intent["status"]), (&"payment_intent".into(), &"succeeded".into()));
    assert_eq!((&intent["amount_received"], &intent["currency"]), (&4_999.into(), &"eur".into()));
}

#[tokio::test]
async fn a_charge_and_its_refunds_are_shown_to_whoever_asks_for_them() {
    let stripe = start(Options::new(KEY)).await;
    let plain = fetch(&stripe, "pi_refunded_a").await.json();
    assert_eq!(plain["latest_charge"], "ch_refunded_a");
    for (id, all) in [("pi_refunded_a", true), ("pi_refundedhalf_a", false)] {
        let intent = fetch(&stripe, &format!("{id}?expand[]=latest_charge")).await.json();
        let charge = &intent["latest_charge"];
        assert_eq!((&charge["refunded"], &charge["object"]), (&all.into(), &"charge".into()));
        assert_eq!(charge["amount_refunded"] == intent["amount_received"], all, "{charge}");
        assert!(charge["amount_refunded"].as_i64() > Some(0), "{charge}");
    }
}

#[tokio::test]
async fn an_unknown_payment_and_a_wrong_key_are_refused_in_stripes_shape() {
    let stripe = start(Options::new(KEY)).await;
    let missing = fetch(&stripe, "pi_missing_a").await;
    assert_eq!((missing.status, &missing.json()["error"]["code"]), (404, &"resource_missing".into()));
    let refused = fetch_with(&stripe, "pi_a", "sk_test_wrong").await.expect("an answer");
    assert_eq!(refused.status, 401);
    assert_eq!(refused.json()["error"]["message"], "Invalid API Key provided: sk_test_***");
    assert_eq!(stripe.ledger().refused_keys, 1);
}

#[tokio::test]
async fn an_id_chooses_a_fault_that_passes() {
    let stripe = start(Options::new(KEY)).await;
    let busy = fetch(&stripe, "pi_429_a").await;
    assert_eq!(busy.status, 429);
    assert!(busy.head.contains("\r\nretry-after: 1"), "{}", busy.head);
    assert_eq!(fetch(&stripe, "pi_429_a").await.status, 200);
    assert!(fetch_with(&stripe, "pi_closed_a", KEY).await.is_none(), "it was answered");
    assert_eq!(fetch(&stripe, "pi_closed_a").await.status, 200);
    assert_eq!(fetch(&stripe, "pi_settling_a").await.json()["status"], "processing");
    assert_eq!(fetch(&stripe, "pi_settling_a").await.json()["status"], "succeeded");
}

#[tokio::test]
async fn the_ledger_is_read_in_process_and_over_http() {
    let stripe = start(Options::new(KEY)).await;
    fetch(&stripe, "pi_500_a").await;
    fetch(&stripe, "pi_500_a").await;
    let ledger = stripe.ledger();
    assert_eq!((ledger.asked["pi_500_a"], ledger.answered["pi_500_a"]), (2, 1));
    let over_http = ask(&stripe.url(), "GET /_ledger", &[], "").await.expect("an answer").json();
    assert_eq!(serde_json::to_value(&ledger).expect("JSON"), over_http);
}

#[tokio::test]
async fn faults_are_drawn_and_counted() {
    let stripe = start(Options { fault_rate: 1.0, seed: 7, ..Options::new(KEY) }).await;
    for _ in 0..20 {
        let answer = fetch_with(&stripe, "pi_a", KEY).await;
        assert!(answer.is_none_or(|answer| answer.status >= 429));
    }
    assert_eq!(stripe.faults(), 20);
}

#[tokio::test]
async fn stopping_waits_for_nobody() {
    let hour = Duration::from_secs(3_600);
    let options = Options { pace: Pace::between(hour, hour), ..Options::new(KEY) };
    let stripe = start(options).await;
    let url = stripe.url();
    let asked = tokio::spawn(async move {
        let line = "GET /v1/payment_intents/pi_a";
        ask(&url, line, &[("authorization", "Bearer sk_test_1")], "").await
    });
    let is_asked = async {
        while stripe.ledger().asked.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, is_asked).await.expect("it is asked");
    timeout(PATIENCE, stripe.stop()).await.expect("it does not wait for the hour to pass");
    assert_eq!(asked.await.expect("the client lives").expect("an answer").status, 200);
}

#[tokio::test]
async fn only_loopback_is_served() {
    let refused = Stripe::start(([0, 0, 0, 0], 0).into(), Options::new(KEY)).await;
    assert_eq!(refused.expect_err("it listens to the world").kind(), io::ErrorKind::InvalidInput);
}
