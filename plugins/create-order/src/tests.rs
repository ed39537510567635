//! The whole story of an order, at scripted third parties.

use std::time::Duration;

use serde_json::json;
use taskbox_task::testing::{Reply, TestJob};

use super::*;

const PAYMENT: &str = "https://stripe.test/v1/payment_intents/pi_1?expand%5B%5D=latest_charge";
const REGISTRATIONS: &str = "https://partner.test/registrations";
const ORDERS: &str = "https://partner.test/orders";

fn job() -> TestJob {
    Job::for_test()
        .with_config("stripe-base-url", "https://stripe.test")
        .with_config("partner-base-url", "https://partner.test/")
        .with_secret("stripe-key", "<stripe-key>")
        .with_secret("partner-key", "<partner-key>")
}

fn input() -> Input {
    Input { order_id: "o_1".to_owned(), user_id: "u_1".to_owned(), payment_intent_id: "pi_1".to_owned() }
}

fn paid() -> Reply {
    Reply::get(PAYMENT).json(&json!({ "status": "succeeded", "amount_received": 5_000, "currency": "eur" }))
}

fn registered() -> Reply {
    Reply::post(REGISTRATIONS).status(201).json(&json!({ "id": "reg_1" }))
}

fn placed() -> Reply {
    Reply::post(ORDERS).status(201).json(&json!({ "id": "ord_1" }))
}

fn order_of_fifty_euros() -> Output {
    Output {
        price: Decimal::new(5_000, 2),
        currency: "EUR".to_owned(),
        third_party_order_id: "ord_1".to_owned(),
        registration_id: "reg_1".to_owned(),
    }
}

#[test]
fn a_paid_order_is_placed_for_what_was_paid() {
    let job = job().with_reply(paid()).with_reply(registered()).with_reply(placed());
    assert_eq!(create_order(&job, input()), Ok(order_of_fifty_euros()));

    let requests = job.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer <stripe-key>"));
    assert_eq!(requests[1].header("idempotency-key"), Some("key-1:registration"));
    let sent: serde_json::Value = requests[2].json().expect("JSON");
    assert_eq!((&sent["amount"], &sent["registration_id"]), (&json!("50.00"), &json!("reg_1")));
    let steps: Vec<_> = job.reports().iter().map(|report| report.done).collect();
    assert_eq!(steps, [0, 1, 2, 3]);
}

#[test]
fn trouble_at_stripe_is_tried_again_and_then_paid() {
    let trouble = Reply::get(PAYMENT).status(500).header("retry-after", "7");
    let job = job().with_reply(trouble);
    let Err(TaskError::RetryAfter { delay, message }) = create_order(&job, input()) else {
        panic!("the order was not tried again");
    };
    assert_eq!((delay, message.as_str()), (Duration::from_secs(7), "Stripe has trouble (status 500)"));

    let job = job.next_attempt().with_reply(paid()).with_reply(registered()).with_reply(placed());
    assert_eq!(create_order(&job, input()), Ok(order_of_fifty_euros()));
}

#[test]
fn an_order_that_is_cancelled_before_it_is_placed_is_not_placed() {
    let job = job().with_reply(paid()).with_reply(registered().cancels());
    assert_eq!(create_order(&job, input()), Err(TaskError::Cancelled));
    assert_eq!(job.checkpoint("registration"), Some(json!("reg_1")));
    assert_eq!(job.checkpoint("order"), None);
}

#[test]
fn an_order_that_is_cancelled_while_it_is_placed_is_complete() {
    let job = job().with_reply(paid()).with_reply(registered()).with_reply(placed().cancels());
    assert_eq!(create_order(&job, input()), Ok(order_of_fifty_euros()));
}

#[test]
fn what_an_earlier_attempt_did_is_not_repeated() {
    let job = job()
        .with_attempt(2)
        .with_checkpoint("payment", &json!({ "price": "50.00", "currency": "EUR" }))
        .with_checkpoint("registration", "reg_1")
        .with_reply(placed());
    assert_eq!(create_order(&job, input()), Ok(order_of_fifty_euros()));
    assert_eq!(job.requests().len(), 1);
}

#[test]
fn without_its_key_the_task_says_what_to_grant() {
    let job = Job::for_test().with_config("stripe-base-url", "https://stripe.test");
    let Err(TaskError::Permanent(message)) = create_order(&job, input()) else {
        panic!("no key was missed");
    };
    assert!(message.contains("\"stripe-key\"") && message.contains("`secrets`"), "{message}");
}

#[test]
fn the_schemas_are_those_that_callers_know() {
    use schemars::schema_for;

    let (input, output) = (schema_for!(Input).to_value(), schema_for!(Output).to_value());
    assert_eq!(input["required"], json!(["order_id", "user_id", "payment_intent_id"]));
    let price = &output["properties"]["price"];
    assert_eq!((&price["type"], &price["pattern"]), (&json!("string"), &json!("^[0-9]{1,5}\\.[0-9]{2}$")));
}
