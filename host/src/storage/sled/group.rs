//! Groups of requests: what is decided together is written and synced together.

use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};
use std::sync::Arc;

use sled::IVec;

use super::keys::Key;
use super::space::DiskSpace;
use crate::domain::Digest;

/// Rows to write, or to remove.
pub type Writes = BTreeMap<Key, Option<IVec>>;

/// The writes of a group so far.
pub struct Group {
    /// Its place in the sequence of groups, from 1.
    pub number: u64,
    /// Rows.
    pub writes: Arc<Writes>,
    /// Bytes of its rows.
    pub bytes: usize,
    /// Components whose files may have lost their last owner.
    pub orphans: Vec<Digest>,
    /// Up to where expired idempotency keys were swept out.
    pub swept: Option<Key>,
    /// The space on the disk when the group began.
    pub space: DiskSpace,
    /// Whether it has no request yet.
    pub is_new: bool,
}

/// A group that is on its way to the disk: what it wrote is read from here until it has arrived.
#[derive(Clone)]
pub struct Sealed {
    /// Its place in the sequence of groups.
    pub number: u64,
    /// Its rows.
    pub writes: Arc<Writes>,
}

impl Group {
    /// A group without requests.
    pub fn new(number: u64, space: DiskSpace) -> Self {
        Self {
            number,
            writes: Arc::default(),
            bytes: 0,
            orphans: Vec::new(),
            swept: None,
            space,
            is_new: true,
        }
    }

    /// Writes a row in place of the one under its key, or removes it. Returns what this group wrote under the
    /// key before.
    pub fn write(&mut self, key: Key, row: Option<IVec>) -> Option<Option<IVec>> {
        self.bytes += row.as_ref().map_or(0, |row| row.len());
        self.writes().insert(key, row)
    }

    /// Undoes a write: this is what the group wrote under the key before it.
    pub fn unwrite(&mut self, key: Key, before: Option<Option<IVec>>) {
        match before {
            Some(row) => drop(self.writes().insert(key, row)),
            None => drop(self.writes().remove(&key)),
        }
    }

    fn writes(&mut self) -> &mut Writes {
        // They are not shared before the group is sealed.
        Arc::make_mut(&mut self.writes)
    }
}

/// The rows of groups that are not on the disk yet, and the disk below them.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    /// The group that is decided now.
    pub group: &'a Group,
    /// The one before it, while it is written.
    pub sealed: Option<&'a Sealed>,
    /// The rows on the disk.
    pub rows: &'a sled::Tree,
}

impl<'a> Layers<'a> {
    /// The unsynced groups, the latest first.
    pub fn unsynced(self) -> impl Iterator<Item = (u64, &'a Writes)> {
        let sealed = self.sealed.map(|sealed| (sealed.number, &*sealed.writes));
        std::iter::once((self.group.number, &*self.group.writes)).chain(sealed)
    }

    /// The latest write of an unsynced group under a key, and the number of the group.
    pub fn unsynced_row(self, key: &[u8]) -> Option<(u64, &'a Option<IVec>)> {
        self.unsynced().find_map(|(number, writes)| Some((number, writes.get(key)?)))
    }
}

/// The writes under a prefix, in order.
pub fn under<'a>(
    writes: &'a Writes,
    prefix: &'a [u8],
) -> impl DoubleEndedIterator<Item = (&'a Key, &'a Option<IVec>)> {
    let end = end_of(prefix);
    let upper = end.map_or(Unbounded, std::ops::Bound::Excluded);
    writes.range::<Key, _>((Included(Key::from(prefix)), upper))
}

/// The first key behind all that begin with a prefix.
fn end_of(prefix: &[u8]) -> Option<Key> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < u8::MAX {
            end.push(last + 1);
            return Some(end.into());
        }
    }
    None
}
