//! Whether the jobs of a queue may start, as the ready jobs of each task must know it.

use crate::domain::{Admission, Gate, Timestamp};

/// Whether the jobs of a queue may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueueAccess {
    /// As far as the queue's gate is concerned.
    pub passage: Passage,
    /// Whether the gate may close by itself: when enough of its jobs run, or too many started.
    pub limited: bool,
    /// Whether some host works this queue and not others, or others and not this queue.
    pub chosen: bool,
}

/// The passage of a gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Passage {
    /// At least one job.
    #[default]
    Open,
    /// None before one that runs has ended.
    Full,
    /// None before this time.
    Rated(Timestamp),
    /// None before an operator resumes it.
    Paused,
}

impl Passage {
    /// The passage of a gate at this time.
    pub fn of(gate: &Gate, now: Timestamp) -> Self {
        match gate.admission(now) {
            Admission::Room(_) => Passage::Open,
            Admission::Full => Passage::Full,
            Admission::At(time) => Passage::Rated(time),
            Admission::Paused => Passage::Paused,
        }
    }
}
