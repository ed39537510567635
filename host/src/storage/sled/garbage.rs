//! Frees what sled has replaced.
//!
//! sled replaces a page of its tree by a copy at every write, some 4 KiB for each row of a large batch, and
//! leaves the old page to the collector that it shares with other users of `crossbeam-epoch`. That one frees
//! a few pages at some of the operations that follow, so what a batch left behind would stay until thousands of
//! others had come. Therefore whoever has written also collects.

/// Writes whose pages one round frees: it takes 512 things at most, and a write leaves up to four.
const WRITES_PER_ROUND: usize = 128;

/// Rounds until the collector knows that nobody reads the old pages any more.
const ROUNDS_MIN: usize = 3;

/// Frees the pages that so many writes of this thread have replaced, except those that somebody still reads.
pub fn collect(writes: usize) {
    for _ in 0..ROUNDS_MIN + writes / WRITES_PER_ROUND {
        crossbeam_epoch::pin().flush();
    }
}
