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
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use taskbox_task::{Job, TaskError, task};

use partner::{NewOrder, NewRegistration};

/// The timeout of a response. The steps normally take 6 and 20 seconds; three times this timeout is still within the
/// attempt, so that the error names a silent server instead of a mere timeout of the attempt.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(35);

const STEPS: u64 = 3;

taskbox_task::plugin!(create_order);

#[derive(Debug, Deserialize, JsonSchema)]
struct Input {
    #[schemars(length(min = 1))]
    order_id: String,
    #[schemars(length(min = 1))]
    user_id: String,
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,255}$"))]
    payment_intent_id: String,
}

#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
struct Output {
    /// A text, so that it is never read as a float.
    #[schemars(with = "String", regex(pattern = "^[0-9]{1,5}\\.[0-9]{2}$"))]
    price: Decimal,
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    currency: String,
    #[schemars(length(min = 1, max = 16))]
    third_party_order_id: String,
    #[schemars(length(min = 1, max = 16))]
    registration_id: String,
}

/// Takes the paid amount from Stripe and places the order at the partner
//
// With the host's backoff, which doubles from a second to a quarter of an hour, sixteen attempts outlast an outage of about
// an hour. Eight would give up after two minutes, although the customer has paid. The steps of an attempt take 15 to 26
// seconds on a normal day.
#[task(max_attempts = 16, timeout = "120s")]
fn create_order(job: &Job, input: Input) -> Result<Output, TaskError> {
    let order = &input.order_id;

    begin(job, 0, "Fetching the payment from Stripe")?;
    let payment = job.step("payment", || stripe::fetch_payment(job, &input.payment_intent_id))?;
    println!("order {order}: paid {} {}", payment.price, payment.currency);

    begin(job, 1, "Registering the customer at the partner")?;
    let registration_id =
        job.step("registration", || partner::register(job, &NewRegistration { user_id: &input.user_id }))?;
    println!("order {order}: registered as {registration_id}");

    begin(job, 2, "Placing the order at the partner")?;
    let third_party_order_id = job.step("order", || {
        let new_order = NewOrder {
            registration_id: &registration_id,
            user_id: &input.user_id,
            amount: payment.price,
            currency: &payment.currency,
        };
        partner::place_order(job, &new_order)
    })?;
    println!("order {order}: placed as {third_party_order_id}");

    job.progress(STEPS, STEPS, "The order is placed");
    Ok(Output { price: payment.price, currency: payment.currency, third_party_order_id, registration_id })
}

/// Reports the next step, unless the order has been cancelled. After the last step the order exists, and cancellation
/// is no longer checked.
fn begin(job: &Job, done: u64, what: &str) -> Result<(), TaskError> {
    job.stop_if_cancelled()?;
    job.progress(done, STEPS, what);
    Ok(())
}

#[cfg(test)]
mod tests;
