//! The sandbox: runs plugins in wasmtime, each attempt in an instance of its own.
//!
//! It is the only module that names wasmtime. It must never hand a guest more than its assignment
//! says, and never let one attempt see or slow down another.

mod activity;
mod asynchrony;
mod backtrace;
mod cache;
mod code;
mod compiler;
mod config;
mod contract;
mod describe;
mod ending;
mod engine;
mod engines;
mod fields;
mod fit;
mod functions;
mod host_log;
mod http;
mod http_body;
mod http_error_code;
mod http_errors;
mod http_trace;
mod job;
mod limits;
mod lines;
mod linker;
mod meter;
mod no_job;
mod outcome;
mod output;
mod own_files;
mod panic;
mod pool;
mod profile;
mod run;
mod runner;
mod short;
mod spec;
mod state;
mod stdio;
mod store;
mod surface;
mod ticker;
mod tool;
mod under_way;
mod unread;
mod waits;
mod wall;
mod wanted;
mod weigh;

pub use compiler::{CompileOrder, compile_component};
pub use config::{CompilerConfig, SandboxConfig, SandboxError};
pub use engines::Allocation;
pub use runner::WasmRunner;
