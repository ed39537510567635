//! The epoch of an engine: one thread for all attempts, never one per attempt.

use std::io;
use std::thread;
use std::time::Duration;

use wasmtime::Engine;

/// Time that a guest computes before it lets others run, up to twice as long at first, and the precision of CPU limits.
/// Shorter would wake an idle host more often; longer would let a spinning guest hold a core for longer.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// The same where attempts are profiled: the time between two samples.
pub(super) const TICK_PROFILED: Duration = Duration::from_millis(1);

/// Moves the epoch of the engine at every tick until the engine is gone.
///
/// The thread holds the engine weakly, so it needs no stop flag and keeps nothing alive.
pub(super) fn start(engine: &Engine, tick: Duration) -> io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new().name("taskbox-epochs".into()).spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(tick);
        }
    })?;
    Ok(())
}
