//! Pages for people: the orders, one order in full, the plugins; logging in, tokens, the audit log.
//!
//! A page is complete without JavaScript; the script only updates it. All markup comes from templates here, including
//! the parts that the script replaces. Nothing comes from another host.

mod access;
mod assets;
mod form;
mod live;
mod order;
mod order_row;
mod orders;
mod plugins;
mod show;
mod time;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};

use super::Api;
use super::access::Need;
use super::routes::Routes;

/// A policy that allows scripts, styles and connections of this host only, and no page to frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All pages, their assets, and the streams that update them.
pub(super) fn routes() -> Routes {
    Routes::default()
        .plain(Need::Read, "/", protected(get(orders::show)))
        .plain(Need::PlaceOrders, "/", protected(post(orders::place)))
        .plain(Need::Read, "/orders/{id}", protected(get(order::show)))
        .plain(Need::ReadPlugins, "/plugins", protected(get(plugins::show)))
        .plain(Need::Read, "/events/orders", protected(get(live::orders)))
        .plain(Need::Read, "/events/orders/{id}", protected(get(live::order)))
        .plain(Need::Nothing, "/assets/{version}/{name}", get(assets::serve))
        .and(access::routes())
}

/// Pages whose responses protect the browser.
fn protected(methods: MethodRouter<Api>) -> MethodRouter<Api> {
    methods.layer(map_response(protect))
}

async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Not `no-referrer`, with which a browser sends `Origin: null` with the form, like a foreign page.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
