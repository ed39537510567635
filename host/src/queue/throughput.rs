//! How many attempts ended lately.

use std::time::Duration;

use super::Queue;
use crate::domain::{Ended, Minute};
use crate::ports::StorageResult;

impl Queue {
    /// The attempts that ended on all hosts within this time, in so many parts of whole minutes, the oldest first. The
    /// last part is not over.
    pub async fn ended(&self, within: Duration, parts: usize) -> StorageResult<Vec<Ended>> {
        let now = Minute::of(self.clock.now()).0;
        let minutes = (within.as_secs() / 60 / parts as u64).max(1);
        // A part begins at a multiple of its length, so that a minute does not move from one to another.
        let first = (now / minutes + 1).saturating_sub(parts as u64) * minutes;
        let mut ended = vec![Ended::default(); parts];
        for (minute, of_minute) in self.storage.ended_since(Minute(first)).await? {
            let part = usize::try_from((minute.0 - first) / minutes).unwrap_or(usize::MAX);
            if let Some(part) = ended.get_mut(part) {
                *part += of_minute;
            }
        }
        Ok(ended)
    }
}
