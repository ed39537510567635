//! The form that places an order: its input, and the errors of that.

use axum::body::Bytes;

use crate::api::problem::{FieldError, Problem};
use crate::api::read::{Params, key_scope};
use crate::domain::{Digest, Submitter};
use crate::orders::PlaceOrder;
use crate::ports::RequestKey;

/// The form to show.
pub(super) struct OrderForm {
    pub(super) user_id: Field,
    pub(super) payment_intent_id: Field,
    /// The error of the form as a whole.
    pub(super) error: Option<String>,
    /// New on every page, so that pressing the button twice places one order.
    pub(super) nonce: String,
}

/// One field.
#[derive(Default)]
pub(super) struct Field {
    pub(super) value: String,
    pub(super) error: Option<String>,
}

impl OrderForm {
    /// A form with example input.
    pub(super) fn example() -> Self {
        Self::filled("u_42".to_owned(), "pi_3MtwBwLkdIwHu7ix28a3tqPa".to_owned())
    }

    /// The same input with its errors.
    pub(super) fn refused(request: PlaceOrder, problem: &Problem) -> Self {
        let mut form = Self::filled(request.user_id, request.payment_intent_id);
        let error_of = |pointer: &str| {
            let is_of = |error: &&FieldError| error.pointer.as_deref() == Some(pointer);
            problem.errors().iter().find(is_of).map(|error| error.detail.clone())
        };
        form.user_id.error = error_of("/user_id").map(|detail| format!("The user id {detail}."));
        form.payment_intent_id.error =
            error_of("/payment_intent_id").map(|detail| format!("The payment {detail}."));
        let is_told = form.user_id.error.is_some() || form.payment_intent_id.error.is_some();
        form.error = (!is_told).then(|| problem.detail().to_owned());
        form
    }

    fn filled(user_id: String, payment_intent_id: String) -> Self {
        Self {
            user_id: Field { value: user_id, error: None },
            payment_intent_id: Field { value: payment_intent_id, error: None },
            error: None,
            nonce: format!("{:032x}", rand::random::<u128>()),
        }
    }
}

/// The input of the form. Spaces at the ends come from copying and are dropped.
pub(super) fn read(body: &Bytes, submitter: &Submitter) -> Result<(PlaceOrder, Option<RequestKey>), Problem> {
    let mut params = Params::of(body);
    let mut field = |name| params.text(name).unwrap_or_default().trim().to_owned();
    let (user_id, payment_intent_id) = (field("user_id"), field("payment_intent_id"));
    let request = PlaceOrder { user_id, payment_intent_id, callback_url: None, traceparent: None };
    let nonce = field("nonce");
    params.finish()?;
    let key = (!nonce.is_empty() && nonce.len() <= 64).then(|| request_key(nonce, &request, submitter));
    Ok((request, key))
}

/// The input is part of the key: a changed form that is sent again places another order.
fn request_key(nonce: String, request: &PlaceOrder, submitter: &Submitter) -> RequestKey {
    let meaning = format!("{}\n{}", request.user_id, request.payment_intent_id);
    let fingerprint = Digest::of(meaning.as_bytes());
    let key = format!("{nonce}.{}", fingerprint.to_hex());
    RequestKey { scope: key_scope("POST /orders", submitter), key, fingerprint }
}
