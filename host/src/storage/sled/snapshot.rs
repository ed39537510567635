//! Reading from outside a request: everything as it is decided at one moment.

use std::cell::Cell;

use sled::IVec;

use super::chunks::Rows;
use super::group::Layers;
use super::keys::Key;
use super::running::{Running, RunningJob};
use super::txn::merged_keys;
use super::view::Look;
use crate::domain::JobId;
use crate::ports::StorageResult;

/// Everything as it is decided now. It remembers the latest group that it saw something of: what it read holds
/// when that group is on the disk.
pub struct Snapshot<'a> {
    layers: Layers<'a>,
    running: &'a Running,
    saw: Cell<u64>,
}

impl<'a> Snapshot<'a> {
    /// The snapshot of these layers and these jobs.
    pub fn new(layers: Layers<'a>, running: &'a Running) -> Self {
        Self { layers, running, saw: Cell::new(0) }
    }

    /// The latest unsynced group of which something was read; 0 when all of it is on the disk.
    pub fn saw(&self) -> u64 {
        self.saw.get()
    }

    fn see(&self, number: u64) {
        self.saw.set(self.saw.get().max(number));
    }
}

impl Rows for Snapshot<'_> {
    fn row(&self, key: &[u8]) -> StorageResult<Option<IVec>> {
        match self.layers.unsynced_row(key) {
            Some((number, row)) => {
                self.see(number);
                Ok(row.clone())
            }
            None => self.layers.rows.row(key),
        }
    }
}

impl Look for Snapshot<'_> {
    fn keys(&self, prefix: &[u8]) -> StorageResult<Vec<Key>> {
        for (number, writes) in self.layers.unsynced() {
            if super::group::under(writes, prefix).next().is_some() {
                self.see(number);
            }
        }
        let written = self.layers.unsynced().map(|(_, writes)| writes).collect();
        merged_keys(self.layers.rows, written, prefix)
    }

    fn running(&self, id: JobId) -> Option<&RunningJob> {
        let job = self.running.get(id)?;
        let claim = super::keys::claim(job.record.run);
        // It started in the group that wrote its claim, and something of it may have been written since.
        for key in [claim, super::keys::state(id)] {
            self.layers.unsynced_row(&key).into_iter().for_each(|(number, _)| self.see(number));
        }
        Some(job)
    }
}
