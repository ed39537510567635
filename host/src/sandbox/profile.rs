//! The profile of an attempt, in the form of the Firefox profiler: the guest's stack at every tick at which it computes.

use std::time::Duration;

use wasmtime::component::Component;
use wasmtime::{AsContext, GuestProfiler};

/// Collects the profile of one attempt.
pub(super) struct Profiler {
    guest: GuestProfiler,
    /// CPU time up to the latest sample.
    spent: Duration,
}

impl Profiler {
    /// Begins the profile of an attempt under this name, with a sample every `tick`.
    pub(super) fn begin(component: &Component, name: &str, tick: Duration) -> wasmtime::Result<Self> {
        let guest = GuestProfiler::new_component(component.engine(), name, tick, component.clone(), [])?;
        Ok(Self { guest, spent: Duration::ZERO })
    }

    /// Takes a sample of a guest that has spent so much CPU time.
    pub(super) fn sample(&mut self, store: impl AsContext, spent: Duration) {
        self.guest.sample(store, spent.saturating_sub(self.spent));
        self.spent = spent;
    }

    /// Ends the profile.
    pub(super) fn finish(self) -> wasmtime::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.guest.finish(&mut bytes)?;
        Ok(bytes)
    }
}
