//! Whose turn it is within one concurrency key: its callers, and then their fairness keys, go round by weight.
//!
//! A key holds all its jobs back together, so it has turns of its own: by those of all queues, whoever starts
//! much elsewhere would never have one here. Most keys are those of one caller and fairness key, who needs none.

use std::sync::LazyLock;

use super::queued_job::{CallerDigest, FairKey, Share};
use crate::domain::{Alone, CallerMemory, CallerTurns};

/// Where nobody takes turns.
static NONE: LazyLock<CallerTurns<CallerDigest, FairKey>> = LazyLock::new(CallerTurns::in_rounds);

/// The turns of one concurrency key, as long as jobs of it wait.
#[derive(Default)]
pub enum KeyTurns {
    /// No job waits.
    #[default]
    None,
    /// Those that wait are all of this caller and fairness key.
    One(Share, Alone),
    /// They were of several at some time.
    Many(Box<CallerTurns<CallerDigest, FairKey>>),
}

/// What is remembered of the turns of a key, to go back to it.
#[derive(Clone, Copy, Debug)]
pub enum KeyMemory {
    /// No job waited.
    None,
    /// All that waited were of this caller and fairness key.
    One(Share, Alone),
    /// This was remembered of the caller and fairness key in question.
    Many(CallerMemory),
}

impl KeyTurns {
    /// Those of a key of which no job waits.
    pub fn none() -> &'static CallerTurns<CallerDigest, FairKey> {
        &NONE
    }

    /// One more job waits.
    pub fn wait(&mut self, share: Share) {
        match self {
            KeyTurns::None => *self = KeyTurns::One(share, Alone { waiting: 1, starts: 0 }),
            KeyTurns::One(known, alone) if *known == share => alone.waiting += 1,
            KeyTurns::One(..) | KeyTurns::Many(_) => {
                self.change(|turns| turns.wait(&share.caller, &share.key));
            }
        }
    }

    /// One job less waits.
    pub fn leave(&mut self, share: Share) {
        let nobody_waits = match self {
            KeyTurns::None => true,
            KeyTurns::One(_, alone) => {
                alone.waiting = alone.waiting.saturating_sub(1);
                alone.waiting == 0
            }
            KeyTurns::Many(turns) => {
                turns.leave(&share.caller, &share.key);
                turns.callers().is_empty()
            }
        };
        if nobody_waits {
            *self = KeyTurns::None;
        }
    }

    /// A job starts. It is among those that wait until [`KeyTurns::leave`].
    pub fn start(&mut self, share: Share, weight: u16) {
        match self {
            KeyTurns::None => {}
            KeyTurns::One(_, alone) => {
                let starts = alone.starts + 1;
                alone.starts = if starts >= weight { 0 } else { starts };
            }
            KeyTurns::Many(turns) => turns.start(&share.caller, &share.key, weight),
        }
    }

    /// What is remembered now.
    pub fn memory(&self, share: Share) -> KeyMemory {
        match self {
            KeyTurns::None => KeyMemory::None,
            KeyTurns::One(known, alone) => KeyMemory::One(*known, *alone),
            KeyTurns::Many(turns) => KeyMemory::Many(turns.memory(&share.caller, &share.key)),
        }
    }

    /// Goes back to what was remembered, as if nothing had happened since.
    pub fn restore(&mut self, share: Share, memory: KeyMemory) {
        match memory {
            KeyMemory::None => *self = KeyTurns::None,
            KeyMemory::One(known, alone) => *self = KeyTurns::One(known, alone),
            KeyMemory::Many(memory) => {
                self.change(|turns| turns.restore(&share.caller, &share.key, memory));
            }
        }
    }

    /// The turns, to find out who is next.
    pub fn turns(&self) -> &CallerTurns<CallerDigest, FairKey> {
        match self {
            KeyTurns::None | KeyTurns::One(..) => &NONE,
            KeyTurns::Many(turns) => turns,
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut CallerTurns<CallerDigest, FairKey>)) {
        let mut turns = match std::mem::take(self) {
            KeyTurns::None => Box::new(CallerTurns::in_rounds()),
            KeyTurns::One(Share { caller, key }, alone) => {
                let mut turns = Box::new(CallerTurns::in_rounds());
                turns.take_over(&caller, &key, alone);
                turns
            }
            KeyTurns::Many(turns) => turns,
        };
        change(&mut turns);
        *self = KeyTurns::Many(turns);
    }
}
