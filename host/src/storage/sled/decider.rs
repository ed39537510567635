//! Decides requests in memory, one after the other, and makes groups of them.
//!
//! While a group is written the next one grows, so groups are as large as the disk is slow, and no decision
//! waits for the disk.

use std::sync::Arc;
use std::sync::mpsc::Sender;

use super::disk::CommitError;
use super::handed::Handed;
use super::open::unpanicked;
use super::request::Request;
use super::shared::Shared;
use crate::ports::StorageResult;

/// A group takes no more requests when it writes this much, so that large inputs do not pile up in memory.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// The group that is decided now, and the way to the writer.
pub struct Decider {
    shared: Arc<Shared>,
    /// The way to the writer, until it is closed.
    groups: Option<Sender<Handed>>,
    /// The requests of the group that is decided now.
    handled: Vec<Box<dyn Request>>,
    /// Bytes that the group writes.
    bytes: usize,
    /// Whether a group is on its way to the disk.
    is_writing: bool,
    is_closing: bool,
}

impl Decider {
    /// A decider that hands groups over there.
    pub fn new(shared: Arc<Shared>, groups: Sender<Handed>) -> Self {
        let handled = Vec::new();
        Self { shared, groups: Some(groups), handled, bytes: 0, is_writing: false, is_closing: false }
    }

    /// Whether the group takes another request. If not, a group is being written.
    pub fn takes_more(&self) -> bool {
        self.bytes < GROUP_BYTES_MAX
    }

    /// Whether a group is being written.
    pub fn is_writing(&self) -> bool {
        self.is_writing
    }

    /// Decides a request. It is answered when its group is on the disk.
    pub fn decide(&mut self, mut request: Box<dyn Request>) {
        let handled = unpanicked(|| self.shared.decide(|database| request.handle(database)));
        match handled {
            Ok(Ok(bytes)) => {
                self.handled.push(request);
                self.bytes = bytes;
            }
            Ok(Err(error)) => request.answer(&Err(error)),
            Err(panic) => self.fail(vec![request], CommitError::Write(panic)),
        }
    }

    /// Sends the group on its way, if the one before it has arrived.
    pub fn hand_over(&mut self) {
        if self.is_writing {
            return;
        }
        if !self.handled.is_empty() {
            let requests = std::mem::take(&mut self.handled);
            self.bytes = 0;
            match self.shared.seal() {
                Ok((disk, group, synced)) => {
                    let handed = Handed { disk, group, synced, requests };
                    self.is_writing = self.groups.as_ref().is_some_and(|groups| groups.send(handed).is_ok());
                }
                Err(error) => answer(requests, &Err(error)),
            }
        }
        if self.is_closing && !self.is_writing {
            self.groups = None;
            self.shared.close();
        }
    }

    /// The group that was handed over is on the disk.
    pub fn written(&mut self) {
        self.is_writing = false;
        self.shared.arrived();
    }

    /// The group that was handed over could not be written: its requests, and why.
    pub fn failed(&mut self, requests: Vec<Box<dyn Request>>, cause: CommitError) {
        self.is_writing = false;
        self.fail(requests, cause);
    }

    /// Ends everything as soon as what was decided is on the disk.
    pub fn close(&mut self) {
        self.is_closing = true;
        self.hand_over();
    }

    /// Fails a group that was not written, and the one behind it.
    fn fail(&mut self, mut requests: Vec<Box<dyn Request>>, cause: CommitError) {
        requests.append(&mut self.handled);
        self.bytes = 0;
        let error = self.shared.fail(cause);
        answer(requests, &Err(error));
    }
}

fn answer(requests: Vec<Box<dyn Request>>, committed: &StorageResult<()>) {
    requests.into_iter().for_each(|request| request.answer(committed));
}
