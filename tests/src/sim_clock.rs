//! A clock that stands still until a test moves it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use taskbox::domain::Timestamp;
use taskbox::ports::Clock;
use tokio::sync::Notify;

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
