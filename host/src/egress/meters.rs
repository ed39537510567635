//! What is counted of outbound requests.

use http::Response;

use crate::domain::egress_policy::Target;
use crate::metering::catalog::{EGRESS, EGRESS_TIME};
use crate::metering::{OTHER, Stopwatch};
use crate::ports::{Body, EgressError, EgressPass};

/// Counts a request that was answered, or was not.
pub(super) fn count(
    pass: &EgressPass,
    target: &Target,
    sent: &Result<Response<Body>, EgressError>,
    stopwatch: Stopwatch,
) {
    let plugin = pass.plugin.as_str();
    // As the operator wrote it: the names that a guest makes up are no labels.
    let host = pass.grant.named_host(target.origin()).unwrap_or(OTHER);
    stopwatch.record(&EGRESS_TIME.with([plugin]));
    EGRESS.with([plugin, host, status(sent)]).increment(1);
}

fn status(sent: &Result<Response<Body>, EgressError>) -> &'static str {
    match sent {
        Ok(answer) => match answer.status().as_u16() / 100 {
            1 => "1xx",
            2 => "2xx",
            3 => "3xx",
            4 => "4xx",
            5 => "5xx",
            _ => OTHER,
        },
        Err(error) => match error {
            EgressError::Denied(_) => "denied",
            EgressError::Dns(_) => "dns",
            EgressError::Connect(_) => "connect",
            EgressError::Tls(_) => "tls",
            EgressError::ConnectTimedOut | EgressError::AnswerTimedOut => "timeout",
            EgressError::Invalid(_) | EgressError::UnfitSecret(_) => "invalid",
            EgressError::Broken(_) => "broken",
            EgressError::HeadTooLarge { .. } | EgressError::Encoded(_) => "refused",
        },
    }
}
