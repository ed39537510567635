//! The pause of a job after the host had no memory for its attempt: twice as long each time.
//!
//! The count is this process's alone. Want of memory is a state of one host, and a restart ends it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::{Backoff, Jitter, JobId};

/// The pauses of one job after the other: they double up to the cap.
const PAUSES: Backoff = Backoff { first: Duration::from_secs(2), cap: Duration::from_secs(5 * 60) };

/// Jobs whose pauses are remembered. When there are more, all begin anew with a short one.
const JOBS_MAX: usize = 10_000;

/// Number of attempts of each job that were given back since one of them last ended in another way.
#[derive(Default)]
pub(super) struct Pauses(Mutex<HashMap<JobId, u32>>);

impl Pauses {
    /// The pause of a job whose attempt is given back now.
    pub(super) fn next(&self, job: JobId, jitter: Jitter) -> Duration {
        let mut counts = self.counts();
        if counts.len() >= JOBS_MAX && !counts.contains_key(&job) {
            counts.clear();
        }
        let count = counts.entry(job).or_default();
        *count = count.saturating_add(1);
        PAUSES.delay(*count, jitter)
    }

    /// An attempt of the job ended in another way.
    pub(super) fn forget(&self, job: JobId) {
        self.counts().remove(&job);
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<JobId, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::ids::IdGenerator;
    use crate::ports::Ids;

    fn job(ids: &IdGenerator) -> JobId {
        ids.job_id(Timestamp::default())
    }

    #[test]
    fn a_pause_doubles_until_an_attempt_ends_in_another_way() {
        let (ids, pauses) = (IdGenerator::new(), Pauses::default());
        let (one, other) = (job(&ids), job(&ids));
        let next = |job| pauses.next(job, Jitter::NONE).as_secs();
        assert_eq!([next(one), next(one), next(one), next(other)], [2, 4, 8, 2]);
        pauses.forget(one);
        assert_eq!([next(one), next(other)], [2, 4]);
        (0..40).for_each(|_| assert!(next(other) <= 300));
        assert_eq!(next(other), 300);
    }

    #[test]
    fn no_more_jobs_are_remembered_than_may_run() {
        let (ids, pauses) = (IdGenerator::new(), Pauses::default());
        for _ in 0..=JOBS_MAX {
            pauses.next(job(&ids), Jitter::NONE);
        }
        assert_eq!(pauses.counts().len(), 1);
    }
}
