//! The fair queues of one concurrency key: its callers, and then their fairness keys, go round by weight.
//!
//! A key holds all its jobs back together, so it has turns of its own: by those of all queues, whoever starts
//! much elsewhere would never have one here. Most keys are those of one caller and fairness key, who needs none.

use std::sync::LazyLock;

use super::queued_job::{CallerDigest, FairKey, Share};
use crate::domain::{Alone, FairQueues, FairQueuesSavepoint};

/// The fair queues of a key without waiting jobs.
static NONE: LazyLock<FairQueues<CallerDigest, FairKey>> = LazyLock::new(FairQueues::in_rounds);

/// The turns of one concurrency key, as long as jobs of it wait.
#[derive(Default)]
pub enum KeyFairQueue {
    /// No job waits.
    #[default]
    None,
    /// Those that wait are all of this caller and fairness key.
    One(Share, Alone),
    /// They were of several at some time.
    Many(Box<FairQueues<CallerDigest, FairKey>>),
}

/// A savepoint of the fair queues of a key.
#[derive(Clone, Copy, Debug)]
pub enum KeySavepoint {
    /// No job waited.
    None,
    /// All that waited were of this caller and fairness key.
    One(Share, Alone),
    /// This was remembered of the caller and fairness key in question.
    Many(FairQueuesSavepoint),
}

impl KeyFairQueue {
    /// Those of a key of which no job waits.
    pub fn none() -> &'static FairQueues<CallerDigest, FairKey> {
        &NONE
    }

    /// One more job waits.
    pub fn wait(&mut self, share: Share) {
        match self {
            KeyFairQueue::None => *self = KeyFairQueue::One(share, Alone { waiting: 1, starts: 0 }),
            KeyFairQueue::One(known, alone) if *known == share => alone.waiting += 1,
            KeyFairQueue::One(..) | KeyFairQueue::Many(_) => {
                self.change(|fair_queues| fair_queues.wait(&share.caller, &share.key));
            }
        }
    }

    /// One job less waits.
    pub fn leave(&mut self, share: Share) {
        let nobody_waits = match self {
            KeyFairQueue::None => true,
            KeyFairQueue::One(_, alone) => {
                alone.waiting = alone.waiting.saturating_sub(1);
                alone.waiting == 0
            }
            KeyFairQueue::Many(fair_queues) => {
                fair_queues.leave(&share.caller, &share.key);
                fair_queues.callers().is_empty()
            }
        };
        if nobody_waits {
            *self = KeyFairQueue::None;
        }
    }

    /// A job starts. It is among those that wait until [`KeyFairQueue::leave`].
    pub fn start(&mut self, share: Share, weight: u16) {
        match self {
            KeyFairQueue::None => {}
            KeyFairQueue::One(_, alone) => {
                let starts = alone.starts + 1;
                alone.starts = if starts >= weight { 0 } else { starts };
            }
            KeyFairQueue::Many(fair_queues) => fair_queues.start(&share.caller, &share.key, weight),
        }
    }

    /// A savepoint.
    pub fn savepoint(&self, share: Share) -> KeySavepoint {
        match self {
            KeyFairQueue::None => KeySavepoint::None,
            KeyFairQueue::One(known, alone) => KeySavepoint::One(*known, *alone),
            KeyFairQueue::Many(fair_queues) => {
                KeySavepoint::Many(fair_queues.savepoint(&share.caller, &share.key))
            }
        }
    }

    /// Goes back to what was remembered, as if nothing had happened since.
    pub fn restore(&mut self, share: Share, savepoint: KeySavepoint) {
        match savepoint {
            KeySavepoint::None => *self = KeyFairQueue::None,
            KeySavepoint::One(known, alone) => *self = KeyFairQueue::One(known, alone),
            KeySavepoint::Many(savepoint) => {
                self.change(|fair_queues| fair_queues.restore(&share.caller, &share.key, savepoint));
            }
        }
    }

    /// The turns, to find out who is next.
    pub fn fair_queues(&self) -> &FairQueues<CallerDigest, FairKey> {
        match self {
            KeyFairQueue::None | KeyFairQueue::One(..) => &NONE,
            KeyFairQueue::Many(fair_queues) => fair_queues,
        }
    }

    fn change(&mut self, change: impl FnOnce(&mut FairQueues<CallerDigest, FairKey>)) {
        let mut fair_queues = match std::mem::take(self) {
            KeyFairQueue::None => Box::new(FairQueues::in_rounds()),
            KeyFairQueue::One(Share { caller, key }, alone) => {
                let mut fair_queues = Box::new(FairQueues::in_rounds());
                fair_queues.take_over(&caller, &key, alone);
                fair_queues
            }
            KeyFairQueue::Many(fair_queues) => fair_queues,
        };
        change(&mut fair_queues);
        *self = KeyFairQueue::Many(fair_queues);
    }
}
