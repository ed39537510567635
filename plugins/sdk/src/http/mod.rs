//! A small blocking HTTP client, for one request at a time.
//!
//! A sandbox runs one attempt of one job, and may block: the host runs thousands of them side by side. Every request
//! has timeouts, and the host follows no redirects. [`Job::http`](crate::Job::http) returns the client.

mod client;
mod error;
mod request;
mod response;
mod timeouts;
pub(crate) mod url;

pub use client::{Http, RequestBuilder};
pub use error::Error;
pub use request::Request;
pub use response::Response;
pub use timeouts::Timeouts;
