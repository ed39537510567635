//! Validation of orders.

use super::PlaceOrder;
use crate::domain::{RequestProblem, callback_url_problem};

/// The longest user id, in characters.
const USER_ID_LENGTH_MAX: usize = 128;
/// The longest payment intent id, in characters; Stripe's own are 27.
const PAYMENT_INTENT_ID_LENGTH_MAX: usize = 255;

/// The problems of all fields.
pub(super) fn problems(request: &PlaceOrder) -> Vec<RequestProblem> {
    let user = (!is_user_id(&request.user_id)).then(|| RequestProblem {
        pointer: "/user_id".to_owned(),
        detail: format!("must have 1 to {USER_ID_LENGTH_MAX} visible ASCII characters, such as \"u_42\""),
    });
    let payment = (!is_payment_intent_id(&request.payment_intent_id)).then(|| RequestProblem {
        pointer: "/payment_intent_id".to_owned(),
        detail: "must be the id of a Stripe PaymentIntent: \"pi_\" and letters, digits or '_'".to_owned(),
    });
    let callback = request.callback_url.as_deref().and_then(callback_url_problem);
    let callback = callback.map(|detail| RequestProblem { pointer: "/callback_url".to_owned(), detail });
    user.into_iter().chain(payment).chain(callback).collect()
}

fn is_user_id(text: &str) -> bool {
    (1..=USER_ID_LENGTH_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_payment_intent_id(text: &str) -> bool {
    let rest = text.strip_prefix("pi_").unwrap_or_default();
    !rest.is_empty()
        && text.len() <= PAYMENT_INTENT_ID_LENGTH_MAX
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(user_id: &str, payment_intent_id: &str) -> Vec<String> {
        let request = PlaceOrder {
            user_id: user_id.into(),
            payment_intent_id: payment_intent_id.into(),
            callback_url: None,
            traceparent: None,
        };
        problems(&request).into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn every_wrong_field_is_named() {
        assert_eq!(pointers("u_42", "pi_3MtwBwLkdIwHu7ix28a3tqPa"), [""; 0]);
        assert_eq!(pointers("", "pi_"), ["/user_id", "/payment_intent_id"]);
        assert_eq!(pointers("a b", "pi_1/../x"), ["/user_id", "/payment_intent_id"]);
        assert_eq!(pointers(&"u".repeat(129), "ch_1"), ["/user_id", "/payment_intent_id"]);
    }
}
