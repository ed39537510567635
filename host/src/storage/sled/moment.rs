//! All rows as they were at one moment, read while groups are written: sled has no snapshot.
//!
//! A reading goes through the rows in the order of their keys, in steps. Whoever writes a group keeps, before that, the old
//! value of each row that it changes ahead of the reading; a row behind it has been read. Both hold one lock for the length
//! of a step or of a batch, so that the reading begins between two groups and each of its steps sees whole ones.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use sled::IVec;

use super::group::Writes;
use super::keys::Key;
use super::view::damaged_read;
use crate::ports::{StorageError, StorageResult};

/// The most bytes of old values that a reading keeps in memory. At 5,000 jobs a second some 2 MB more are kept each second.
const KEPT_BYTES_MAX: usize = 256 << 20;

/// What an entry takes beside its key and its value.
const ENTRY_BYTES: usize = 96;

/// The rows of one step: read within a millisecond or two, for which a group may wait.
/// Few in tests, so that few rows take many steps.
const STEP_ROWS: usize = if cfg!(test) { 4 } else { 1_024 };
const STEP_BYTES: usize = 512 << 10;

/// The one reading that there may be.
#[derive(Default)]
pub struct Moment(Mutex<Option<Reading>>);

struct Reading {
    /// The first key that was not read yet.
    next: Key,
    /// The old values of rows from there on that have changed since; `None` for a row that was not there.
    old: BTreeMap<Key, Option<IVec>>,
    /// Bytes of these.
    bytes: usize,
    /// Why it cannot go on.
    broken: Option<StorageError>,
}

impl Moment {
    /// Begins a reading of what is there now. Refused while there is another one.
    pub fn begin<T>(&self, look: impl FnOnce() -> StorageResult<T>) -> StorageResult<T> {
        let mut reading = self.0.lock();
        if reading.is_some() {
            return Err(StorageError::Unavailable("another backup is under way".to_owned()));
        }
        let seen = look()?;
        *reading = Some(Reading { next: Key::default(), old: BTreeMap::new(), bytes: 0, broken: None });
        Ok(seen)
    }

    /// Whether there is a reading.
    pub fn is_read(&self) -> bool {
        self.0.lock().is_some()
    }

    /// Ends the reading.
    pub fn end(&self) {
        *self.0.lock() = None;
    }

    /// The next rows; none at the end.
    pub fn step(&self, rows: &sled::Tree) -> StorageResult<Vec<(Key, IVec)>> {
        let mut reading = self.0.lock();
        let reading = reading.as_mut().ok_or_else(|| {
            StorageError::Unavailable("the database was closed while it was read".to_owned())
        })?;
        // A step may come to nothing, where all its rows are newer than the reading.
        loop {
            let (found, is_end) = reading.step(rows)?;
            if !found.is_empty() || is_end {
                return Ok(found);
            }
        }
    }

    /// Writes by `apply`, after the old values of these rows are kept.
    pub fn while_kept<T>(&self, rows: &sled::Tree, writes: &Writes, apply: impl FnOnce() -> T) -> T {
        let mut reading = self.0.lock();
        if let Some(reading) = reading.as_mut()
            && reading.broken.is_none()
            && let Err(error) = reading.keep(rows, writes)
        {
            reading.give_up(error);
        }
        apply()
    }

    /// Ends a reading whose database could not be written: what it shows may not be on the disk.
    pub fn fail(&self, reason: &str) {
        if let Some(reading) = self.0.lock().as_mut() {
            reading.give_up(StorageError::Unavailable(reason.to_owned()));
        }
    }
}

impl Reading {
    fn keep(&mut self, rows: &sled::Tree, writes: &Writes) -> StorageResult<()> {
        for key in writes.range(self.next.clone()..).map(|(key, _)| key) {
            if self.old.contains_key(key) {
                continue;
            }
            let row = rows.get(key).map_err(damaged_read)?;
            self.bytes += size(key, row.as_ref());
            self.old.insert(key.clone(), row);
        }
        if self.bytes > KEPT_BYTES_MAX {
            let reason = "more has changed during the backup than memory is for; back up to a faster disk or network, \
                          or at a quieter time";
            return Err(StorageError::Unavailable(reason.to_owned()));
        }
        Ok(())
    }

