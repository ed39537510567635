//! Stripe's objects: the PaymentIntent, its charge, and the error.

use serde_json::{Value, json};

use super::Payment;

/// The time of every payment, as Unix time in seconds.
const CREATED_S: u64 = 1_767_225_600;

/// The complete object of the API, so that a client finds every field. The charge is only its id, unless
/// `with_charge`.
pub(super) fn object(id: &str, payment: &Payment, with_charge: bool) -> Value {
    let suffix = id.trim_start_matches("pi_");
    let paid = payment.amount_received > 0;
    let charge = if with_charge { charge(id, payment) } else { json!(charge_id(id)) };
    let capturable = if payment.status == "requires_capture" { payment.amount } else { 0 };
    json!({
        "id": id,
        "object": "payment_intent",
        "amount": payment.amount,
        "amount_capturable": capturable,
        "amount_details": { "tip": {} },
        "amount_received": payment.amount_received,
        "application": null,
        "application_fee_amount": null,
        "automatic_payment_methods": { "allow_redirects": "always", "enabled": true },
        "canceled_at": (payment.status == "canceled").then_some(CREATED_S),
        "cancellation_reason": (payment.status == "canceled").then_some("abandoned"),
        "capture_method": "automatic",
        "client_secret": format!("{id}_secret_stand_in"),
        "confirmation_method": "automatic",
        "created": CREATED_S,
        "currency": payment.currency,
        "customer": null,
        "description": null,
        "last_payment_error": null,
        "latest_charge": paid.then_some(charge),
        "livemode": false,
        "metadata": {},
        "next_action": null,
        "on_behalf_of": null,
        "payment_method": paid.then(|| format!("pm_{suffix}")),
        "payment_method_configuration_details": null,
        "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
        "payment_method_types": ["card"],
        "processing": null,
        "receipt_email": null,
        "review": null,
        "setup_future_usage": null,
        "shipping": null,
        "source": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": payment.status,
        "transfer_data": null,
        "transfer_group": null,
    })
}

/// The charge of a payment that was paid.
fn charge(id: &str, payment: &Payment) -> Value {
    json!({
        "id": charge_id(id),
        "object": "charge",
        "amount": payment.amount_received,
        "amount_captured": payment.amount_received,
        "amount_refunded": payment.amount_refunded,
        "captured": true,
        "created": CREATED_S,
        "currency": payment.currency,
        "disputed": false,
        "livemode": false,
        "metadata": {},
        "paid": true,
        "payment_intent": id,
        "refunded": payment.amount_refunded == payment.amount_received,
        "status": "succeeded",
    })
}

fn charge_id(id: &str) -> String {
    format!("ch_{}", id.trim_start_matches("pi_"))
}

/// An error in Stripe's form. `code` is missing where Stripe has none.
pub(super) fn error(kind: &str, code: Option<&str>, message: &str) -> Value {
    let mut error = json!({ "type": kind, "message": message });
    if let Some(code) = code {
        error["code"] = json!(code);
        error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
    }
    json!({ "error": error })
}
