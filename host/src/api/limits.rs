//! The rates of requests of a host.

use std::net::IpAddr;

use axum::extract::Request;

use super::access::{RateLimit, client_address};
use super::problem::Problem;
use crate::domain::{AccessToken, Rate};

/// The limits of requests, per token and per address. Without a rate there is none.
#[derive(Default)]
pub struct RateLimits {
    of_token: Option<RateLimit>,
    of_address: Option<RateLimit>,
}

impl RateLimits {
    /// Limits of these rates.
    pub fn new(per_token: Option<Rate>, per_address: Option<Rate>) -> Self {
        Self { of_token: per_token.map(RateLimit::new), of_address: per_address.map(RateLimit::new) }
    }

    /// Takes a request of an address, or refuses it. An IPv6 network of 64 bits counts as one, since it is usually of one
    /// owner.
    pub(super) fn take_of_address(&self, request: &Request) -> Result<(), Problem> {
        let Some(limit) = &self.of_address else { return Ok(()) };
        match client_address(request) {
            Some(IpAddr::V4(address)) => limit.take(&address.octets(), "address"),
            Some(IpAddr::V6(address)) => limit.take(&address.octets()[..8], "address"),
            None => Ok(()),
        }
    }

    /// Takes a request with a token, or refuses it.
    pub(super) fn take_of_token(&self, token: Option<&AccessToken>) -> Result<(), Problem> {
        match (&self.of_token, token) {
            (Some(limit), Some(token)) => limit.take(token.digest.as_bytes(), "token"),
            _ => Ok(()),
        }
    }
}
