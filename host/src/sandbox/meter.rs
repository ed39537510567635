//! The CPU time of one attempt, as the time during which its future was being polled.
//!
//! A guest that waits is not polled, and a guest that yielded is not polled either, so neither is
//! charged: counting epoch ticks would charge a whole tick to a guest that merely woke up.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// Counts the time of one attempt. Only one thread polls an attempt at a time, and tokio orders one
/// poll before the next, so the two counters need no ordering of their own.
pub(super) struct CpuMeter {
    origin: Instant,
    /// Time of the polls that are over.
    spent_ns: AtomicU64,
    /// When the present poll began, in nanoseconds since `origin`; 0 between polls.
    polled_since_ns: AtomicU64,
}

impl CpuMeter {
    pub(super) fn new() -> Arc<Self> {
        let origin = Instant::now();
        Arc::new(Self { origin, spent_ns: AtomicU64::new(0), polled_since_ns: AtomicU64::new(0) })
    }

    /// The time so far, that of the present poll included.
    pub(super) fn spent(&self) -> Duration {
        Duration::from_nanos(self.spent_ns_at(self.now_ns()))
    }

    fn spent_ns_at(&self, now_ns: u64) -> u64 {
        let running_ns = match self.polled_since_ns.load(Ordering::Relaxed) {
            0 => 0,
            since => now_ns.saturating_sub(since),
        };
        self.spent_ns.load(Ordering::Relaxed).saturating_add(running_ns)
    }

    fn begin(&self, now_ns: u64) {
        self.polled_since_ns.store(now_ns, Ordering::Relaxed);
    }

    fn end(&self, now_ns: u64) {
        let since = self.polled_since_ns.swap(0, Ordering::Relaxed);
        self.spent_ns.fetch_add(now_ns.saturating_sub(since), Ordering::Relaxed);
    }

    /// Never 0, which means "between polls".
    fn now_ns(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
    }
}

/// A future whose polls are charged to a meter.
pub(super) struct Metered<F> {
    meter: Arc<CpuMeter>,
    inner: Pin<Box<F>>,
}

impl<F: Future> Metered<F> {
    pub(super) fn new(meter: Arc<CpuMeter>, inner: F) -> Self {
        Self { meter, inner: Box::pin(inner) }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.meter.begin(self.meter.now_ns());
        let poll = self.inner.as_mut().poll(context);
        self.meter.end(self.meter.now_ns());
        poll
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures::FutureExt;

    use super::*;

    #[test]
    fn waiting_is_not_charged_and_computing_is_while_it_lasts() {
        let meter = CpuMeter::new();
        meter.begin(10);
        assert_eq!(meter.spent_ns_at(15), 5, "in the middle of a poll");
        meter.end(20);
        assert_eq!(meter.spent_ns_at(1_000), 10, "between two polls");
        meter.begin(1_000);
        meter.end(1_007);
        assert_eq!(meter.spent_ns_at(9_000), 17);
    }

    #[test]
    fn the_meter_runs_in_each_poll_and_in_none_between() {
        let meter = CpuMeter::new();
        let runs = |meter: &CpuMeter| meter.polled_since_ns.load(Ordering::Relaxed) > 0;
        let (seen, mut polls) = (Arc::clone(&meter), 0);
        let work = poll_fn(move |_| {
            assert!(runs(&seen));
            polls += 1;
            if polls < 3 { Poll::Pending } else { Poll::Ready(()) }
        });
        let mut metered = Metered::new(Arc::clone(&meter), work);
        for is_last in [false, false, true] {
            assert_eq!((&mut metered).now_or_never().is_some(), is_last);
            assert!(!runs(&meter));
        }
    }
}
