//! Settings of queues and tasks.

use std::num::NonZeroU32;
use std::time::Duration;

use super::Rate;

/// The settings that queues and tasks share; most have the defaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GateSettings {
    /// Whether it is paused: no job starts, and running ones finish.
    pub paused: bool,
    /// Most jobs that run at the same time.
    pub concurrency: Option<NonZeroU32>,
    /// Most jobs that start within a period.
    pub rate: Option<Rate>,
}

/// A change of [`GateSettings`]: `None` leaves a field unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct GateChange {
    /// Pauses or resumes.
    pub paused: Option<bool>,
    /// Sets or clears the limit.
    pub concurrency: Option<Option<NonZeroU32>>,
    /// Sets or clears the rate.
    pub rate: Option<Option<Rate>>,
}

impl GateSettings {
    /// The settings after a change.
    pub fn changed(&self, change: &GateChange) -> Self {
        Self {
            paused: change.paused.unwrap_or(self.paused),
            concurrency: change.concurrency.unwrap_or(self.concurrency),
            rate: change.rate.unwrap_or(self.rate),
        }
    }
}

/// The settings of a queue.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueueSettings {
    /// Pause, concurrency and rate.
    pub gate: GateSettings,
    /// Most jobs of one concurrency key that run at the same time; the default is 1.
    pub key_concurrency: Option<NonZeroU32>,
}

/// A change of [`QueueSettings`]: `None` leaves a field unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueueChange {
    /// Pause, concurrency and rate.
    pub gate: GateChange,
    /// Sets the limit of each key, or clears it to the default.
    pub key_concurrency: Option<Option<NonZeroU32>>,
}

impl QueueSettings {
    /// The settings after a change.
    pub fn changed(&self, change: &QueueChange) -> Self {
        Self {
            gate: self.gate.changed(&change.gate),
            key_concurrency: change.key_concurrency.unwrap_or(self.key_concurrency),
        }
    }
}

/// The default time for an attempt to end after its job was cancelled: longer than third parties take to respond, so
/// that a request is not cut off and its result lost.
pub const CANCEL_GRACE_DEFAULT: Duration = Duration::from_secs(40);

/// The longest such grace.
pub const CANCEL_GRACE_MAX: Duration = Duration::from_secs(24 * 3600);

/// The settings of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TaskSettings {
    /// Pause, concurrency and rate.
    pub gate: GateSettings,
    /// Time for an attempt to end after its job was cancelled, up to [`CANCEL_GRACE_MAX`]; the default is
    /// [`CANCEL_GRACE_DEFAULT`].
    pub cancel_grace: Option<Duration>,
}

/// A change of [`TaskSettings`]: `None` leaves a field unchanged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TaskChange {
    /// Pause, concurrency and rate.
    pub gate: GateChange,
    /// Sets the grace after a cancel, or clears it to the default.
    pub cancel_grace: Option<Option<Duration>>,
}

impl TaskSettings {
    /// The settings after a change.
    pub fn changed(&self, change: &TaskChange) -> Self {
        Self {
            gate: self.gate.changed(&change.gate),
            cancel_grace: change.cancel_grace.unwrap_or(self.cancel_grace),
        }
    }

    /// Time for an attempt to end after its job was cancelled.
    pub fn cancel_grace(&self) -> Duration {
        self.cancel_grace.unwrap_or(CANCEL_GRACE_DEFAULT)
    }
}

impl From<GateChange> for TaskChange {
    fn from(gate: GateChange) -> Self {
        Self { gate, cancel_grace: None }
    }
}

impl From<GateChange> for QueueChange {
    fn from(gate: GateChange) -> Self {
        Self { gate, key_concurrency: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let limited = GateSettings { concurrency: NonZeroU32::new(3), ..GateSettings::default() };
        let paused = limited.changed(&GateChange { paused: Some(true), ..GateChange::default() });
        assert_eq!(paused, GateSettings { paused: true, ..limited });
        let cleared = paused.changed(&GateChange { concurrency: Some(None), ..GateChange::default() });
        assert_eq!((cleared.paused, cleared.concurrency), (true, None));
        let queue = QueueSettings { gate: cleared, key_concurrency: NonZeroU32::new(2) };
        assert_eq!(queue.changed(&QueueChange::default()), queue);
        let one = QueueChange { key_concurrency: Some(None), ..QueueChange::default() };
        assert_eq!(queue.changed(&one), QueueSettings { gate: cleared, key_concurrency: None });
        let task = TaskSettings { gate: cleared, cancel_grace: Some(Duration::ZERO) };
        assert_eq!(task.changed(&TaskChange::default()), task);
        assert_eq!(
            task.changed(&TaskChange { cancel_grace: Some(None), ..TaskChange::default() }).cancel_grace(),
            CANCEL_GRACE_DEFAULT
        );
    }
}
