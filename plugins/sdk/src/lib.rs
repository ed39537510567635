//! Write a Taskbox plugin in Rust.
//!
//! A plugin is a WebAssembly component that offers one or more [`Task`]s. The host runs every attempt of a job in a fresh
//! sandbox, so that no memory survives from one run to the next: keep results in a [`checkpoint`].
//!
//! ```
//! use serde::{Deserialize, Serialize};
//! use taskbox_task::{JobContext, Plugin, Task, TaskError};
//!
//! #[derive(Deserialize)]
//! struct Input {
//!     name: String,
//! }
//!
//! #[derive(Serialize)]
//! struct Output {
//!     greeting: String,
//! }
//!
//! fn greet(_job: &JobContext, input: Input) -> Result<Output, TaskError> {
//!     if input.name.is_empty() {
//!         return Err(TaskError::permanent("a greeting needs a name"));
//!     }
//!     Ok(Output { greeting: format!("Hello, {}", input.name) })
//! }
//!
//! struct Greeter;
//!
//! impl Plugin for Greeter {
//!     fn tasks() -> Vec<Task> {
//!         vec![Task::new("greet", greet).description("Greets a person by name")]
//!     }
//! }
//!
//! taskbox_task::export!(Greeter);
//! ```
//!
//! The crate of a plugin has `crate-type = ["cdylib"]` and is built with
//! `cargo build --release --target wasm32-wasip2`.
//!
//! Everything also compiles on other targets, so that plain `cargo test` can test a plugin's own logic; functions that
//! call the host ([`config`], [`events`], [`job`], [`jobs`], [`log`], [`parents`], [`checkpoint`], [`http`]) panic there.

pub mod checkpoint;
pub mod config;
pub mod events;
pub mod http;
pub mod job;
pub mod jobs;
pub mod log;
pub mod parents;

mod context;
mod error;
mod job_result;
mod or_fail;
mod plugin;
mod task;

#[doc(hidden)]
pub mod bindings;

pub use bindings::exports::taskbox::task::task::{JobContext, TaskSpec};
pub use error::TaskError;
pub use job_result::JobResult;
pub use or_fail::OrFail;
#[doc(hidden)]
pub use plugin::Exported;
pub use plugin::Plugin;
pub use task::Task;

/// JSON text (RFC 8259).
pub type Json = String;
