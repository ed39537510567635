//! A stand-in for the partner: `POST /registrations` and `POST /orders`.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use serde_json::{Value, json};

use super::conditions::{self, Conditions, closed_connection};
use super::partner_books::{Books, Refusal, short_id};
use super::server::Server;
use super::{Options, PartnerLedger, bearer};

/// A running stand-in for the partner. It stops when it is dropped.
///
/// Both operations require a bearer key and an `Idempotency-Key`. The resource exists before the response; a repeated
/// key gets the first response again, and 422 if its request differs. For a customer whose `user_id` is
/// `<anything>_<word>_<anything>` the word selects the treatment:
///
/// | word | treatment |
/// |---|---|
/// | `refused` | the response to its registration is 422 |
/// | `unwanted` | the response to its order is 422 |
/// | `long` | its order gets an id of 17 characters |
/// | `429`, `500`, `503` | the first response to each key has this status, before anything is created |
/// | `closed` | the first request of each key gets no response, before anything is created |
/// | `lost` | the first request of each key gets no response, although the resource is created |
/// | `silent` | no request gets a response, although the resource is created |
#[derive(Debug)]
pub struct Partner {
    server: Server,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    key: String,
    conditions: Arc<Conditions>,
    books: Mutex<Books>,
}

impl Partner {
    /// Starts it on a loopback address; port 0 selects a free one.
    pub async fn start(address: SocketAddr, options: Options) -> io::Result<Self> {
        let conditions = Arc::new(Conditions::new(&options, error_answer));
        let stopping = conditions.stopping();
        let shared =
            Arc::new(Shared { key: options.key, conditions: conditions.clone(), books: Mutex::default() });
        let router = Router::new()
            .route("/registrations", post(register))
            .route("/orders", post(place_order))
            .route_layer(middleware::from_fn_with_state(conditions, conditions::apply))
            .route("/_ledger", get(show_ledger))
            .fallback(async || error_answer(StatusCode::NOT_FOUND, "there is nothing here"))
            .with_state(shared.clone());
        let server = Server::start(address, router, stopping).await?;
        Ok(Self { server, shared })
    }

    /// Its URL, without a slash at the end.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Its ledger so far.
    pub fn ledger(&self) -> PartnerLedger {
        self.shared.books().ledger.clone()
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

/// A valid request: its caller is known, and it has a key and a body.
struct Accepted {
    key: String,
    /// Number of requests with the key, including this one.
    times_sent: u32,
    body: Value,
}

impl Accepted {
    /// The treatment of this request's customer.
    fn word(&self) -> &str {
        self.body["user_id"].as_str().and_then(|id| id.split('_').nth(1)).unwrap_or_default()
    }
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn accept(&self, headers: &HeaderMap, body: &[u8]) -> Result<Accepted, Refusal> {
        let mut books = self.books();
        if bearer::token(headers) != Some(&self.key) {
            books.ledger.refused_keys += 1;
            return Err((StatusCode::UNAUTHORIZED, "the bearer key is missing or wrong".to_owned()));
        }
        let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
        if key.is_empty() {
            return Err((StatusCode::BAD_REQUEST, "the header Idempotency-Key is missing".to_owned()));
        }
        let body = serde_json::from_slice(body)
            .map_err(|error| (StatusCode::BAD_REQUEST, format!("the body is not JSON: {error}")))?;
        let times_sent = books.ledger.keys.entry(key.to_owned()).or_default();
        *times_sent += 1;
        Ok(Accepted { key: key.to_owned(), times_sent: *times_sent, body })
    }
}

async fn show_ledger(State(shared): State<Arc<Shared>>) -> Json<PartnerLedger> {
    Json(shared.books().ledger.clone())
}

async fn register(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    create(&shared, &headers, &body, |books, request| match request.word() {
        "refused" => Err(unwelcome("registrations")),
        _ => books.register(&request.key, request.body.clone()),
    })
    .await
}

async fn place_order(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    create(&shared, &headers, &body, |books, request| {
        let id_of: fn(&str) -> String = match request.word() {
            "unwanted" => return Err(unwelcome("orders")),
            "long" => |key| short_id("ord", key) + "x",
            _ => |key| short_id("ord", key),
        };
        books.place_order(&request.key, request.body.clone(), id_of)
    })
    .await
}

/// Creates a resource, unless the request or its customer selects another treatment.
async fn create(
    shared: &Shared,
    headers: &HeaderMap,
    body: &[u8],
    work: impl FnOnce(&mut Books, &Accepted) -> Result<Value, Refusal>,
) -> Response {
    let request = match shared.accept(headers, body) {
        Ok(request) => request,
        Err((status, why)) => return error_answer(status, &why),
    };
    let first = request.times_sent == 1;
    match request.word() {
        "429" if first => return shared.conditions.refusal(StatusCode::TOO_MANY_REQUESTS),
        "500" if first => return shared.conditions.refusal(StatusCode::INTERNAL_SERVER_ERROR),
        "503" if first => return shared.conditions.refusal(StatusCode::SERVICE_UNAVAILABLE),
        "closed" if first => return closed_connection(),
        _ => {}
    }
    let done = work(&mut shared.books(), &request);
    match (request.word(), done) {
        ("lost", Ok(_)) if first => closed_connection(),
        ("silent", Ok(_)) => shared.conditions.silence().await,
        (_, Ok(answer)) => (StatusCode::CREATED, Json(answer)).into_response(),
        (_, Err((status, why))) => error_answer(status, &why),
    }
}

fn unwelcome(what: &str) -> Refusal {
    (StatusCode::UNPROCESSABLE_ENTITY, format!("no {what} are taken from this user"))
}

fn error_answer(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

#[cfg(test)]
mod tests;
