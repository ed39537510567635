//! An order, for its customer.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::host::PATIENCE;
use taskbox_tests::patience::until;
use taskbox_tests::story::Story;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn story(pace: Pace) -> (Story, TempDir) {
    let data = tempfile::tempdir().unwrap();
    (Story::begin(data.path(), pace).await, data)
}

#[tokio::test]
async fn an_order_is_answered_before_any_third_party_answers() {
    let hour = Duration::from_secs(3600);
    let (story, _data) = story(Pace::between(hour, hour)).await;
    let order = story.place("u_42", "pi_3MtwBwLkdIwHu7ix28a3tqPa").await;
    assert_eq!((&order["is_loading"], &order["status"]), (&json!(true), &json!("loading")));
    assert_eq!((&order["price"], &order["error"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn an_order_is_completed_in_the_background() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let order = story.place("u_42", "pi_3MtwBwLkdIwHu7ix28a3tqPa").await;
    let done = story.finished(&order).await;
    assert_eq!((&done["is_loading"], &done["status"]), (&json!(false), &json!("completed")));
    let placed = &story.partner.ledger().orders[0];
    assert_eq!(done["third_party_order_id"].as_str(), Some(placed.id.as_str()));
    assert_eq!(done["price"].as_str(), Some(placed.amount.as_str()));
    assert_eq!(done["currency"].as_str(), Some(placed.currency.as_str()));
}

#[tokio::test]
async fn a_payment_that_did_not_succeed_fails_the_order_in_words() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let order = story.place("u_42", "pi_unpaid_1").await;
    let failed = story.finished(&order).await;
    assert_eq!((&failed["status"], &failed["is_loading"]), (&json!("failed"), &json!(false)));
    assert!(failed["error"].as_str().unwrap().contains("payment"), "{failed}");
    assert!(story.partner.ledger().registrations.is_empty(), "nothing was registered for an unpaid order");
}

#[tokio::test]
async fn an_order_survives_third_parties_that_fail_now_and_then() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let order = story.place("u_42", "pi_500_1").await;
    let done = story.finished(&order).await;
    assert_eq!(done["status"], json!("completed"), "{done}");
    let job = story.host.get(&format!("/v1/jobs/{}", order["job_id"].as_str().unwrap())).await;
    assert_eq!(job["errors"][0]["kind"], json!("failed"), "{job}");
}

#[tokio::test]
async fn the_same_idempotency_key_places_one_order() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let place = |user: &str| {
        let body = json!({ "payment_intent_id": "pi_1", "user_id": user });
        story.host.request(Method::POST, "/v1/orders").header("Idempotency-Key", "once").json(&body).send()
    };
    let first = place("u_1").await.unwrap();
    assert_eq!(first.status(), StatusCode::ACCEPTED);
    let location = first.headers()["location"].to_str().unwrap().to_owned();
    let first: Value = first.json().await.unwrap();
    assert_eq!(location, format!("/v1/orders/{}", first["id"].as_str().unwrap()));
    story.finished(&first).await;

    let second = place("u_1").await.unwrap();
    assert_eq!(second.status(), StatusCode::OK);
    assert_eq!(second.headers()["idempotent-replayed"], "true");
    assert_eq!(second.json::<Value>().await.unwrap(), first, "the first answer again");

    let other = place("u_2").await.unwrap();
    assert_eq!(other.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(other.headers()["content-type"], "application/problem+json");
}

#[tokio::test]
async fn a_submit_survives_a_client_that_disconnects() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let body = r#"{"user_id":"u_gone","payment_intent_id":"pi_1"}"#;
    let address = story.host.url.strip_prefix("http://").unwrap().to_owned();
    let request = format!(
        "POST /v1/orders HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    // For a client that disconnects before the response there is a complete order or, if the request was never read, none.
    let orders = until("some requests of clients that are gone were read", async || {
        let mut socket = TcpStream::connect(&address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        drop(socket);
        let orders = story.host.get("/v1/orders?user_id=u_gone").await["items"].take();
        orders.as_array().filter(|orders| orders.len() >= 5).cloned()
    })
    .await;
    for order in &orders {
        assert_eq!(story.finished(order).await["status"], json!("completed"));
    }
}

#[tokio::test]
async fn wrong_input_is_refused_with_every_field_and_nothing_is_stored() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    for (body, pointer) in [
        (json!({ "user_id": "", "payment_intent_id": "pi_1" }), "/user_id"),
        (json!({ "user_id": "u", "payment_intent_id": "ch_1" }), "/payment_intent_id"),
        (json!({ "user_id": "u", "payment_intent_id": "pi_1", "usr": 1 }), "/usr"),
    ] {
        let (status, problem) = story.host.call(Method::POST, "/v1/orders", Some(&body)).await;
        assert!(status.is_client_error(), "{status} {problem}");
        let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| &e["pointer"]).collect();
        assert!(pointers.contains(&&json!(pointer)), "{problem}");
    }
    assert_eq!(story.host.get("/v1/orders").await["items"], json!([]));
}

