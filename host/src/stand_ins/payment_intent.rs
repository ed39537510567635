//! Stripe's shapes: the PaymentIntent object and the error object.

use serde_json::{Value, json};

use super::Payment;

/// When every payment was made, since the stand-in has no past: Unix time in seconds.
const CREATED_S: u64 = 1_767_225_600;

/// The whole object as the API gives it, so that a client that reads any field of it finds that field.
pub(super) fn object(id: &str, payment: &Payment) -> Value {
    let suffix = id.trim_start_matches("pi_");
    let paid = payment.amount_received > 0;
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
        "latest_charge": paid.then(|| format!("ch_{suffix}")),
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

/// An error as Stripe writes it. `code` is missing where Stripe has none for the case.
pub(super) fn error(kind: &str, code: Option<&str>, message: &str) -> Value {
    let mut error = json!({ "type": kind, "message": message });
    if let Some(code) = code {
        error["code"] = json!(code);
        error["doc_url"] = json!(format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-")));
    }
    json!({ "error": error })
}
