//! Whether a job of a concurrency key may start, beside the others of its queue and key.

use std::num::NonZeroU32;

use super::{JobId, QueueSettings};

/// The jobs of one queue and concurrency key, as far as they decide who of them may start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyGate {
    /// Most of them that run at the same time.
    pub most: NonZeroU32,
    /// Number of them that run.
    pub running: usize,
    /// Of those in strict order that are not final, the one that was submitted first.
    pub first: Option<FirstInOrder>,
}

/// The job whose end the others in strict order wait for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FirstInOrder {
    /// Which.
    pub id: JobId,
    /// Whether it runs.
    pub runs: bool,
}

/// Whether a job may start now, as far as its key is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyAdmission {
    /// It may.
    Open,
    /// Not before one that runs has ended.
    Held,
    /// Not before one that was submitted earlier, and does not run, is final.
    Behind,
}

impl QueueSettings {
    /// Most jobs of one concurrency key that run at the same time.
    pub fn most_of_a_key(&self) -> NonZeroU32 {
        self.key_concurrency.unwrap_or(NonZeroU32::MIN)
    }
}

impl KeyGate {
    /// Whether there is capacity for one more that runs.
    pub fn has_capacity(&self) -> bool {
        self.running < usize::try_from(self.most.get()).unwrap_or(usize::MAX)
    }

    /// Whether a job of the key that waits may start.
    pub fn admission(&self, id: JobId, strict_order: bool) -> KeyAdmission {
        if !self.has_capacity() {
            return KeyAdmission::Held;
        }
        match self.first {
            Some(first) if strict_order && first.id != id && first.runs => KeyAdmission::Held,
            Some(first) if strict_order && first.id != id => KeyAdmission::Behind,
            _ => KeyAdmission::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: JobId = JobId::from_bytes([1; 16]);
    const SECOND: JobId = JobId::from_bytes([2; 16]);

    fn gate(most: u32, running: usize, first_runs: bool) -> KeyGate {
        let first = Some(FirstInOrder { id: FIRST, runs: first_runs });
        KeyGate { most: NonZeroU32::new(most).unwrap(), running, first }
    }

    #[test]
    fn one_at_a_time_when_nothing_is_said() {
        let most = QueueSettings::default().most_of_a_key();
        assert_eq!(KeyGate { most, running: 0, first: None }.admission(SECOND, false), KeyAdmission::Open);
        assert_eq!(KeyGate { most, running: 1, first: None }.admission(SECOND, false), KeyAdmission::Held);
    }

    #[test]
    fn in_strict_order_only_the_first_may_start_and_the_others_are_bound_by_concurrency_alone() {
        let waits = gate(2, 0, false);
        assert_eq!(waits.admission(FIRST, true), KeyAdmission::Open);
        assert_eq!(waits.admission(SECOND, true), KeyAdmission::Behind);
        assert_eq!(waits.admission(SECOND, false), KeyAdmission::Open);
        let runs = gate(2, 1, true);
        assert_eq!(runs.admission(SECOND, true), KeyAdmission::Held);
        assert_eq!(runs.admission(SECOND, false), KeyAdmission::Open);
        assert_eq!(gate(1, 1, false).admission(FIRST, true), KeyAdmission::Held);
    }
}
