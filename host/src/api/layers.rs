//! The layers around every route: a request id, a span, metrics, and problems for requests that no route handles. The
//! guard of a route is a part of the route: [`super::routes`].

use std::any::Any;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use super::Api;
use super::access::well_formed;
use super::encoding::refuse_encoded_bodies;
use super::pages;
use super::problem::{Kind as ProblemKind, Problem};
use super::read::trace_of;
use crate::domain::TraceParent;
use crate::metering::Stopwatch;
use crate::metering::catalog::{HTTP_REQUESTS, HTTP_TIME};
use crate::spans::{self, Kind, OpenSpan, Place};

/// The largest body of an ordinary request, in bytes: an input may have 1 MiB, with fields around it.
const BODY_BYTES_MAX: usize = (1 << 20) + (64 << 10);

/// A policy under which nothing runs, nothing is loaded, and no page may frame the response.
const DATA_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Adds the layers to the routes; the first one here is the first to see a request.
///
/// They are one layer to the router, which would box each of several, and clone the contents of every box for each
/// request.
pub(super) fn around(routes: Router<Api>) -> Router<Api> {
    let trace = TraceLayer::new_for_http()
        .make_span_with(span)
        .on_request(())
        .on_response(DefaultOnResponse::new().level(Level::DEBUG))
        .on_failure(());
    routes.fallback(not_found).method_not_allowed_fallback(method_not_allowed).layer((
        SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid),
        PropagateRequestIdLayer::new(REQUEST_ID),
        trace,
        from_fn(measure),
        CatchPanicLayer::custom(panicked),
        from_fn(keep_rules),
        DefaultBodyLimit::max(BODY_BYTES_MAX),
    ))
}

async fn not_found(headers: HeaderMap, uri: Uri) -> Response {
    let problem = Problem::new(ProblemKind::NOT_FOUND, format!("there is nothing at {}", uri.path()));
    pages::problem_for(&headers, problem)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "{} does not support {method}; the header Allow lists the methods that it supports",
        uri.path()
    );
    Problem::new(ProblemKind::METHOD_NOT_ALLOWED, detail)
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words");
    Problem::internal(format!("panic: {text}")).into_response()
}

/// The span of a request, without the query, which may hold data of the caller.
fn span(request: &Request) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default();
    let trace = trace_of(request.headers());
    let trace_id = trace.as_ref().map(TraceParent::trace_id);
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id, trace_id)
}

/// Refuses malformed and encoded requests before any route, and adds the headers that protect browsers.
async fn keep_rules(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/v1/");
    let allowed = well_formed(request.headers()).and_then(|()| refuse_encoded_bodies(request.headers()));
    let mut response = match allowed {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    never_guess_types(response.headers_mut());
    if is_api {
        keep_data_out_of_browsers(response.headers_mut());
    }
    response
}

/// Makes browsers use the declared content type of a response.
fn never_guess_types(headers: &mut HeaderMap) {
    headers.insert(HeaderName::from_static("x-content-type-options"), HeaderValue::from_static("nosniff"));
}

/// Marks a response of the API as data: no cache stores it, and a browser that opens it runs and loads nothing.
fn keep_data_out_of_browsers(headers: &mut HeaderMap) {
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(DATA_POLICY));
}

/// The method as a label. Unknown methods share one label, because each would add time series for ever.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "other",
    }
}

/// Counts and times requests by route, not by path: every id would add a time series.
async fn measure(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let method = method_label(request.method());
    let (stopwatch, span) = (Stopwatch::start(), begin_span(&request, method, route));
    let response = next.run(request).await;
    stopwatch.record(&HTTP_TIME.with([route]));
    end_span(span, response.status());
    HTTP_REQUESTS.with([method, route, response.status().as_str()]).increment(1);
    response
}

/// The span of a request that belongs to a trace, if spans are recorded.
fn begin_span(request: &Request, method: &'static str, route: &str) -> Option<OpenSpan> {
    if !spans::is_on() {
        return None;
    }
    let place = Place::below(&trace_of(request.headers())?)?;
    let mut span = OpenSpan::begin(place, format!("{method} {route}"), Kind::Server);
    span.set("http.request.method", method);
    span.set("http.route", route);
    Some(span)
}

fn end_span(span: Option<OpenSpan>, status: StatusCode) {
    let Some(mut span) = span else { return };
    span.set("http.response.status_code", status.as_str());
    if status.is_server_error() {
        span.fail(status);
    }
    span.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_no_method_makes_no_label() {
        assert_eq!(method_label(&Method::PATCH), "PATCH");
        for word in ["X1", "X2", "get"] {
            assert_eq!(method_label(&Method::from_bytes(word.as_bytes()).unwrap()), "other");
        }
    }
}
