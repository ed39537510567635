//! The thread that writes: one group at a time to the disk, and then its answers.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use tokio::sync::watch;

use super::committer::Request;
use super::decider::Message;
use super::disk::Disk;
use super::garbage;
use super::group::Group;
use super::synced::Synced;

/// A group on its way to the disk.
pub struct Handed {
    /// Where it goes.
    pub disk: Arc<Disk>,
    /// What is written.
    pub group: Group,
    /// Where readers learn that it arrived.
    pub synced: watch::Sender<Synced>,
    /// Who is answered then.
    pub requests: Vec<Box<dyn Request>>,
}

/// The writing thread.
pub struct Writer {
    groups: Receiver<Handed>,
    messages: Sender<Message>,
}

impl Writer {
    /// A writer of these groups, which reports there.
    pub fn new(groups: Receiver<Handed>, messages: Sender<Message>) -> Self {
        Self { groups, messages }
    }

    /// Works until no more groups are coming.
    pub fn run(self) {
        while let Ok(handed) = self.groups.recv() {
            let rows = handed.group.writes.len();
            let message = write(handed);
            // A decider that is gone has nobody who waits.
            let _ = self.messages.send(message);
            garbage::collect(rows);
        }
    }
}

fn write(handed: Handed) -> Message {
    let Handed { disk, group, synced, requests } = handed;
    if !group.writes.is_empty()
        && let Err(error) = disk.write(&group.writes)
    {
        return Message::Failed(requests, error);
    }
    synced.send_replace(Synced::upto(group.number));
    disk.forget_orphans(&group.orphans);
    requests.into_iter().for_each(|request| request.answer(&Ok(())));
    Message::Written
}
