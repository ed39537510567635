//! The thread that decides: it handles requests in memory and makes groups of them.
//!
//! While a group is written the next one grows, so groups are as large as the disk is slow, and the disk
//! keeps nobody from deciding.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use super::committer::Request;
use super::disk::CommitError;
use super::open::unpanicked;
use super::shared::Shared;
use super::writer::Handed;
use crate::ports::StorageResult;

/// A group takes no more requests when it writes this much, so that large inputs do not pile up in memory.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// How many requests are handled before an idle disk gets them.
const GROUP_REQUESTS_MAX: usize = 1024;

/// What the deciding thread is sent.
pub enum Message {
    /// A request.
    Request(Box<dyn Request>),
    /// The group that was handed over is on the disk, and was answered.
    Written,
    /// It could not be written: its requests, and why.
    Failed(Vec<Box<dyn Request>>, CommitError),
    /// Nothing more is coming.
    Close,
}

/// The deciding thread.
pub struct Decider {
    shared: Arc<Shared>,
    inbox: Receiver<Message>,
    groups: Sender<Handed>,
    /// Requests that came while the group was full.
    waiting: VecDeque<Box<dyn Request>>,
    /// The requests of the group that is decided now.
    handled: Vec<Box<dyn Request>>,
    /// How many bytes that group writes.
    bytes: usize,
    /// Whether a group is on its way to the disk.
    is_writing: bool,
    is_closing: bool,
}

impl Decider {
    /// A decider of these messages, which hands groups over there.
    pub fn new(shared: Arc<Shared>, inbox: Receiver<Message>, groups: Sender<Handed>) -> Self {
        let (waiting, handled) = Default::default();
        Self { shared, inbox, groups, waiting, handled, bytes: 0, is_writing: false, is_closing: false }
    }

    /// Works until it is closed and everything that was handed in before is done.
    pub fn run(mut self) {
        while !self.is_done() {
            let Ok(message) = self.inbox.recv() else { break };
            self.take(message);
            while (self.is_writing || self.handled.len() < GROUP_REQUESTS_MAX)
                && let Ok(message) = self.inbox.try_recv()
            {
                self.take(message);
            }
            self.hand_over();
        }
        self.shared.close();
    }

    fn is_done(&self) -> bool {
        self.is_closing && !self.is_writing && self.handled.is_empty() && self.waiting.is_empty()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Request(request) => self.waiting.push_back(request),
            Message::Written => {
                self.is_writing = false;
                self.shared.arrived();
            }
            Message::Failed(requests, cause) => {
                self.is_writing = false;
                self.fail(requests, cause);
            }
            Message::Close => self.is_closing = true,
        }
        self.decide();
    }

    /// Handles what waits, as long as the group takes more.
    fn decide(&mut self) {
        while self.bytes < GROUP_BYTES_MAX
            && let Some(mut request) = self.waiting.pop_front()
        {
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
    }

    /// Sends the group on its way, if the one before it has arrived.
    fn hand_over(&mut self) {
        if self.is_writing || self.handled.is_empty() {
            return;
        }
        let requests = std::mem::take(&mut self.handled);
        self.bytes = 0;
        match self.shared.seal() {
            Ok((disk, group, synced)) => {
                self.is_writing = self.groups.send(Handed { disk, group, synced, requests }).is_ok();
            }
            Err(error) => answer(requests, &Err(error)),
        }
        self.decide();
    }

    /// Everybody of a group that was not written, and of the one behind it, is told so.
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
