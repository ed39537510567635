//! Header fields and other texts of requests that a guest keeps in the host: counted over all requests and
//! responses, ended beyond.
//!
//! They lie in the host's memory, where the guest's memory limit does not see them. wasi-http bounds each
//! set of fields alone, a method and an authority not at all, and a guest can hold hundreds of requests.

use http::HeaderMap;
use wasmtime::component::ResourceTable;
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::bindings::http::types::{Method, Scheme};
use wasmtime_wasi_http::p2::body::HostFutureTrailers;
use wasmtime_wasi_http::p2::types::{HostIncomingResponse, HostOutgoingRequest, HostOutgoingResponse};

use crate::domain::ByteSize;

/// Fields of one request or response: four times what most servers take.
pub(super) const SET_BYTES_MAX: usize = 32 * 1024;

/// What all requests and responses of an attempt keep together.
pub(super) const BYTES_MAX: ByteSize = ByteSize::mib(1);

/// What a field costs beside its bytes.
const FIELD_BYTES: usize = 64;

/// Ends an attempt that keeps too much of requests and responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("keeps too many header fields")]
pub(super) struct TooManyFields;

/// Counts what one attempt keeps.
#[derive(Default)]
pub(super) struct FieldMeter {
    is_over: bool,
}

impl FieldMeter {
    /// Counts, at a call into wasi-http, what the calls before it left in the table, beside `under_way` bytes of
    /// requests that are being sent. At every call: one alone can add as much as a result may have.
    pub(super) fn called(&mut self, table: &mut ResourceTable, under_way: usize) {
        self.is_over = bytes_in(table).saturating_add(under_way) > BYTES_MAX.as_usize();
    }

    /// How large the next set of fields may become.
    pub(super) fn room(&self) -> usize {
        if self.is_over { 0 } else { SET_BYTES_MAX }
    }

    /// Fails when it is too much.
    pub(super) fn check(&self) -> Result<(), TooManyFields> {
        if self.is_over { Err(TooManyFields) } else { Ok(()) }
    }
}

fn bytes_in(table: &mut ResourceTable) -> usize {
    let kept = table.iter_mut().map(|entry| {
        if let Some(fields) = entry.downcast_ref::<FieldMap>() {
            bytes_of(fields)
        } else if let Some(request) = entry.downcast_ref::<HostOutgoingRequest>() {
            bytes_of_request(request)
        } else if let Some(response) = entry.downcast_ref::<HostIncomingResponse>() {
            bytes_of(&response.headers)
        } else if let Some(HostFutureTrailers::Done(Ok(Some(trailers)))) = entry.downcast_ref() {
            bytes_of(trailers)
        } else if let Some(response) = entry.downcast_ref::<HostOutgoingResponse>() {
            bytes_of(&response.headers)
        } else {
            0
        }
    });
    kept.sum()
}

fn bytes_of_request(request: &HostOutgoingRequest) -> usize {
    let method = match &request.method {
        Method::Other(name) => name.len(),
        _ => 0,
    };
    let scheme = match &request.scheme {
        Some(Scheme::Other(name)) => name.len(),
        _ => 0,
    };
    let url = [&request.authority, &request.path_with_query].into_iter().flatten().map(String::len);
    method + scheme + url.sum::<usize>() + bytes_of(&request.headers)
}

/// Bytes that the head of a request that is being sent takes up in memory, about.
pub(super) fn bytes_of_head<B>(request: &http::Request<B>) -> usize {
    let uri = request.uri();
    let authority = uri.authority().map_or(0, |authority| authority.as_str().len());
    let path = uri.path_and_query().map_or(0, |path| path.as_str().len());
    request.method().as_str().len() + authority + path + bytes_of(request.headers())
}

