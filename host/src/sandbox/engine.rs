//! The wasmtime engine, set for many short lives at once. It never knows what an attempt may do.

use std::num::NonZeroUsize;
use std::sync::Arc;

use wasmtime::{Config, Engine, InstanceAllocationStrategy};

use super::functions::FunctionCache;
use super::pool;
use crate::domain::ByteSize;

/// Stack of one guest's compiled code. An interpreter inside a guest recurses deeper than a plugin in
/// Rust, so this is twice wasmtime's default. It costs address space; only touched pages cost memory.
const WASM_STACK_BYTES: usize = 1024 * 1024;

/// Stack on which a guest and the host functions that it calls run: the guest's part and as much for
/// the host. It costs address space; only touched pages cost memory.
const STACK_BYTES: usize = 2 * WASM_STACK_BYTES;

/// Calls of a guest that a trap notes. They are walked when one happens, and cost nothing before.
const BACKTRACE_FRAMES: Option<NonZeroUsize> = NonZeroUsize::new(64);

/// An engine with a pool for so many attempts, or without a pool where there is no address space for it. Its memories
/// map the images of their initial data, or copy them.
///
/// The pool reserves all its address space when the engine is made, so making it is the probe.
pub(super) fn build(images: bool, attempts: usize, keep_resident: ByteSize) -> wasmtime::Result<Engine> {
    let mut pooled = config(images);
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool::config(attempts, keep_resident)));
    match Engine::new(&pooled) {
        Ok(engine) => Ok(engine),
        Err(error) => {
            tracing::warn!(
                error = %format!("{error:#}"),
                attempts,
                "no address space for a pool of sandboxes; each is allocated on demand, which is slower"
            );
            Engine::new(&config(images))
        }
    }
}

/// An engine that only compiles, for one that was built with [`build`] for images or for copies.
pub(super) fn for_compiling(images: bool) -> wasmtime::Result<Engine> {
    Engine::new(&config(images))
}

/// The same, for a component of whose functions some were compiled before.
pub(super) fn for_compiling_again(images: bool, functions: Arc<FunctionCache>) -> wasmtime::Result<Engine> {
    let mut config = config(images);
    config.enable_incremental_compilation(functions)?;
    Engine::new(&config)
}

/// Everything that decides the compiled code is set here, for both ways to allocate alike, so that
/// code compiled for one runs on the other.
fn config(images: bool) -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        // A plugin of WASI 0.2 exports synchronous functions. The machinery for concurrent calls within
        // one instance costs a third of the rate of fresh sandboxes.
        .concurrency_support(false)
        // Memories beyond 4 GiB would need bounds checks, and no limit allows them.
        .wasm_memory64(false)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(STACK_BYTES)
        .memory_init_cow(images)
        .wasm_backtrace_max_frames(BACKTRACE_FRAMES);
    config
}

/// `(module (func (export "f")))`.
#[cfg(test)]
pub(super) const MODULE_OF_ONE_FUNCTION: &[u8] =
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x07\x05\x01\x01f\0\0\x0a\x04\x01\x02\0\x0b";