    fn give_up(&mut self, error: StorageError) {
        (self.old, self.bytes, self.broken) = (BTreeMap::new(), 0, Some(error));
    }

    /// The next rows, and whether there are no more behind them.
    fn step(&mut self, rows: &sled::Tree) -> StorageResult<(Vec<(Key, IVec)>, bool)> {
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let (mut found, mut bytes) = (BTreeMap::new(), 0);
        let mut there = rows.range(self.next.clone()..);
        let mut last = None;
        while found.len() < STEP_ROWS && bytes < STEP_BYTES {
            let Some(row) = there.next() else { break };
            let (key, row) = row.map_err(damaged_read)?;
            bytes += row.len();
            last = Some(key.clone());
            found.insert(key, row);
        }
        let is_end = found.len() < STEP_ROWS && bytes < STEP_BYTES;
        let old = match last {
            Some(last) if !is_end => {
                self.next = behind(&last);
                let later = self.old.split_off(&self.next);
                std::mem::replace(&mut self.old, later)
            }
            _ => std::mem::take(&mut self.old),
        };
        for (key, row) in old {
            self.bytes -= size(&key, row.as_ref());
            match row {
                Some(row) => drop(found.insert(key, row)),
                None => drop(found.remove(&key)),
            }
        }
        if is_end {
            // Nothing is kept any more: no key is ahead of the reading.
            self.next = Key::from(&[u8::MAX; 4]);
        }
        Ok((found.into_iter().collect(), is_end))
    }
}

/// The first key behind this one.
fn behind(key: &Key) -> Key {
    [key, &[0][..]].concat().into()
}

fn size(key: &Key, row: Option<&IVec>) -> usize {
    ENTRY_BYTES + key.len() + row.map_or(0, |row| row.len())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A write or a removal of a row under one of a few keys.
    fn write() -> impl Strategy<Value = (Key, Option<IVec>)> {
        let key = (0_u8..60).prop_map(|key| Key::from(&[b'j', key]));
        let row = proptest::option::of(any::<u8>().prop_map(|byte| IVec::from(&[byte])));
        (key, row)
    }

    fn batch() -> impl Strategy<Value = Writes> {
        vec(write(), 0..8).prop_map(|writes| writes.into_iter().collect())
    }

    fn apply(rows: &sled::Tree, writes: &Writes) {
        let mut batch = sled::Batch::default();
        for (key, row) in writes {
            match row {
                Some(row) => batch.insert(key.clone(), row.clone()),
                None => batch.remove(key.clone()),
            }
        }
        rows.apply_batch(batch).unwrap();
    }

    fn all(rows: &sled::Tree) -> Vec<(Key, IVec)> {
        rows.iter().collect::<Result<_, _>>().unwrap()
    }

    proptest! {
        #[test]
        fn what_changes_while_it_is_read_is_seen_as_it_was(
            before in vec(write(), 0..60),
            // After how many steps each group is written.
            groups in vec((0_usize..4, batch()), 0..20),
        ) {
            let db = sled::Config::new().temporary(true).open().unwrap();
            apply(&db, &before.into_iter().collect());
            let (moment, then) = (Moment::default(), all(&db));
            moment.begin(|| Ok(())).unwrap();
            prop_assert!(moment.begin(|| Ok(())).is_err(), "there is one at a time");
            let mut read = Vec::new();
            for (steps, writes) in groups {
                for _ in 0..steps {
                    read.extend(moment.step(&db).unwrap());
                }
                moment.while_kept(&db, &writes, || apply(&db, &writes));
            }
            loop {
                let rows = moment.step(&db).unwrap();
                if rows.is_empty() {
                    break;
                }
                read.extend(rows);
            }
            prop_assert_eq!(read, then);
        }
    }

    #[test]
    fn a_reading_whose_database_fails_fails_too() {
        let db = sled::Config::new().temporary(true).open().unwrap();
        let moment = Moment::default();
        moment.begin(|| Ok(())).unwrap();
        moment.fail("the disk failed");
        assert!(moment.step(&db).is_err());
        moment.end();
        assert!(moment.step(&db).is_err() && moment.begin(|| Ok(())).is_ok());
    }
}
