//! The sandbox: the adapter to wasmtime.
