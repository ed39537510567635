//! A small blocking HTTP client, for one request at a time.
//!
//! A sandbox runs one attempt of one job, and may block: the host runs thousands of them side by side. Every request
//! has timeouts, and the host follows no redirects.
//!
//! ```no_run
//! use taskbox_task::{TaskError, http};
//!
//! fn fetch(key: &str) -> Result<String, TaskError> {
//!     let response = http::get("https://api.example.com/things/1").bearer(key).send()?;
//!     match response.status() {
//!         200 => Ok(response.text().into_owned()),
//!         status => Err(TaskError::permanent(format!("unexpected status {status}"))),
//!     }
//! }
//! ```

mod code;
mod error;
mod exchange;
mod request;
mod response;
mod timeouts;
mod url;

pub use error::Error;
pub use request::{Request, get, post};
pub use response::Response;
pub use timeouts::Timeouts;
