//! The stand-in for the partner, seen from outside.

use super::super::client::{Answer, ask};
use super::*;

async fn start() -> Partner {
    let address = ([127, 0, 0, 1], 0).into();
    Partner::start(address, Options::new("pk_1")).await.expect("a free port")
}

async fn post(partner: &Partner, path: &str, key: &str, body: Value) -> Option<Answer> {
    let headers =
        [("authorization", "Bearer pk_1"), ("content-type", "application/json"), ("idempotency-key", key)];
    ask(&partner.url(), &format!("POST {path}"), &headers, &body.to_string()).await
}

async fn register(partner: &Partner, key: &str, user_id: &str) -> Answer {
    let body = json!({ "user_id": user_id });
    post(partner, "/registrations", key, body).await.expect("an answer")
}

/// Registers a customer and places an order with these keys.
async fn order(partner: &Partner, keys: (&str, &str), user_id: &str) -> Answer {
    let registration = register(partner, keys.0, user_id).await.json();
    let body = json!({
        "registration_id": registration["id"],
        "user_id": user_id,
        "amount": "49.99",
        "currency": "USD",
    });
    post(partner, "/orders", keys.1, body).await.expect("an answer")
}

fn id_of(answer: &Answer) -> String {
    answer.json()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn an_order_is_placed_for_a_registered_customer() {
    let partner = start().await;
    let placed = order(&partner, ("r", "o"), "u_1").await;
    let ledger = partner.ledger();
    assert_eq!((placed.status, id_of(&placed).len()), (201, 16));
    assert_eq!(ledger.orders[0].id, id_of(&placed));
    assert_eq!(ledger.orders[0].registration_id, ledger.registrations[0].id);
}

#[tokio::test]
async fn a_repeated_key_creates_nothing_and_gets_the_first_answer() {
    let partner = start().await;
    let first = register(&partner, "k", "u_1").await;
    let again = register(&partner, "k", "u_1").await;
    let ledger = partner.ledger();
    assert_eq!((again.status, id_of(&again)), (201, id_of(&first)));
    assert_eq!((ledger.registrations.len(), ledger.replayed, ledger.keys["k"]), (1, 1, 2));
}

#[tokio::test]
async fn a_key_is_not_taken_for_another_request() {
    let partner = start().await;
    register(&partner, "k", "u_1").await;
    assert_eq!(register(&partner, "k", "u_2").await.status, 422);
    assert_eq!(partner.ledger().registrations.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_given_when_it_is_asked_for_again() {
    let partner = start().await;
    let body = json!({ "user_id": "u_lost_1" });
    assert!(post(&partner, "/registrations", "k", body).await.is_none(), "it was answered");
    assert_eq!(partner.ledger().registrations.len(), 1);
    assert_eq!(register(&partner, "k", "u_lost_1").await.status, 201);
    assert_eq!(partner.ledger().registrations.len(), 1);
}

#[tokio::test]
async fn a_customer_chooses_how_it_is_treated() {
    let partner = start().await;
    assert_eq!(register(&partner, "a", "u_refused_1").await.status, 422);
    assert_eq!(register(&partner, "b", "u_429_1").await.status, 429);
    assert_eq!(register(&partner, "b", "u_429_1").await.status, 201);
    assert_eq!(id_of(&order(&partner, ("c", "d"), "u_long_1").await).len(), 17);
    assert_eq!(order(&partner, ("e", "f"), "u_unwanted_1").await.status, 422);
}

#[tokio::test]
async fn what_is_incomplete_is_refused() {
    let partner = start().await;
    let stranger = ask(&partner.url(), "POST /registrations", &[], "{}").await.expect("an answer");
    assert_eq!(stranger.status, 401);
    assert_eq!(register(&partner, "", "u_1").await.status, 400);
    let nobody = post(&partner, "/registrations", "k", json!({})).await.expect("an answer");
    assert_eq!(nobody.status, 422);
    let unregistered = json!({ "registration_id": "r", "user_id": "u", "amount": "1.00", "currency": "USD" });
    let refused = post(&partner, "/orders", "o", unregistered).await.expect("an answer");
    assert_eq!((refused.status, partner.ledger().orders.len()), (422, 0));
}

#[tokio::test]
async fn the_ledger_is_served_as_json() {
    let partner = start().await;
    order(&partner, ("r", "o"), "u_1").await;
    let over_http = ask(&partner.url(), "GET /_ledger", &[], "").await.expect("an answer").json();
    assert_eq!(serde_json::to_value(partner.ledger()).expect("JSON"), over_http);
}
