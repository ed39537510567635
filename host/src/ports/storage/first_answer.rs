//! The first answer to a submission, which its idempotency key gives again.

use super::Admitted;
use crate::domain::{TaskHolds, Timestamp};

/// What a submission came to. It stays the same as long as its key is kept, whatever happens to its jobs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirstAnswer {
    /// When it was given.
    pub at: Timestamp,
    /// What each job came to, in order. The jobs that were cancelled for one of them are left out.
    pub jobs: Vec<Admitted>,
    /// Which of their tasks were held back then.
    pub held: TaskHolds,
}

impl FirstAnswer {
    /// The answer to a submission of this moment, when these of its tasks were held back.
    pub fn new(at: Timestamp, admitted: &[Admitted], held: TaskHolds) -> Self {
        let alone = |admitted: &Admitted| Admitted { superseded: None, ..admitted.clone() };
        Self { at, jobs: admitted.iter().map(alone).collect(), held }
    }
}
