//! A job without a host, for tests in plain `cargo test`, without WebAssembly.
//!
//! [`Job::for_test`](crate::Job::for_test) makes a [`TestJob`]. Its `with_..` methods script what the host would do; afterwards it shows what the
//! task did.
//!
//! ```
//! use serde_json::json;
//! use taskbox_task::testing::Reply;
//! use taskbox_task::{Job, OrFail, TaskError};
//!
//! fn charge(job: &Job, amount: u64) -> Result<String, TaskError> {
//!     job.step("charge", || {
//!         let url = format!("{}/charges", job.config("pay-url")?);
//!         let request = job.http().post(url).bearer(&job.secret("pay-key")?).json(&json!({ "amount": amount }));
//!         let response = request.header("idempotency-key", job.idempotency_key_of("charge")).send()?;
//!         response.error_for_status()?.json().or_permanent("the charge is not understood")
//!     })
//! }
//!
//! let job = Job::for_test()
//!     .with_config("pay-url", "https://pay.test")
//!     .with_secret("pay-key", "<key>")
//!     .with_reply(Reply::post("https://pay.test/charges").status(503));
//! assert_eq!(charge(&job, 500), Err(TaskError::retryable("status 503")));
//!
//! let job = job.next_attempt().with_reply(Reply::post("https://pay.test/charges").status(201).json("ch_1"));
//! assert_eq!(charge(&job, 500), Ok("ch_1".to_owned()));
//! assert_eq!(job.requests()[0].header("idempotency-key"), Some("key-1:charge"));
//! assert_eq!(job.checkpoint("charge"), Some(json!("ch_1")));
//! ```

mod job;
mod reply;
mod script;

pub use job::{Progress, Submission, TestJob};
pub use reply::Reply;
