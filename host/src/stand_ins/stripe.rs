//! A stand-in for Stripe: `GET /v1/payment_intents/{id}` and nothing else.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde::{Deserialize, Serialize};

use super::conditions::{self, Conditions, closed_connection};
use super::server::Server;
use super::{Options, Payment, bearer, payment_intent};

/// A running stand-in for Stripe. It stops when it is dropped.
#[derive(Debug)]
pub struct Stripe {
    server: Server,
    shared: Arc<Shared>,
}

/// The ledger of the stand-in, also served as JSON at `GET /_ledger`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StripeLedger {
    /// Number of requests for each payment with the right key, whatever the response.
    pub asked: BTreeMap<String, u32>,
    /// Number of responses with the PaymentIntent of each payment.
    pub answered: BTreeMap<String, u32>,
    /// Requests with a missing or wrong key.
    pub refused_keys: u32,
}

#[derive(Debug)]
struct Shared {
    key: String,
    conditions: Arc<Conditions>,
    ledger: Mutex<StripeLedger>,
}

impl Stripe {
    /// Starts it on a loopback address; port 0 selects a free one.
    pub async fn start(address: SocketAddr, options: Options) -> io::Result<Self> {
        let conditions = Arc::new(Conditions::new(&options, error_answer));
        let stopping = conditions.stopping();
        let shared =
            Arc::new(Shared { key: options.key, conditions: conditions.clone(), ledger: Mutex::default() });
        let router = Router::new()
            .route("/v1/payment_intents/{id}", get(payment_intent))
            .route_layer(middleware::from_fn_with_state(conditions, conditions::apply))
            .route("/_ledger", get(show_ledger))
            .fallback(async || error_answer(StatusCode::NOT_FOUND, "Unrecognized request URL"))
            .with_state(shared.clone());
        let server = Server::start(address, router, stopping).await?;
        Ok(Self { server, shared })
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Its ledger so far.
    pub fn ledger(&self) -> StripeLedger {
        self.shared.ledger().clone()
    }

    /// Number of requests with a random fault. They are not in the ledger, unless the fault came after the work.
    pub fn faults(&self) -> u64 {
        self.shared.conditions.faults()
    }

    /// Responds to current requests at once, and stops.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, StripeLedger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request for a payment. Returns its number, from 1.
    fn count_asked(&self, id: &str) -> u32 {
        let mut ledger = self.ledger();
        let asked = ledger.asked.entry(id.to_owned()).or_default();
        *asked += 1;
        *asked
    }

    fn payment_answer(&self, id: &str, payment: &Payment, with_charge: bool) -> Response {
        *self.ledger().answered.entry(id.to_owned()).or_default() += 1;
        Json(payment_intent::object(id, payment, with_charge)).into_response()
    }
}

async fn show_ledger(State(shared): State<Arc<Shared>>) -> Json<StripeLedger> {
    Json(shared.ledger().clone())
}

async fn payment_intent(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if bearer::token(&headers) != Some(&shared.key) {
        shared.ledger().refused_keys += 1;
        return refused_key(&headers);
    }
    let request_number = shared.count_asked(&id);
    if let Some(answer) = misbehaviour(&shared.conditions, &id, request_number).await {
        return answer;
    }
    let with_charge = query.iter().any(|(name, field)| name == "expand[]" && field == "latest_charge");
    match Payment::of(&id) {
        Some(payment) if word_of(&id) == "settling" && request_number == 1 => {
            shared.payment_answer(&id, &payment.stuck_in("processing"), with_charge)
        }
        Some(payment) => shared.payment_answer(&id, &payment, with_charge),
        None => {
            let message = format!("No such payment_intent: '{id}'");
            let error = payment_intent::error("invalid_request_error", Some("resource_missing"), &message);
            (StatusCode::NOT_FOUND, Json(error)).into_response()
        }
    }
}

/// The treatment that an id selects; [`Payment::of`] lists the words.
async fn misbehaviour(conditions: &Conditions, id: &str, request_number: u32) -> Option<Response> {
    let first = request_number == 1;
    Some(match word_of(id) {
        "429" if first => conditions.refusal(StatusCode::TOO_MANY_REQUESTS),
        "500" if first => conditions.refusal(StatusCode::INTERNAL_SERVER_ERROR),
        "503" if first => conditions.refusal(StatusCode::SERVICE_UNAVAILABLE),
        "down" => conditions.refusal(StatusCode::SERVICE_UNAVAILABLE),
        "closed" if first => closed_connection(),
        "silent" => conditions.silence().await,
        "garbled" => Html("<h1>This page is no JSON</h1>").into_response(),
        _ => return None,
    })
}

fn word_of(id: &str) -> &str {
    id.split('_').nth(1).unwrap_or_default()
}

/// The response to a wrong key, which it masks like Stripe, because it may be the right key of another account.
fn refused_key(headers: &HeaderMap) -> Response {
    let message = match bearer::token(headers) {
        Some(token) => {
            let shown: String = token.chars().take(8).collect();
            format!("Invalid API Key provided: {shown}***")
        }
        None => "You did not provide an API key. You need to provide your API key in the Authorization \
                 header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
            .to_owned(),
    };
    let error = payment_intent::error("invalid_request_error", None, &message);
    (StatusCode::UNAUTHORIZED, Json(error)).into_response()
}

fn error_answer(status: StatusCode, message: &str) -> Response {
    let (kind, code) = match status {
        StatusCode::TOO_MANY_REQUESTS => ("invalid_request_error", Some("rate_limit")),
        status if status.is_server_error() => ("api_error", None),
        _ => ("invalid_request_error", None),
    };
    (status, Json(payment_intent::error(kind, code, message))).into_response()
}

#[cfg(test)]
mod tests;
