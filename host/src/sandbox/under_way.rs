//! What requests under way keep in the host: their heads while they are sent, and those of their answers until
//! the guest takes them. Neither is in the table of the attempt. And the requests that are not answered yet, by name.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// The requests of one attempt that are not answered; its clones are the same ones.
#[derive(Clone, Default)]
pub(super) struct Unanswered(Arc<Mutex<Vec<Arc<str>>>>);

/// Requests that are named; there are as many as an attempt has handles.
const NAMED_MAX: usize = 3;

impl Unanswered {
    /// Adds a request, until what is returned is dropped.
    pub(super) fn begin(&self, what: &Arc<str>) -> UnansweredRequest {
        self.lock().push(Arc::clone(what));
        UnansweredRequest { all: self.clone(), what: Arc::clone(what) }
    }

    /// What the guest waits for, in words.
    pub(super) fn in_words(&self) -> Option<String> {
        let requests = self.lock();
        let named = requests.iter().take(NAMED_MAX).map(|what| &**what).collect::<Vec<_>>().join(", ");
        match requests.len() {
            0 => None,
            1 => Some(format!("the answer to {named}")),
            2..=NAMED_MAX => Some(format!("the answers to {named}")),
            count => Some(format!("the answers to {named} and {} more", count - NAMED_MAX)),
        }
    }

    /// A panic elsewhere leaves a list behind that is still good.
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<str>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is not answered.
pub(super) struct UnansweredRequest {
    all: Unanswered,
    what: Arc<str>,
}

impl Drop for UnansweredRequest {
    fn drop(&mut self) {
        let mut requests = self.all.lock();
        if let Some(at) = requests.iter().position(|what| Arc::ptr_eq(what, &self.what)) {
            requests.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_named_until_they_are_answered() {
        let all = Unanswered::default();
        let begin = |what: &str| all.begin(&what.into());
        let first = begin("GET http://a/");
        assert_eq!(all.in_words().as_deref(), Some("the answer to GET http://a/"));
        let others = ["GET http://a/", "PUT http://b/", "GET http://c/", "GET http://d/"].map(begin);
        drop(first);
        let words = "the answers to GET http://a/, PUT http://b/, GET http://c/ and 1 more";
        assert_eq!(all.in_words().as_deref(), Some(words));
        drop(others);
        assert_eq!(all.in_words(), None);
    }

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
