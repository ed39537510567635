//! The one file that reads the clock.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;

use crate::domain::Timestamp;
use crate::ports::{Clock, StorageResult};

/// The longest single sleep, so that a clock that steps is noticed soon.
const SLEEP_MAX: Duration = Duration::from_secs(60);

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    async fn sleep_until(&self, time: Timestamp) {
        loop {
            let left = time.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(SLEEP_MAX)).await;
        }
    }
}

/// The clock of storage: another clock, moved by its offset to storage. All hosts of one storage then agree on the time.
pub struct StorageClock {
    clock: Arc<dyn Clock>,
    /// Milliseconds by which storage is ahead.
    ahead: i64,
}

impl StorageClock {
    /// Measures the offset by one read of storage's time, to half the duration of the read. A storage without a clock has
    /// no offset.
    pub async fn measure(
        clock: Arc<dyn Clock>,
        read: impl Future<Output = StorageResult<Option<Timestamp>>>,
    ) -> StorageResult<Self> {
        let before = clock.now().as_millis();
        let stored = read.await?;
        let between = before.midpoint(clock.now().as_millis());
        let ahead =
            stored.map_or(0, |time| time.as_millis().cast_signed().wrapping_sub(between.cast_signed()));
        Ok(Self { clock, ahead })
    }
}

#[async_trait]
impl Clock for StorageClock {
    fn now(&self) -> Timestamp {
        moved(self.clock.now(), self.ahead)
    }

    async fn sleep_until(&self, time: Timestamp) {
        self.clock.sleep_until(moved(time, self.ahead.saturating_neg())).await;
    }
}

fn moved(time: Timestamp, by: i64) -> Timestamp {
    Timestamp::from_millis(time.as_millis().saturating_add_signed(by))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    /// A clock that stands still, and waits by moving to the time.
    #[derive(Default)]
    struct Standing(AtomicU64);

    #[async_trait]
    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            Timestamp::from_millis(self.0.load(Ordering::SeqCst))
        }

        async fn sleep_until(&self, time: Timestamp) {
            self.0.store(time.as_millis(), Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn a_host_whose_clock_is_off_has_the_time_of_storage() {
        for stored in [10_500, 9_500] {
            let here = Arc::new(Standing(AtomicU64::new(9_950)));
            let read = async {
                // The read takes 100 ms.
                here.0.store(10_050, Ordering::SeqCst);
                Ok(Some(Timestamp::from_millis(stored)))
            };
            let clock = StorageClock::measure(here.clone(), read).await.unwrap();
            assert_eq!(clock.now(), Timestamp::from_millis(stored + 50));
            clock.sleep_until(Timestamp::from_millis(stored + 1_000)).await;
            assert_eq!(here.now(), Timestamp::from_millis(11_000), "its own time");
            assert_eq!(clock.now(), Timestamp::from_millis(stored + 1_000));
        }
    }

    #[tokio::test]
    async fn storage_without_a_clock_moves_none() {
        let here = Arc::new(Standing(AtomicU64::new(7)));
        let clock = StorageClock::measure(here, async { Ok(None) }).await.unwrap();
        assert_eq!(clock.now(), Timestamp::from_millis(7));
    }
}
