//! Spans of traces: what a request, an attempt and everything below them took, for OpenTelemetry.
//!
//! Nothing is recorded, and nothing made, unless a recorder is installed, which `app` does if it is to export spans. What
//! is recorded waits in a bounded queue for the exporter; beyond it spans are lost and counted, and nothing else waits.

mod open;
mod place;
mod recorder;
mod span;

pub use open::OpenSpan;
pub use place::Place;
pub use recorder::{Recorded, install, is_on};
pub use span::{Kind, Span};