#[tokio::test]
async fn an_order_costs_what_was_paid_and_kept_as_stripe_counts_it() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let completed = async |payment: &str| {
        let order = story.finished(&story.place("u_1", payment).await).await;
        (order["price"].clone(), order["currency"].clone())
    };
    assert_eq!(completed("pi_ugx_500_a").await, (json!("5.00"), json!("UGX")));
    assert_eq!(completed("pi_jpy_500_a").await, (json!("500.00"), json!("JPY")));
    let whole = taskbox::stand_ins::Payment::of("pi_refundedhalf_a").unwrap();
    let half = whole.amount_received - whole.amount_refunded;
    let price = format!("{}.{:02}", half / 100, half % 100);
    assert_eq!(completed("pi_refundedhalf_a").await, (json!(price), json!("USD")));

    let order = story.finished(&story.place("u_1", "pi_refunded_a").await).await;
    assert_eq!(order["status"], json!("failed"), "{order}");
    assert!(order["error"].to_string().contains("refunded in full"), "{order}");
    assert_eq!(story.partner.ledger().orders.len(), 3, "the partner heard nothing of it");
}

#[tokio::test]
async fn the_stream_of_an_order_tells_loading_and_then_completed_and_ends() {
    let (story, _data) = story(Pace::between(Duration::from_millis(200), Duration::from_millis(300))).await;
    let order = story.place("u_42", "pi_1").await;
    let path = format!("/v1/orders/{}/events", order["id"].as_str().unwrap());
    let stream = story.host.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let text = tokio::time::timeout(PATIENCE, stream.text()).await.expect("it ends").unwrap();
    let told: Vec<Value> = text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    assert_eq!(told.first().unwrap()["is_loading"], json!(true));
    assert_eq!(told.last().unwrap()["status"], json!("completed"));
}

#[tokio::test]
async fn orders_are_listed_newest_first_and_by_user() {
    let (story, _data) = story(Pace::AT_ONCE).await;
    let mut placed = Vec::new();
    for number in 0..7 {
        placed.push(story.place(&format!("u_{}", number % 2), "pi_1").await["id"].clone());
    }
    placed.reverse();
    let first = story.host.get("/v1/orders?limit=4").await;
    let cursor = first["next_cursor"].as_str().expect("there is more");
    let second = story.host.get(&format!("/v1/orders?limit=4&cursor={cursor}")).await;
    let pages = [first["items"].as_array().unwrap(), second["items"].as_array().unwrap()];
    let listed: Vec<_> = pages.into_iter().flatten().map(|order| order["id"].clone()).collect();
    assert_eq!(listed, placed);
    assert_eq!(second["next_cursor"], Value::Null);
    assert_eq!(story.host.get("/v1/orders?user_id=u_1").await["items"].as_array().unwrap().len(), 3);
}
