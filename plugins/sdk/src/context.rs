//! The context of an attempt, beyond the plain fields of the contract.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::JobContext;

impl JobContext {
    /// The `Idempotency-Key` of one step of this job, the same on every attempt.
    ///
    /// Each step has its own key, because a third party returns the response to the first request of a key, whatever that
    /// request was.
    pub fn idempotency_key_of(&self, step: &str) -> String {
        format!("{}:{step}", self.idempotency_key)
    }

    /// The time until the host stops this attempt; zero when it is over.
    pub fn time_left(&self) -> Duration {
        let deadline = Duration::from_millis(self.deadline_ms);
        // With a broken clock, before 1970, the whole deadline is the best guess.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        deadline.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(deadline_ms: u64) -> JobContext {
        JobContext {
            job_id: "job".into(),
            task: "task".into(),
            attempt: 3,
            max_attempts: 8,
            idempotency_key: "k-1".into(),
            deadline_ms,
            tags: Vec::new(),
            metadata: "{}".into(),
            traceparent: None,
        }
    }

    #[test]
    fn each_step_has_a_key_of_its_own() {
        let context = context(0);
        assert_eq!(context.idempotency_key_of("pay"), "k-1:pay");
        assert_ne!(context.idempotency_key_of("pay"), context.idempotency_key_of("ship"));
    }

    #[test]
    fn no_time_is_left_after_the_deadline() {
        assert_eq!(context(1_000).time_left(), Duration::ZERO);
        assert!(context(u64::MAX).time_left() > Duration::from_secs(3_600));
    }
}
