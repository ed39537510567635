//! Errors of the client, as errors for the plugin's author.
//!
//! They are distinguished by their types and kinds along the chain of causes, never by their text, and shown by
//! their root cause, without the URL: its query may carry what no log should.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use hyper_util::client::legacy;

use super::budget::{BUFFER_BYTES_MAX, BudgetSpent, OVERHEAD_BYTES_MAX};
use super::connecting::ConnectTimedOut;
use super::lookup::NoAddress;
use crate::domain::PluginName;
use crate::domain::egress_policy::{Denial, RefusedAddress, Scheme, Target};
use crate::ports::{BodyError, EgressError};

/// Why no answer came.
pub(super) fn send_error(plugin: &PluginName, target: &Target, error: &legacy::Error) -> EgressError {
    let origin = target.origin();
    if let Some(refused) = cause::<RefusedAddress>(error) {
        let denial = Denial::of_address(plugin, &origin.host().to_string(), refused);
        return EgressError::Denied(denial.to_string());
    }
    if let Some(error) = cause::<NoAddress>(error) {
        return EgressError::Dns(error.to_string());
    }
    if let Some(limit_bytes) = passed_head_limit(error) {
        return EgressError::HeadTooLarge { limit_bytes };
    }
    let text = format!("{origin}: {}", root(error));
    if cause::<ConnectTimedOut>(error).is_some() || (error.is_connect() && is_timeout(error)) {
        EgressError::ConnectTimedOut
    } else if error.is_connect() && origin.scheme() == Scheme::Https && is_handshake(error) {
        EgressError::Tls(text)
    } else if error.is_connect() {
        EgressError::Connect(text)
    } else {
        EgressError::Broken(text)
    }
}

/// Why a body ended before its end.
pub(super) fn body_error(error: &hyper::Error) -> BodyError {
    match cause::<BudgetSpent>(error) {
        Some(_) => BodyError::TooMuchFraming { limit_bytes: OVERHEAD_BYTES_MAX.into() },
        None => BodyError::Broken(root(error).to_string()),
    }
}

/// The limit that a head passed, alone or with the interim answers before it.
fn passed_head_limit(error: &legacy::Error) -> Option<u64> {
    if cause::<BudgetSpent>(error).is_some() {
        return Some(OVERHEAD_BYTES_MAX.into());
    }
    let too_large = cause::<hyper::Error>(error).is_some_and(hyper::Error::is_parse_too_large);
    too_large.then_some(BUFFER_BYTES_MAX as u64)
}

fn is_timeout(error: &legacy::Error) -> bool {
    io_errors(error).any(|error| error.kind() == ErrorKind::TimedOut)
}

/// Whether the connection stood and only the handshake failed. The TLS library reports its own errors as
/// I/O errors of these kinds that no number of the operating system stands behind.
fn is_handshake(error: &legacy::Error) -> bool {
    io_errors(error).any(|error| {
        error.raw_os_error().is_none()
            && matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
    })
}

fn io_errors(error: &legacy::Error) -> impl Iterator<Item = &io::Error> {
    causes(error).filter_map(|cause| cause.downcast_ref())
}

fn cause<E: Error + 'static>(error: &dyn Error) -> Option<&E> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn root<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    causes(error).last().unwrap_or(error)
}

fn causes(error: &dyn Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(error.source(), |&cause| match cause.downcast_ref::<io::Error>() {
        // An I/O error calls the cause of its cause its source, and so hides the one that it wraps.
        Some(wrapper) => wrapper.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => cause.source(),
    })
}
