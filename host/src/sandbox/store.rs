//! Opens the store of one attempt, every limit set.

use wasmtime::{Engine, Store, StoreContextMut, UpdateDeadline};

use super::state::{AttemptState, HANDLES_MAX, Setup};

/// Ticks until a guest first lets others run: the first may come at once, so it has one of its own at least.
///
/// An attempt that takes less is never interrupted. If it were, of a thousand queued ones every second or third would
/// stand half done in a slot of its own until all others had begun, and each such slot costs memory that is not warm.
const TICKS_AT_FIRST: u64 = 2;

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
    store.set_epoch_deadline(TICKS_AT_FIRST);
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;
    use wasmtime::{Instance, Module};

    use super::*;
    use crate::sandbox::engine::{self, MODULE_OF_ONE_FUNCTION};

    #[tokio::test]
    async fn a_guest_has_a_whole_tick_before_it_lets_others_run() {
        let engine = engine::for_compiling(false).unwrap();
        let module = Module::new(&engine, MODULE_OF_ONE_FUNCTION).unwrap();
        let setup = Setup { timeout: Duration::from_secs(60), ..Setup::of_no_job() };
        let mut store = open(&engine, setup);
        let instance = Instance::new_async(&mut store, &module, &[]).await.unwrap();
        let work = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
        for runs_through in [true, false, false] {
            engine.increment_epoch();
            assert_eq!(work.call_async(&mut store, ()).now_or_never().is_some(), runs_through);
        }
    }
}