/// What a set of fields takes up in memory, about.
pub(super) fn bytes_of(fields: &HeaderMap) -> usize {
    fields.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD_BYTES).sum()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::Limits;
    use crate::sandbox::activity::LastActivity;
    use crate::sandbox::http::Outbound;
    use crate::sandbox::output::GuestOutput;

    fn map() -> HeaderMap {
        HeaderMap::from_iter([(http::header::ACCEPT, "x".repeat(30_000).parse().unwrap())])
    }

    fn set() -> FieldMap {
        let output = GuestOutput::new(|_: &str| (), ByteSize::mib(1));
        let mut hooks =
            Outbound::new(None, &Limits::default(), &output, &LastActivity::default(), Arc::default());
        FieldMap::new_immutable(&mut hooks, map())
    }

    fn request() -> HostOutgoingRequest {
        let (method, headers) = (Method::Get, FieldMap::default());
        HostOutgoingRequest {
            method,
            headers,
            scheme: None,
            authority: None,
            path_with_query: None,
            body: None,
        }
    }

    /// The error at the next call of a guest that keeps so many of these.
    fn said_of<T: Send + 'static>(count: usize, entry: impl Fn() -> T) -> Result<(), TooManyFields> {
        let (mut table, mut meter) = (ResourceTable::new(), FieldMeter::default());
        for _ in 0..count {
            table.push(entry()).unwrap();
        }
        meter.called(&mut table, 0);
        meter.check()
    }

    #[test]
    fn all_sets_together_have_a_bound_and_one_that_is_dropped_no_longer_counts() {
        let (mut table, mut meter) = (ResourceTable::new(), FieldMeter::default());
        let mut held: Vec<_> = (0..34).map(|_| table.push(set()).unwrap()).collect();
        let mut count = |table: &mut ResourceTable| {
            meter.called(table, 0);
            (meter.check(), meter.room())
        };
        assert_eq!(count(&mut table), (Ok(()), SET_BYTES_MAX));
        held.push(table.push(set()).unwrap());
        assert_eq!(count(&mut table), (Err(TooManyFields), 0));
        table.delete(held.pop().unwrap()).unwrap();
        assert_eq!(count(&mut table), (Ok(()), SET_BYTES_MAX));
    }

    #[test]
    fn every_text_of_a_request_counts_from_the_next_call_on() {
        let text = || "x".repeat(BYTES_MAX.as_usize() + 1);
        assert_eq!(said_of(1, request), Ok(()));
        let method = || HostOutgoingRequest { method: Method::Other(text()), ..request() };
        let scheme = || HostOutgoingRequest { scheme: Some(Scheme::Other(text())), ..request() };
        let authority = || HostOutgoingRequest { authority: Some(text()), ..request() };
        let path = || HostOutgoingRequest { path_with_query: Some(text()), ..request() };
        assert_eq!(said_of(1, method), Err(TooManyFields));
        assert_eq!(said_of(1, scheme), Err(TooManyFields));
        assert_eq!(said_of(1, authority), Err(TooManyFields));
        assert_eq!(said_of(1, path), Err(TooManyFields));
    }

    #[test]
    fn fields_count_wherever_they_lie() {
        let sent = || HostOutgoingRequest { headers: set(), ..request() };
        let received = || HostIncomingResponse { status: 200, headers: set(), body: None };
        let made = || HostOutgoingResponse { status: http::StatusCode::OK, headers: set(), body: None };
        let trailers = || HostFutureTrailers::Done(Ok(Some(map())));
        assert_eq!(said_of(35, sent), Err(TooManyFields));
        assert_eq!(said_of(35, received), Err(TooManyFields));
        assert_eq!(said_of(35, made), Err(TooManyFields));
        assert_eq!(said_of(35, trailers), Err(TooManyFields));
    }

    #[test]
    fn what_is_being_sent_counts_beside_what_is_kept() {
        let (mut table, mut meter) = (ResourceTable::new(), FieldMeter::default());
        table.push(set()).unwrap();
        meter.called(&mut table, BYTES_MAX.as_usize());
        assert_eq!(meter.check(), Err(TooManyFields));
        meter.called(&mut table, 0);
        assert_eq!(meter.check(), Ok(()));
    }
}
