//! The payment at Stripe. The module only reads.
//!
//! The amount that counts is the one received, less refunds by the time of the request.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use taskbox_task::http::{Response, Timeouts};
use taskbox_task::{Job, TaskError};

use crate::answer::{address, ask, not_understood, quote, temporary_failure};
use crate::{ANSWER_TIMEOUT, id, price};

const WHO: &str = "Stripe";

/// The query that includes the charge, which alone contains refunds: `expand[]=latest_charge`.
const WITH_CHARGE: &str = "expand%5B%5D=latest_charge";

/// The amount paid and not refunded.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// With two decimals.
    pub price: Decimal,
    /// ISO 4217, upper-case.
    pub currency: String,
}

/// Fetches a payment from Stripe, which must have succeeded.
pub fn fetch_payment(job: &Job, payment_intent_id: &str) -> Result<Payment, TaskError> {
    id::check_payment_intent_id(payment_intent_id)?;
    let path = format!("v1/payment_intents/{payment_intent_id}?{WITH_CHARGE}");
    let url = address(job, "stripe-base-url", &path)?;
    let request = job
        .http()
        .get(url)
        .bearer(&job.secret("stripe-key")?)
        .timeouts(Timeouts::default().first_byte(ANSWER_TIMEOUT));
    judge(&ask(WHO, request)?, payment_intent_id)
}

/// The fields of Stripe's PaymentIntent that are used here.
#[derive(Deserialize)]
struct PaymentIntent {
    status: String,
    /// In the currency's smallest unit. Not `amount`, which is the amount requested.
    amount_received: i64,
    /// ISO 4217, lower-case.
    currency: String,
    /// The charge that paid for it.
    latest_charge: Option<LatestCharge>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LatestCharge {
    Charge(Charge),
    /// Only its id, without refunds, from a server that does not know `expand`.
    #[expect(dead_code, reason = "an id says nothing that is asked for here")]
    Id(String),
}

#[derive(Deserialize, Default, Clone, Copy)]
#[serde(default)]
struct Charge {
    /// In full.
    refunded: bool,
    /// In the currency's smallest unit.
    amount_refunded: i64,
}

impl PaymentIntent {
    /// The amount received and not refunded; `None` if that is negative.
    fn amount_kept(&self) -> i64 {
        let charge = match &self.latest_charge {
            Some(LatestCharge::Charge(charge)) => *charge,
            Some(LatestCharge::Id(_)) | None => Charge::default(),
        };
        // A negative refund is invalid, and must not raise the price.
        let kept = self.amount_received.saturating_sub(charge.amount_refunded.max(0));
        if charge.refunded { 0 } else { kept.max(0) }
    }
}

#[derive(Deserialize)]
struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorDetail {
    #[serde(rename = "type")]
    kind: String,
    code: Option<String>,
    message: Option<String>,
}

fn judge(response: &Response, id: &str) -> Result<Payment, TaskError> {
    if let Some(error) = temporary_failure(WHO, response) {
        return Err(error);
    }
    match response.status() {
        200 => {
            let intent: PaymentIntent =
                response.json().map_err(|error| not_understood(WHO, response, error))?;
            check_status(&intent.status)?;
            payment(response, &intent)
        }
        401 | 403 => Err(TaskError::permanent(format!(
            "Stripe does not accept the shop's key (secret \"stripe-key\"): {}",
            explanation(response)
        ))),
        404 => Err(TaskError::permanent(format!("Stripe knows no payment {id}: {}", explanation(response)))),
        400..=499 => Err(TaskError::permanent(format!(
            "Stripe refuses to show the payment {id}: {}",
            explanation(response)
        ))),
        _ => Err(not_understood(WHO, response, "unexpected status")),
    }
}

/// Checks that a payment succeeded. One in progress may still succeed; any other needs the customer, which no later
/// attempt changes.
fn check_status(status: &str) -> Result<(), TaskError> {
    let permanent = |why: &str| Err(TaskError::permanent(format!("the payment did not succeed: {why}")));
    match status {
        "succeeded" => Ok(()),
        "processing" => {
            Err(TaskError::retryable("the payment is still being processed by the customer's bank"))
        }
        "requires_payment_method" => permanent("the customer's payment method was missing or declined"),
        "requires_confirmation" => permanent("the customer never confirmed it"),
        "requires_action" => permanent("the customer did not finish a step that the bank asks for"),
        "requires_capture" => permanent("the money is only reserved and was not captured"),
        "canceled" => permanent("it was canceled"),
        other => permanent(&format!("its status is {:?}", quote(other))),
    }
}

fn payment(response: &Response, intent: &PaymentIntent) -> Result<Payment, TaskError> {
    let currency = intent.currency.to_ascii_uppercase();
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(not_understood(WHO, response, "the currency is no ISO 4217 code"));
    }
    let kept = intent.amount_kept();
    if kept == 0 && intent.amount_received > 0 {
        return Err(TaskError::permanent("the payment was refunded in full, so there is nothing to order"));
    }
    let price = price::from_minor_units(kept, &currency).map_err(TaskError::permanent)?;
    Ok(Payment { price, currency })
}

/// The message of Stripe's error.
fn explanation(response: &Response) -> String {
    let Ok(ErrorBody { error }) = response.json() else {
        return quote(&response.text());
    };
    let code = error.code.unwrap_or(error.kind);
    let message = error.message.unwrap_or_default();
    quote(&format!("{message} ({code})"))
}

#[cfg(test)]
mod tests;
