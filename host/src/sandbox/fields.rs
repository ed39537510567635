//! Header fields that a guest keeps in the host: counted over all requests and responses, ended beyond.
//!
//! They lie in the host's memory, where the guest's memory limit does not see them. wasi-http bounds each
//! set of fields alone, and a guest can hold hundreds of sets.

use http::HeaderMap;
use wasmtime::component::ResourceTable;
use wasmtime_wasi_http::FieldMap;
use wasmtime_wasi_http::p2::types::{HostIncomingResponse, HostOutgoingRequest};

use crate::domain::ByteSize;

/// Fields of one request or response: four times what most servers take.
pub(super) const SET_BYTES_MAX: usize = 32 * 1024;

/// Fields of all sets of an attempt together.
pub(super) const BYTES_MAX: ByteSize = ByteSize::mib(1);

/// After so many calls into wasi-http the fields are counted: one call adds one set at most.
const COUNT_EVERY: u32 = 16;

/// What a field costs beside its bytes.
const FIELD_BYTES: usize = 64;

/// Ends an attempt that keeps too many header fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("keeps too many header fields")]
pub(super) struct TooManyFields;

/// Counts the fields of one attempt.
#[derive(Default)]
pub(super) struct FieldMeter {
    calls: u32,
    is_over: bool,
}

impl FieldMeter {
    /// Takes note of a call into wasi-http, which may add fields to the table.
    pub(super) fn called(&mut self, table: &mut ResourceTable) {
        self.calls = self.calls.wrapping_add(1);
        if self.calls.is_multiple_of(COUNT_EVERY) {
            self.is_over = bytes_in(table) > BYTES_MAX.as_usize();
        }
    }

    /// How large the next set of fields may become.
    pub(super) fn room(&self) -> usize {
        if self.is_over { 0 } else { SET_BYTES_MAX }
    }

    /// Fails when there are too many.
    pub(super) fn check(&self) -> Result<(), TooManyFields> {
        if self.is_over { Err(TooManyFields) } else { Ok(()) }
    }
}

fn bytes_in(table: &mut ResourceTable) -> usize {
    let sets = table.iter_mut().filter_map(|entry| {
        let fields = entry.downcast_ref::<FieldMap>();
        let request = || entry.downcast_ref().map(|request: &HostOutgoingRequest| &request.headers);
        let response = || entry.downcast_ref().map(|response: &HostIncomingResponse| &response.headers);
        fields.or_else(request).or_else(response).map(|fields| bytes_of(fields))
    });
    sets.sum()
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
    use crate::sandbox::http::Outbound;
    use crate::sandbox::nobody::Nobody;
    use crate::sandbox::output::GuestOutput;

    fn set() -> FieldMap {
        let output = GuestOutput::new(Arc::new(Nobody), ByteSize::mib(1));
        let mut hooks = Outbound::new(None, &Limits::default(), &output, Arc::default());
        let long = "x".repeat(30_000).parse().unwrap();
        FieldMap::new_immutable(&mut hooks, HeaderMap::from_iter([(http::header::ACCEPT, long)]))
    }

    #[test]
    fn all_sets_together_have_a_bound_and_one_that_is_dropped_no_longer_counts() {
        let (mut table, mut meter) = (ResourceTable::new(), FieldMeter::default());
        let mut held: Vec<_> = (0..34).map(|_| table.push(set()).unwrap()).collect();
        let mut count = |table: &mut ResourceTable| {
            (0..COUNT_EVERY).for_each(|_| meter.called(table));
            (meter.check(), meter.room())
        };
        assert_eq!(count(&mut table), (Ok(()), SET_BYTES_MAX));
        held.push(table.push(set()).unwrap());
        assert_eq!(count(&mut table), (Err(TooManyFields), 0));
        table.delete(held.pop().unwrap()).unwrap();
        assert_eq!(count(&mut table), (Ok(()), SET_BYTES_MAX));
    }
}
