//! Write a Taskbox plugin in Rust.
//!
//! A plugin is a WebAssembly component that offers one or more tasks. A task is a function of a [`Job`] and an input.
//!
//! ```
//! use schemars::JsonSchema;
//! use serde::{Deserialize, Serialize};
//! use taskbox_task::{Job, TaskError, task};
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Input {
//!     name: String,
//! }
//!
//! #[derive(Serialize, JsonSchema)]
//! struct Output {
//!     greeting: String,
//! }
//!
//! /// Greets a person by name.
//! #[task(max_attempts = 3, timeout = "30s")]
//! fn greet(job: &Job, input: Input) -> Result<Output, TaskError> {
//!     if input.name.is_empty() {
//!         return Err(TaskError::permanent("a greeting needs a name"));
//!     }
//!     job.progress(1, 1, "Greeted");
//!     Ok(Output { greeting: format!("Hello, {}", input.name) })
//! }
//!
//! taskbox_task::plugin!(greet);
//! ```
//!
//! The crate of a plugin has `crate-type = ["cdylib"]` and is built with
//! `cargo build --release --target wasm32-wasip2`. The JSON Schemas of a task come from its types, and its description from
//! the doc comment.
//!
//! | To | Use |
//! |---|---|
//! | do something once, however often a job is tried | [`Job::step`] |
//! | send requests | [`Job::http`] |
//! | read what the operator granted | [`Job::config`], [`Job::secret`] |
//! | show how far it is | [`Job::progress`], [`Job::info`] |
//! | stop when it is cancelled | [`Job::stop_if_cancelled`] |
//! | read the results of the jobs before it | [`Job::parents`] |
//! | submit jobs, and wait for them | [`Job::submit`], [`Job::wait_for_jobs`] |
//! | wait for an external event | [`Job::wait_for`] |
//! | decide what follows from a failure | [`TaskError`], [`OrFail`] |
//! | test a task | [`Job::for_test`] |
//!
//! On other targets than WebAssembly everything compiles as well, so that plain `cargo test` tests a task by
//! [`Job::for_test`].

pub mod http;
pub mod testing;

mod error;
mod host;
mod job;
mod job_result;
mod names;
mod or_fail;
mod plugin;
mod schema;
mod task;

#[doc(hidden)]
pub mod component;

pub use error::TaskError;
pub use job::{Job, Level};
pub use job_result::JobResult;
pub use or_fail::OrFail;
pub use plugin::{Plugin, TaskFn};
pub use task::Task;
pub use taskbox_task_macros::task;
#[doc(no_inline)]
pub use {schemars, serde_json};

/// JSON text (RFC 8259).
pub type Json = String;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
