//! The handling of Stripe's responses.

use super::*;

fn answer(status: u16, body: &str) -> Result<Payment, TaskError> {
    judge(&Response::new(status, Vec::new(), body), "pi_1")
}

fn intent(status: &str, amount_received: i64, currency: &str) -> Result<Payment, TaskError> {
    let intent = serde_json::json!({
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 7_777,
        "amount_received": amount_received,
        "currency": currency,
        "status": status,
    });
    answer(200, &intent.to_string())
}

/// A payment of 50.00 EUR, with this charge.
fn charged(latest_charge: serde_json::Value) -> Result<Payment, TaskError> {
    let intent = serde_json::json!({
        "amount_received": 5_000, "currency": "eur", "status": "succeeded", "latest_charge": latest_charge,
    });
    answer(200, &intent.to_string())
}

fn permanent_text(result: Result<Payment, TaskError>) -> String {
    match result {
        Err(TaskError::Permanent(text)) => text,
        other => panic!("not permanent: {other:?}"),
    }
}

#[test]
fn the_price_is_what_was_received_not_what_was_asked_for() {
    let payment = intent("succeeded", 4_999, "usd").expect("a payment");
    assert_eq!((payment.price.to_string().as_str(), payment.currency.as_str()), ("49.99", "USD"));
}

#[test]
fn a_payment_that_was_refunded_in_full_is_not_ordered() {
    for (refunded, amount_refunded) in [(true, 5_000), (false, 5_000), (false, 5_001), (true, 0)] {
        let charge =
            serde_json::json!({ "id": "ch_1", "refunded": refunded, "amount_refunded": amount_refunded });
        let text = permanent_text(charged(charge));
        assert!(text.contains("refunded in full"), "{text}");
    }
}

#[test]
fn what_was_refunded_in_part_is_no_longer_paid() {
    let price = |charge| charged(charge).expect("a payment").price.to_string();
    let refunded = |amount| serde_json::json!({ "id": "ch_1", "refunded": false, "amount_refunded": amount });
    assert_eq!(price(refunded(0)), "50.00");
    assert_eq!(price(refunded(1_250)), "37.50");
    assert_eq!(price(refunded(-1_250)), "50.00");
    assert_eq!(price(serde_json::json!("ch_1")), "50.00", "of a server that gives the id alone");
    assert_eq!(price(serde_json::json!(null)), "50.00");
}

#[test]
fn a_payment_under_way_is_asked_for_again() {
    let result = intent("processing", 0, "usd");
    assert!(matches!(result, Err(TaskError::Retryable(_))), "{result:?}");
}

#[test]
fn every_other_status_is_final_and_explained() {
    let statuses = [
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
        "requires_capture",
        "canceled",
        "on_the_moon",
    ];
    let mut texts: Vec<_> = statuses.iter().map(|status| permanent_text(intent(status, 0, "usd"))).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), statuses.len(), "each status has words of its own");
}

#[test]
fn a_price_that_an_order_cannot_have_is_final() {
    assert!(permanent_text(intent("succeeded", 10_000_000, "usd")).contains("100000.00 USD"));
    assert!(permanent_text(intent("succeeded", 1_001, "bhd")).contains("1.001 BHD"));
    assert!(permanent_text(intent("succeeded", 0, "usd")).contains("nothing was received"));
}

#[test]
fn stripes_own_words_are_passed_on() {
    let body = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such payment_intent: 'pi_1'"}}"#;
    let text = permanent_text(answer(404, body));
    assert!(text.contains("No such payment_intent: 'pi_1' (resource_missing)"), "{text}");
}

#[test]
fn a_refused_key_names_the_secret() {
    let body =
        r#"{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_***1"}}"#;
    let text = permanent_text(answer(401, body));
    assert!(text.contains("stripe-key") && text.contains("Invalid API Key"), "{text}");
}

#[test]
fn an_answer_that_cannot_be_read_is_final() {
    for body in ["", "<html>", "{}", r#"{"status":"succeeded","amount_received":1.5,"currency":"usd"}"#] {
        assert!(permanent_text(answer(200, body)).contains("not understood"), "{body}");
    }
    assert!(permanent_text(intent("succeeded", 100, "us-dollars")).contains("ISO 4217"));
    assert!(permanent_text(answer(302, "")).contains("302"));
}

#[test]
fn trouble_at_stripe_is_tried_again() {
    assert!(matches!(answer(503, "<html>"), Err(TaskError::Retryable(_))));
}

#[test]
fn a_payment_survives_its_checkpoint() {
    let payment = intent("succeeded", 5_000, "eur").expect("a payment");
    let stored = serde_json::to_string(&payment).expect("JSON");
    assert_eq!(stored, r#"{"price":"50.00","currency":"EUR"}"#);
    let restored: Payment = serde_json::from_str(&stored).expect("the same payment");
    assert_eq!(restored.price.to_string(), "50.00");
}
