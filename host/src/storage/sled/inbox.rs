//! Requests on their way to their decision.
//!
//! No thread of its own decides: to wake one costs more than most decisions. Whichever thread hands in a request
//! decides all that wait, unless another one does so already: then that one goes on with it (flat combining,
//! Hendler et al., SPAA 2010).

use std::collections::VecDeque;

use parking_lot::{Mutex, MutexGuard};

use super::decider::Decider;
use super::disk::CommitError;
use super::request::Request;

/// Most requests of others that a thread decides before it leaves the rest to the writer.
const TURN_MAX: usize = 64;

/// Requests that wait for their decision, and the decider.
pub struct Inbox {
    waiting: Mutex<VecDeque<Box<dyn Request>>>,
    decider: Mutex<Decider>,
}

impl Inbox {
    /// An empty inbox of this decider.
    pub fn new(decider: Decider) -> Self {
        Self { waiting: Mutex::default(), decider: Mutex::new(decider) }
    }

    /// Hands in a request that is decided within a millisecond. Waits for no other.
    pub fn hand_in(&self, request: Box<dyn Request>) {
        self.waiting.lock().push_back(request);
        if let Some(decider) = self.decider.try_lock() {
            self.decide(decider);
        }
    }

    /// Hands in a request that may take longer, on a thread that may block.
    pub fn hand_in_blocking(&self, request: Box<dyn Request>) {
        let mut decider = self.decider.lock();
        if decider.takes_more() {
            decider.decide(request);
        } else {
            self.waiting.lock().push_back(request);
        }
        self.decide(decider);
    }

    /// The group that was handed over is on the disk.
    pub fn written(&self) {
        let mut decider = self.decider.lock();
        decider.written();
        decider.hand_over();
        self.decide(decider);
    }

    /// The group that was handed over could not be written: its requests, and why.
    pub fn failed(&self, requests: Vec<Box<dyn Request>>, cause: CommitError) {
        let mut decider = self.decider.lock();
        decider.failed(requests, cause);
        self.decide(decider);
    }

    /// Ends everything as soon as what was handed in is on the disk.
    pub fn close(&self) {
        self.decider.lock().close();
    }

    /// Decides what waits, until nothing does or the writer is sure to go on with it.
    ///
    /// A thread that finds the decider taken leaves its request here. So the one that had it looks again after
    /// it let go.
    fn decide<'a>(&'a self, decider: MutexGuard<'a, Decider>) {
        let (mut turn, mut taken) = (Some(decider), 0);
        while let Some(mut decider) = turn.take() {
            taken += self.decide_some(&mut decider);
            decider.hand_over();
            let is_over = taken >= TURN_MAX || !decider.takes_more();
            if is_over && decider.is_writing() {
                return;
            }
            drop(decider);
            turn = self.is_waited_for().then(|| self.decider.try_lock()).flatten();
        }
    }

    fn decide_some(&self, decider: &mut Decider) -> usize {
        for taken in 0..TURN_MAX {
            let next = if decider.takes_more() { self.waiting.lock().pop_front() } else { None };
            let Some(request) = next else { return taken };
            decider.decide(request);
        }
        TURN_MAX
    }

    fn is_waited_for(&self) -> bool {
        !self.waiting.lock().is_empty()
    }
}
