//! Opens the store of one attempt, every limit set.

use wasmtime::{Engine, Store, StoreContextMut, UpdateDeadline};

use super::state::{AttemptState, HANDLES_MAX, Setup};

/// Ends an attempt that used all its CPU time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("used all of its CPU time")]
pub(super) struct CpuTimeOver;

/// A fresh store.
pub(super) fn open(engine: &Engine, setup: Setup) -> Store<AttemptState> {
    let hostcall_bytes = setup.hostcall_bytes;
    let mut store = Store::new(engine, AttemptState::new(setup));
    store.limiter(|state| &mut state.bounds);
    store.set_hostcall_fuel(hostcall_bytes);
    store.set_max_component_handles(HANDLES_MAX);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store| {
        sample(&mut store);
        let state = store.data();
        if state.meter.spent() >= state.limits.cpu {
            return Err(CpuTimeOver.into());
        }
        state.wall.check()?;
        state.fields.check()?;
        // To yield at every tick is what keeps a spinning guest from starving the others, and what
        // lets its deadline and its stop be seen at all.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
    store
}

/// Takes a sample of a guest that is profiled.
fn sample(store: &mut StoreContextMut<'_, AttemptState>) {
    if let Some(mut profiler) = store.data_mut().profiler.take() {
        let spent = store.data().meter.spent();
        profiler.sample(&mut *store, spent);
        store.data_mut().profiler = Some(profiler);
    }
}
