//! The one file that makes ids.

use std::sync::Mutex;

use uuid::{ContextV7, Uuid};

use crate::domain::Timestamp;
use crate::ports::Ids;

/// Makes ids of the time, a counter and the operating system's random numbers.
pub struct IdGenerator {
    context: Mutex<ContextV7>,
    latest: Mutex<u64>,
}

impl IdGenerator {
    /// A generator of its own sequence.
    pub fn new() -> Self {
        Self { context: Mutex::new(ContextV7::new()), latest: Mutex::new(0) }
    }

    fn never_back(&self, millis: u64) -> u64 {
        let mut latest = self.latest.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *latest = (*latest).max(millis);
        *latest
    }
}

impl Ids for IdGenerator {
    fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = self.never_back(now.as_millis());
        let context = self.context.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let subsec_nanos = u32::try_from((millis % 1000) * 1_000_000).unwrap_or(0);
        let stamp = uuid::Timestamp::from_unix(&*context, millis / 1000, subsec_nanos);
        Uuid::new_v7(stamp)
    }

    fn event_secret(&self) -> [u8; 16] {
        rand::random()
    }
}

impl Default for IdGenerator {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_within_a_millisecond_and_over_a_clock_that_steps_back() {
        let ids = IdGenerator::new();
        let mut last = ids.job_id(Timestamp::from_millis(5_000));
        for millis in std::iter::repeat_n(5_000, 10_000).chain([4_000, 3_000, 5_001]) {
            let next = ids.job_id(Timestamp::from_millis(millis));
            assert!(next > last, "{next} must follow {last}");
            last = next;
        }
    }
}
