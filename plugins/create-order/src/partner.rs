//! The partner, who registers customers and fulfils orders.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use taskbox_task::http::{Response, Timeouts};
use taskbox_task::{Job, TaskError};

use crate::answer::{address, ask, not_understood, quote, temporary_failure};
use crate::{ANSWER_TIMEOUT, id};

const WHO: &str = "The partner";

/// A customer to register.
#[derive(Serialize)]
pub struct NewRegistration<'a> {
    pub user_id: &'a str,
}

/// An order to place. The amount is a string on the wire, so that it is never read as a float.
#[derive(Serialize)]
pub struct NewOrder<'a> {
    pub registration_id: &'a str,
    pub user_id: &'a str,
    pub amount: Decimal,
    pub currency: &'a str,
}

/// Registers a customer. Returns the partner's id of the registration.
pub fn register(job: &Job, registration: &NewRegistration<'_>) -> Result<String, TaskError> {
    create(job, "registration", "registrations", registration)
}

/// Places an order. Returns the partner's id of the order.
pub fn place_order(job: &Job, order: &NewOrder<'_>) -> Result<String, TaskError> {
    create(job, "order", "orders", order)
}

fn create(job: &Job, what: &str, path: &str, new: &impl Serialize) -> Result<String, TaskError> {
    let url = address(job, "partner-base-url", path)?;
    let request = job
        .http()
        .post(url)
        .bearer(&job.secret("partner-key")?)
        .header("idempotency-key", job.idempotency_key_of(what))
        .timeouts(Timeouts::default().first_byte(ANSWER_TIMEOUT))
        .json(new);
    judge(what, &ask(WHO, request)?)
}

#[derive(Deserialize)]
struct Created {
    id: String,
}

fn judge(what: &str, response: &Response) -> Result<String, TaskError> {
    if let Some(error) = temporary_failure(WHO, response) {
        return Err(error);
    }
    match response.status() {
        // Also 200, with which some servers respond to a repeated idempotency key, since nothing new was created.
        200 | 201 => {
            let created: Created = response.json().map_err(|error| not_understood(WHO, response, error))?;
            id::check_partner_id(what, created.id)
        }
        401 | 403 => Err(TaskError::permanent(format!(
            "the partner does not accept the shop's key (secret \"partner-key\"): {}",
            quote(&response.text())
        ))),
        400..=499 => Err(TaskError::permanent(format!(
            "the partner refuses the {what} (status {}): {}",
            response.status(),
            quote(&response.text())
        ))),
        _ => Err(not_understood(WHO, response, "unexpected status")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<String, TaskError> {
        judge("order", &Response::new(status, Vec::new(), body))
    }

    #[test]
    fn what_was_created_is_known_by_its_id() {
        assert_eq!(answer(201, r#"{"id":"ord_1"}"#), Ok("ord_1".into()));
        assert_eq!(answer(200, r#"{"id":"ord_1"}"#), Ok("ord_1".into()));
    }

    #[test]
    fn trouble_at_the_partner_is_tried_again() {
        for status in [429, 500, 503] {
            let result = answer(status, "");
            assert!(matches!(result, Err(TaskError::Retryable(_))), "{status}");
        }
    }

    #[test]
    fn a_refusal_is_final_and_quoted() {
        for (status, words) in [(401, "partner-key"), (400, "no such user"), (422, "422")] {
            let Err(TaskError::Permanent(text)) = answer(status, "no such user") else {
                panic!("{status} was not final");
            };
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn an_answer_that_cannot_be_used_is_final() {
        for body in ["", "[]", r#"{"id":7}"#, r#"{"id":"12345678901234567"}"#] {
            assert!(matches!(answer(201, body), Err(TaskError::Permanent(_))), "{body}");
        }
        assert!(matches!(answer(302, ""), Err(TaskError::Permanent(_))));
    }

    #[test]
    fn an_amount_is_sent_as_text() {
        let order = NewOrder {
            registration_id: "reg_1",
            user_id: "u_1",
            amount: Decimal::new(5_000, 2),
            currency: "EUR",
        };
        let sent = serde_json::to_value(&order).expect("JSON");
        assert_eq!(sent["amount"], "50.00");
    }
}
