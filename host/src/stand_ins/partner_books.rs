//! The books of the partner: its customers, their orders, and the keys of requests.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::idempotency::{Answers, Known};

/// A customer that was registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// At most 16 characters.
    pub id: String,
    /// The shop's id of the customer.
    pub user_id: String,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedOrder {
    /// At most 16 characters, unless the customer selects a longer one.
    pub id: String,
    /// The registration of the customer.
    pub registration_id: String,
    /// The shop's id of the customer.
    pub user_id: String,
    /// A decimal as text.
    pub amount: String,
    /// ISO 4217, upper-case.
    pub currency: String,
}

/// The ledger of the stand-in, also served as JSON at `GET /_ledger`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerLedger {
    /// Every registration, in the order of their creation.
    pub registrations: Vec<Registration>,
    /// Every order, in the order of their creation.
    pub orders: Vec<PlacedOrder>,
    /// Number of requests of each idempotency key.
    pub keys: BTreeMap<String, u32>,
    /// Requests that got the response to an earlier one.
    pub replayed: u32,
    /// Requests with a missing or wrong bearer key.
    pub refused_keys: u32,
}

/// The ledger, and the responses of its keys.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) ledger: PartnerLedger,
    answers: Answers,
}

/// The reason why nothing is created.
pub(super) type Refusal = (StatusCode, String);

#[derive(Deserialize)]
struct NewRegistration {
    user_id: String,
}

#[derive(Deserialize)]
struct NewOrder {
    registration_id: String,
    user_id: String,
    amount: String,
    currency: String,
}

impl Books {
    /// Registers a customer, unless this key has done so already.
    pub(super) fn register(&mut self, key: &str, request: Value) -> Result<Value, Refusal> {
        self.once(key, "/registrations", request, |ledger, request| {
            let new: NewRegistration = parse(request)?;
            let id = short_id("reg", key);
            ledger.registrations.push(Registration { id: id.clone(), user_id: new.user_id });
            Ok(id)
        })
    }

    /// Places an order, unless this key has done so already. The id is `id_of` the key.
    pub(super) fn place_order(
        &mut self,
        key: &str,
        request: Value,
        id_of: fn(&str) -> String,
    ) -> Result<Value, Refusal> {
        self.once(key, "/orders", request, |ledger, request| {
            let new: NewOrder = parse(request)?;
            check_order(ledger, &new)?;
            let id = id_of(key);
            ledger.orders.push(PlacedOrder {
                id: id.clone(),
                registration_id: new.registration_id,
                user_id: new.user_id,
                amount: new.amount,
                currency: new.currency,
            });
            Ok(id)
        })
    }

    fn once(
        &mut self,
        key: &str,
        path: &'static str,
        request: Value,
        create: impl FnOnce(&mut PartnerLedger, &Value) -> Result<String, Refusal>,
    ) -> Result<Value, Refusal> {
        match self.answers.look_up(key, path, &request) {
            Known::Nothing => {
                let id = create(&mut self.ledger, &request)?;
                let answer = json!({ "id": id });
                self.answers.keep(key, path, request, answer.clone());
                Ok(answer)
            }
            Known::Answer(answer) => {
                self.ledger.replayed += 1;
                Ok(answer)
            }
            Known::OtherRequest => Err(unprocessable("this idempotency key was used for another request")),
        }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(request: &Value) -> Result<T, Refusal> {
    T::deserialize(request).map_err(|error| unprocessable(&error.to_string()))
}

fn check_order(ledger: &PartnerLedger, new: &NewOrder) -> Result<(), Refusal> {
    let mut registrations = ledger.registrations.iter();
    if !registrations.any(|known| known.id == new.registration_id && known.user_id == new.user_id) {
        return Err(unprocessable("there is no such registration of this user"));
    }
    if !matches!(new.amount.parse::<Decimal>(), Ok(amount) if amount > Decimal::ZERO) {
        return Err(unprocessable("the amount is no positive decimal"));
    }
    let is_currency = new.currency.len() == 3 && new.currency.bytes().all(|c| c.is_ascii_uppercase());
    if !is_currency {
        return Err(unprocessable("the currency is no ISO 4217 code"));
    }
    Ok(())
}

fn unprocessable(why: &str) -> Refusal {
    (StatusCode::UNPROCESSABLE_ENTITY, why.to_owned())
}

/// An id of 16 characters derived from the key, so that repeated tests see the same ids.
pub(super) fn short_id(prefix: &str, key: &str) -> String {
    let digest = Sha256::digest(key);
    let hex: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{prefix}_{hex}")
}
