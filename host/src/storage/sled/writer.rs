//! The thread that writes: one group at a time to the disk, and then its answers.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};

use super::disk::{CommitError, Disk};
use super::garbage::{self, Rest};
use super::group::Writes;
use super::handed::Handed;
use super::inbox::Inbox;
use super::synced::Synced;
use crate::metering::Stopwatch;
use crate::metering::catalog::{ROWS_WRITTEN, SYNC_TIME};

/// The writing thread.
pub struct Writer {
    groups: Receiver<Handed>,
    inbox: Arc<Inbox>,
}

impl Writer {
    /// A writer of these groups, which reports there.
    pub fn new(groups: Receiver<Handed>, inbox: Arc<Inbox>) -> Self {
        Self { groups, inbox }
    }

    /// Works until no more groups are coming. Gives memory back when nothing has been written for a while.
    pub fn run(self) {
        let mut rest = Rest::default();
        loop {
            match self.next_group(&rest) {
                Ok(handed) => {
                    let rows = handed.group.writes.len();
                    self.write(handed);
                    if rows > 0 {
                        garbage::collect(rows);
                        rest = Rest::begin();
                    }
                }
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            rest.go_on();
        }
    }

    fn next_group(&self, rest: &Rest) -> Result<Handed, RecvTimeoutError> {
        match rest.remaining() {
            Some(remaining) => self.groups.recv_timeout(remaining),
            None => Ok(self.groups.recv()?),
        }
    }

    fn write(&self, handed: Handed) {
        let Handed { disk, group, synced, requests } = handed;
        let written = if group.writes.is_empty() { Ok(()) } else { write_timed(&disk, &group.writes) };
        if let Err(error) = written {
            // Whoever opens the database again finds it locked while this holds it.
            drop(disk);
            return self.inbox.failed(requests, error);
        }
        synced.send_replace(Synced::upto(group.number));
        disk.forget_orphans(&group.orphans);
        requests.into_iter().for_each(|request| request.answer(&Ok(())));
        self.inbox.written();
    }
}

fn write_timed(disk: &Disk, writes: &Writes) -> Result<(), CommitError> {
    let stopwatch = Stopwatch::start();
    disk.write(writes)?;
    stopwatch.record(&SYNC_TIME);
    ROWS_WRITTEN.increment(writes.len() as u64);
    Ok(())
}
