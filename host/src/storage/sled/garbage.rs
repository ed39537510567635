//! Frees what sled has replaced.
//!
//! sled replaces a page of its tree by a copy at every write, some 4 KiB for each row of a large batch, and
//! leaves the old page to the collector that it shares with other users of `crossbeam-epoch`. That one frees
//! a few pages at some of the operations that follow, so what a batch left behind would stay until thousands of
//! others had come. Therefore whoever has written also collects, and again when it rests.

use std::hint::black_box;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Writes whose pages one round frees: it takes 512 things at most, and a write leaves up to four.
const WRITES_PER_ROUND: usize = 128;

/// Rounds until the collector knows that no reader has the old pages any more.
const ROUNDS_MIN: usize = 3;

/// Time without a write after which memory is given back: longer than the second for which the allocator keeps what
/// was freed (`MIMALLOC_PURGE_DELAY`).
const REST: Duration = Duration::from_millis(1_500);

/// Number of times that it is given back: first the pages that a reader held at the end of the last write are freed,
/// then the allocator has kept them for long enough.
const RESTS: u32 = 2;

/// Writes whose pages may be left when a reader held them at the end of each write.
const WRITES_LEFT_MAX: usize = 100_000;

/// Frees the pages that so many writes of this thread have replaced, except those that a reader still has.
pub fn collect(writes: usize) {
    for _ in 0..ROUNDS_MIN + writes / WRITES_PER_ROUND {
        crossbeam_epoch::pin().flush();
    }
}

/// The rest of a writer after its last write.
#[derive(Default)]
pub struct Rest {
    /// Time at which memory is given back, and how many more times.
    next: Option<(Instant, u32)>,
}

impl Rest {
    /// The rest after a write that has just ended.
    pub fn begin() -> Self {
        Self::with(RESTS)
    }

    fn with(left: u32) -> Self {
        Self { next: (left > 0).then(|| (Instant::now() + REST, left)) }
    }

    /// Time until memory is given back; `None` if it has been.
    pub fn remaining(&self) -> Option<Duration> {
        self.next.map(|(at, _)| at.saturating_duration_since(Instant::now()))
    }

    /// Gives memory back if it is time.
    pub fn go_on(&mut self) {
        if let Some((at, left)) = self.next
            && at <= Instant::now()
        {
            give_back();
            *self = Self::with(left - 1);
        }
    }
}

/// Frees what is left of replaced pages, and makes the allocator return to the system what has been free for a while.
///
/// The allocator does the latter when it happens to free a page of its own, and may miss the time for it (mimalloc
/// 3.3, `mi_arenas_try_purge`); at the end of a thread it always looks. A large batch would else stay in the memory
/// of a host at rest for hours.
fn give_back() {
    collect(WRITES_LEFT_MAX);
    let ends = thread::Builder::new().name("give-back".to_owned()).spawn(|| drop(black_box(Box::new(0_u8))));
    // Without a thread, memory stays for the next time.
    let _ = ends.map(JoinHandle::join);
}
