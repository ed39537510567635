//! What requests under way keep in the host: their heads while they are sent, and those of their answers until
//! the guest takes them. Neither is in the table of the attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The bytes of all heads under way of one attempt; its clones are the same sum.
#[derive(Clone, Default)]
pub(super) struct HeadsUnderWay(Arc<AtomicUsize>);

impl HeadsUnderWay {
    /// Counts one more head, until what is returned is dropped.
    pub(super) fn begin(&self, bytes: usize) -> HeadUnderWay {
        self.0.fetch_add(bytes, Ordering::Relaxed);
        HeadUnderWay { all: self.clone(), bytes }
    }

    /// All of them together.
    pub(super) fn bytes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// A head that is counted.
pub(super) struct HeadUnderWay {
    all: HeadsUnderWay,
    bytes: usize,
}

impl HeadUnderWay {
    /// Counts so many bytes from now on: the request is sent, and its answer is here.
    pub(super) fn becomes(self, bytes: usize) -> Self {
        self.all.begin(bytes)
    }
}

impl Drop for HeadUnderWay {
    fn drop(&mut self) {
        self.all.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_counts_until_it_is_dropped() {
        let heads = HeadsUnderWay::default();
        let (first, second) = (heads.begin(10), heads.begin(5));
        assert_eq!(heads.bytes(), 15);
        let answer = first.becomes(100);
        assert_eq!(heads.bytes(), 105);
        drop(second);
        assert_eq!(heads.bytes(), 100);
        drop(answer);
        assert_eq!(heads.bytes(), 0);
    }
}
