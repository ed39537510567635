//! How long something takes.

use std::time::{Duration, Instant};

use metrics::Histogram;

/// A length of time that began when this was made.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since it began.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Records the time since it began, in seconds.
    pub fn record(self, times: &Histogram) {
        times.record(self.elapsed());
    }
}
