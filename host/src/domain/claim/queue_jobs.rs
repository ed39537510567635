//! One queue: its gate, its concurrency keys, and which tasks must hear when the gate opens or closes.

use std::collections::BTreeSet;

use super::keys::Keys;
use super::queue_access::{Passage, QueueAccess};
use super::queued_job::{CallerDigest, FairKey, KeyDigest};
use super::scan::KeyFairQueues;
use super::symbols::Symbol;
use crate::domain::{FairQueues, Gate, QueueSettings, RateState, Timestamp};

/// One queue.
#[derive(Default)]
pub struct QueueJobs {
    /// A queue's settings.
    pub settings: QueueSettings,
    /// When the next start is expected.
    pub rate_state: RateState,
    /// Number of its jobs that run.
    pub running: usize,
    /// Its concurrency keys.
    pub keys: Keys,
    /// Its access, as the tasks have it.
    pub access: QueueAccess,
    /// The tasks that some host runs and of which jobs wait here.
    pub tasks: BTreeSet<Symbol>,
    /// By which time it is listed among the queues with a rate.
    pub listed: Option<Timestamp>,
}

impl QueueJobs {
    /// The gate before it.
    pub fn gate(&self) -> Gate {
        Gate { settings: self.settings.gate, rate_state: self.rate_state, running: self.running }
    }

    /// Its access at this time.
    pub fn access_at(&self, now: Timestamp) -> QueueAccess {
        let gate = self.settings.gate;
        let limited = gate.concurrency.is_some() || gate.rate.is_some();
        QueueAccess { passage: Passage::of(&self.gate(), now), limited, chosen: self.access.chosen }
    }

    /// From when on its rate lets a job start, if it has one.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.gate().opens_at()
    }
}

impl KeyFairQueues for Vec<QueueJobs> {
    fn of_key(&self, queue: Symbol, key: &KeyDigest) -> &FairQueues<CallerDigest, FairKey> {
        self[queue.index()].keys.fair_queues(key)
    }
}
