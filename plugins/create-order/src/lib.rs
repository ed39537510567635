//! The order task: from "the customer paid" to "the partner has the order".
//!
//! It never charges anybody: it reads what was paid, and orders exactly that. Every step is a checkpoint,
//! so that no attempt repeats what an earlier one has done, and the steps that create something send an
//! idempotency key as well, for the moment between the partner's answer and the checkpoint.

mod answer;
mod id;
mod partner;
mod price;
mod stripe;

use std::time::Duration;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use taskbox_task::{JobContext, Plugin, Task, TaskError, checkpoint, job};

use partner::{NewOrder, NewRegistration};

/// With the host's pauses, which double from a second to a quarter of an hour, sixteen attempts outlast about
/// an hour in which a third party is down. Eight would be given up after two minutes, and the customer has paid.
const MAX_ATTEMPTS: u32 = 16;

/// All steps together take 15 to 26 seconds on a normal day.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);

/// How long one third party may take to answer. The steps normally take 6 and 20 seconds; three times
/// this still ends within the attempt, so a silent server is named in the error instead of a mere
/// "the attempt took too long".
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);

const STEPS: u64 = 3;

struct CreateOrder;

impl Plugin for CreateOrder {
    fn tasks() -> Vec<Task> {
        vec![
            Task::new("create-order", create_order)
                .description("Takes the paid amount from Stripe and places the order at the partner")
                .input_schema(include_str!("../schemas/input.json"))
                .output_schema(include_str!("../schemas/output.json"))
                .max_attempts(MAX_ATTEMPTS)
                .timeout(ATTEMPT_TIMEOUT),
        ]
    }
}

taskbox_task::export!(CreateOrder);

#[derive(Deserialize)]
struct Input {
    order_id: String,
    user_id: String,
    payment_intent_id: String,
}

#[derive(Serialize)]
struct Output {
    price: Decimal,
    currency: String,
    third_party_order_id: String,
    registration_id: String,
}

fn create_order(job: &JobContext, input: Input) -> Result<Output, TaskError> {
    let order = &input.order_id;

    begin(0, "Fetching the payment from Stripe")?;
    let payment = checkpoint::step("payment", || stripe::fetch_payment(&input.payment_intent_id))?;
    println!("order {order}: paid {} {}", payment.price, payment.currency);

    begin(1, "Registering the customer at the partner")?;
    let registration_id = checkpoint::step("registration", || {
        let registration = NewRegistration { user_id: &input.user_id };
        partner::register(&registration, &job.idempotency_key_of("registration"))
    })?;
    println!("order {order}: registered as {registration_id}");

    begin(2, "Placing the order at the partner")?;
    let third_party_order_id = checkpoint::step("order", || {
        let new_order = NewOrder {
            registration_id: &registration_id,
            user_id: &input.user_id,
            amount: payment.price,
            currency: &payment.currency,
        };
        partner::place_order(&new_order, &job.idempotency_key_of("order"))
    })?;
    println!("order {order}: placed as {third_party_order_id}");

    job::report_progress(STEPS, STEPS, "The order is placed");
    Ok(Output { price: payment.price, currency: payment.currency, third_party_order_id, registration_id })
}

/// Tells what comes next, unless a person cancelled the order meanwhile. Once the last step is done the
/// order exists, so from there on nobody asks any more.
fn begin(done: u64, what: &str) -> Result<(), TaskError> {
    job::stop_if_cancelled()?;
    job::report_progress(done, STEPS, what);
    Ok(())
}
