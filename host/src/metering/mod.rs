//! What is counted and timed for `/metrics`.
//!
//! [`catalog`] declares every metric; whoever counts names one of it. The handles of a metric are made once, so to count
//! takes no allocation. The number of time series of each metric has a bound: see [`Labelled`].
//!
//! Nothing may be counted before `app` has installed the recorder of the process: that handle would count nothing for
//! ever.

pub mod catalog;
mod label_sets;
mod metric;
mod stopwatch;

pub use label_sets::OTHER;
pub use metric::{Described, Label, Labelled, Single};
pub use stopwatch::Stopwatch;
