//! The order task, from the paid amount at Stripe to the order at the partner.
//!
//! It never charges a customer: it reads the paid amount, and orders exactly that. Every step is a checkpoint, so that
//! no attempt repeats the work of an earlier one, and the steps that create something also send an idempotency key, for
//! the time between the partner's response and the checkpoint.

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

/// With the host's backoff, which doubles from a second to a quarter of an hour, sixteen attempts outlast an outage of
/// about an hour. Eight would give up after two minutes, although the customer has paid.
const MAX_ATTEMPTS: u32 = 16;

/// All steps together take 15 to 26 seconds on a normal day.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(120);

/// The timeout of a response. The steps normally take 6 and 20 seconds; three times this timeout is still within the
/// attempt, so that the error names a silent server instead of a mere timeout of the attempt.
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

/// Reports the next step, unless the order has been cancelled. After the last step the order exists, and cancellation
/// is no longer checked.
fn begin(done: u64, what: &str) -> Result<(), TaskError> {
    job::stop_if_cancelled()?;
    job::report_progress(done, STEPS, what);
    Ok(())
}
