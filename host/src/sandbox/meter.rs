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
        let running_ns = match self.polled_since_ns.load(Ordering::Relaxed) {
            0 => 0,
            since => self.now_ns().saturating_sub(since),
        };
        Duration::from_nanos(self.spent_ns.load(Ordering::Relaxed).saturating_add(running_ns))
    }

    fn begin(&self) {
        self.polled_since_ns.store(self.now_ns(), Ordering::Relaxed);
    }

    fn end(&self) {
        let since = self.polled_since_ns.swap(0, Ordering::Relaxed);
        self.spent_ns.fetch_add(self.now_ns().saturating_sub(since), Ordering::Relaxed);
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
        self.meter.begin();
        let poll = self.inner.as_mut().poll(context);
        self.meter.end();
        poll
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spin(time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    #[tokio::test]
    async fn waiting_is_not_charged_and_computing_is() {
        let meter = CpuMeter::new();
        let work = async {
            tokio::time::sleep(Duration::from_millis(80)).await;
            spin(Duration::from_millis(10));
        };
        Metered::new(Arc::clone(&meter), work).await;
        assert!(meter.spent() >= Duration::from_millis(10), "{:?}", meter.spent());
        assert!(meter.spent() < Duration::from_millis(70), "{:?}", meter.spent());
    }
}
