//! The minimum rate of a body. Its request holds memory that others wait for, so that its time is bounded, however
//! small its parts are.

use std::pin::Pin;
use std::time::Duration;

use tokio::time::{Sleep, sleep, timeout};

/// The least number of bytes per second after `patience`.
const BYTES_PER_SECOND_MIN: u32 = 64 * 1024;

/// The body arrived too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooSlow;

/// The remaining time for a body.
pub(super) struct Pace {
    /// The longest silence of the client, and the time for an empty body.
    patience: Duration,
    over: Pin<Box<Sleep>>,
    /// Bytes that are not yet added to the time. Most bodies arrive at once and need no timer.
    came: usize,
}

impl Pace {
    /// Starts the time.
    pub(super) fn new(patience: Duration) -> Self {
        Self { patience, over: Box::pin(sleep(patience)), came: 0 }
    }

    /// Adds the time that these bytes give to those behind them.
    pub(super) fn came(&mut self, bytes: usize) {
        self.came += bytes;
    }

    /// Waits for the next part, as long as there is time.
    pub(super) async fn wait_for<T>(&mut self, part: impl Future<Output = T>) -> Result<T, TooSlow> {
        let part = timeout(self.patience, part);
        tokio::select! {
            biased;
            part = part => part.map_err(|_| TooSlow),
            () = over(&mut self.over, &mut self.came) => Err(TooSlow),
        }
    }
}

async fn over(sleep: &mut Pin<Box<Sleep>>, came: &mut usize) {
    let came = std::mem::take(came);
    if came > 0 {
        let more = Duration::from_secs_f64(came as f64 / f64::from(BYTES_PER_SECOND_MIN));
        let until = sleep.deadline() + more;
        sleep.as_mut().reset(until);
    }
    sleep.as_mut().await;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number of parts of so many bytes that come, one in each period.
    async fn parts(patience: Duration, bytes: usize, every: Duration, most: usize) -> usize {
        let mut pace = Pace::new(patience);
        for part in 0..most {
            if pace.wait_for(sleep(every)).await.is_err() {
                return part;
            }
            pace.came(bytes);
        }
        most
    }

    #[tokio::test]
    async fn a_body_that_never_pauses_for_long_is_over_after_the_clients_patience() {
        let (patience, every) = (Duration::from_millis(300), Duration::from_millis(10));
        let dribbled = parts(patience, 1, every, 10_000).await;
        assert!((1..=30).contains(&dribbled), "{dribbled}");
        assert_eq!(parts(patience, 1, Duration::from_secs(3_600), 9).await, 0, "nor may it pause for long");
    }

    #[tokio::test]
    async fn a_body_that_comes_fast_enough_may_take_much_longer() {
        let (patience, every) = (Duration::from_millis(300), Duration::from_millis(10));
        // A quarter of a second of time for each part, so a slow machine gets on too.
        assert_eq!(parts(patience, 16 * 1024, every, 100).await, 100);
    }
}
