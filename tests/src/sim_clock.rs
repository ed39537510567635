//! A clock that stands still until a test moves it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use taskbox::domain::Timestamp;
use taskbox::ports::Clock;
use tokio::sync::Notify;

/// The rounds of [`SimClock::at_rest`] after which something has no end.
const ROUNDS_MAX: usize = 10_000;

/// How often everybody else may go on in one round: more often than anybody goes on between two looks at the clock.
const YIELDS: usize = 100;

/// A clock that only a test moves.
pub struct SimClock {
    now: Mutex<Timestamp>,
    moved: Notify,
    asked: AtomicUsize,
}

impl SimClock {
    /// A clock that stands at this time.
    pub fn at(now: Timestamp) -> Self {
        Self { now: Mutex::new(now), moved: Notify::new(), asked: AtomicUsize::new(0) }
    }

    /// How often somebody asked for the time: nobody does who waits.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Returns when nobody who lives by this clock has anything left to do now: all of them wait, for it to
    /// move or for the test. Only for a runtime of one thread, where everybody else goes on in a yield.
    ///
    /// # Panics
    /// When somebody looks at the clock again and again.
    pub async fn at_rest(&self) {
        for _ in 0..ROUNDS_MAX {
            let asked = self.asked();
            for _ in 0..YIELDS {
                tokio::task::yield_now().await;
            }
            if self.asked() == asked {
                return;
            }
        }
        panic!("somebody looks at the clock again and again");
    }

    /// Moves it forward and wakes whoever waited for that.
    pub fn advance(&self, duration: Duration) {
        {
            let mut now = self.now.lock().expect("no test panics while it holds the clock");
            *now = now.plus(duration);
        }
        self.moved.notify_waiters();
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.now.lock().expect("no test panics while it holds the clock")
    }

    async fn sleep_until(&self, time: Timestamp) {
        loop {
            // Listens before it looks, so that no move is missed between the two.
            let moved = self.moved.notified();
            if self.now() >= time {
                return;
            }
            moved.await;
        }
    }
}
