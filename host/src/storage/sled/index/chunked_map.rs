//! A sorted map for keys that mostly come in order, such as ids by time.
//!
//! Entries lie in chunks of consecutive keys. Keys that come in order fill each chunk to its end, where a B-tree splits
//! full nodes and leaves them half empty: with millions of small entries that is most of the memory of an index.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// Most entries of a chunk. An insertion in the middle moves half of them.
const CHUNK_MAX: usize = 128;

/// A chunk: its entries in order, at least one.
type Chunk<K, V> = Vec<(K, V)>;

/// A sorted map.
pub struct ChunkedMap<K, V> {
    /// Chunks by keys that are at most their first ones and above the last one of the chunk before.
    chunks: BTreeMap<K, Chunk<K, V>>,
    len: usize,
    /// Entries that the chunks have room for.
    capacity: usize,
}

impl<K, V> Default for ChunkedMap<K, V> {
    fn default() -> Self {
        Self { chunks: BTreeMap::new(), len: 0, capacity: 0 }
    }
}

impl<K: Copy + Ord, V> ChunkedMap<K, V> {
    /// Number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes that its entries and chunks take, by their sizes.
    pub fn bytes(&self) -> usize {
        // A node of a B-tree that grows in order is half full.
        let per_chunk = 2 * (size_of::<K>() + size_of::<Chunk<K, V>>());
        self.capacity * size_of::<(K, V)>() + self.chunks.len() * per_chunk
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let (_, chunk) = self.chunks.range(..=key).next_back()?;
        let at = position(chunk, key).ok()?;
        Some(&chunk[at].1)
    }

    /// The value of a key, to change it.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let (_, chunk) = self.chunks.range_mut(..=key).next_back()?;
        let at = position(chunk, key).ok()?;
        Some(&mut chunk[at].1)
    }

    /// Inserts an entry. Returns the value that the key had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        self.cover(key);
        let Some((_, chunk)) = self.chunks.range_mut(..=key).next_back() else {
            self.add_chunk(key, vec![(key, value)]);
            self.len += 1;
            return None;
        };
        let at = match position(chunk, &key) {
            Ok(at) => return Some(std::mem::replace(&mut chunk[at].1, value)),
            Err(at) => at,
        };
        self.len += 1;
        if chunk.len() < CHUNK_MAX {
            self.capacity -= chunk.capacity();
            chunk.insert(at, (key, value));
            self.capacity += chunk.capacity();
        } else if at == CHUNK_MAX {
            self.add_chunk(key, vec![(key, value)]);
        } else {
            self.capacity -= chunk.capacity();
            let mut tail = chunk.split_off(CHUNK_MAX / 2);
            let half = if at <= chunk.len() { &mut *chunk } else { &mut tail };
            let at = if at <= CHUNK_MAX / 2 { at } else { at - CHUNK_MAX / 2 };
            half.insert(at, (key, value));
            chunk.shrink_to_fit();
            self.capacity += chunk.capacity();
            self.add_chunk(tail[0].0, tail);
        }
        None
    }

    /// Removes an entry. Returns its value.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let (&first, chunk) = self.chunks.range_mut(..=key).next_back()?;
        let at = position(chunk, key).ok()?;
        self.capacity -= chunk.capacity();
        let (_, value) = chunk.remove(at);
        self.len -= 1;
        if chunk.is_empty() {
            self.chunks.remove(&first);
            return Some(value);
        }
        if chunk.len() < chunk.capacity() / 2 {
            chunk.shrink_to_fit();
        }
        let (len, capacity) = (chunk.len(), chunk.capacity());
        self.capacity += capacity;
        if len <= CHUNK_MAX / 4 {
            self.merge_behind(first);
        }
        Some(value)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.chunks.values().flatten().map(|(key, value)| (key, value))
    }

    /// The keys below this one, or all, the last one first.
    pub fn keys_below(&self, below: Option<K>) -> impl Iterator<Item = K> {
        let chunks = below.map_or(self.chunks.range(..), |below| self.chunks.range(..below));
        let keys = chunks.rev().flat_map(|(_, chunk)| chunk.iter().rev().map(|(key, _)| *key));
        keys.skip_while(move |key| below.is_some_and(|below| *key >= below))
    }

    /// Makes the first chunk one for this key if the key is below all others.
    fn cover(&mut self, key: K) {
        if let Some(first) = self.chunks.first_entry()
            && key < *first.key()
        {
            let chunk = first.remove();
            self.chunks.insert(key, chunk);
        }
    }

    fn add_chunk(&mut self, key: K, chunk: Chunk<K, V>) {
        self.capacity += chunk.capacity();
        self.chunks.insert(key, chunk);
    }

    /// Merges a small chunk with the one behind it, if that is small too.
    fn merge_behind(&mut self, first: K) {
        let behind = self.chunks.range((Excluded(first), Unbounded)).next();
        let Some((&next, _)) = behind.filter(|(_, chunk)| chunk.len() <= CHUNK_MAX / 4) else { return };
        let Some(mut tail) = self.chunks.remove(&next) else { return };
        let Some(chunk) = self.chunks.get_mut(&first) else { return };
        self.capacity -= tail.capacity() + chunk.capacity();
        chunk.append(&mut tail);
        self.capacity += chunk.capacity();
    }
}

fn position<K: Ord, V>(chunk: &Chunk<K, V>, key: &K) -> Result<usize, usize> {
    // Most keys come behind all others.
    match chunk.last() {
        Some((last, _)) if last < key => Err(chunk.len()),
        _ => chunk.binary_search_by(|(known, _)| known.cmp(key)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_same(map: &ChunkedMap<u32, u32>, truth: &BTreeMap<u32, u32>) {
        assert!(map.iter().eq(truth.iter()));
        assert_eq!(map.len(), truth.len());
        assert_eq!(map.capacity, map.chunks.values().map(Vec::capacity).sum::<usize>());
        assert!(map.chunks.iter().all(|(first, chunk)| chunk.first().is_some_and(|(key, _)| first <= key)));
        assert!(map.chunks.values().all(|chunk| chunk.len() <= CHUNK_MAX));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn it_is_a_sorted_map(
            changes in prop::collection::vec((0_u32..1_500, 0_u32..5), 1..3_000),
            below in 0_u32..1_600,
        ) {
            let (mut map, mut truth) = (ChunkedMap::default(), BTreeMap::new());
            for (key, what) in changes {
                match what {
                    0 | 1 => prop_assert_eq!(map.remove(&key), truth.remove(&key)),
                    _ => prop_assert_eq!(map.insert(key, what), truth.insert(key, what)),
                }
                prop_assert_eq!(map.get(&key), truth.get(&key));
            }
            assert_same(&map, &truth);
            let keys: Vec<_> = truth.range(..below).rev().map(|(key, _)| *key).collect();
            prop_assert_eq!(map.keys_below(Some(below)).collect::<Vec<_>>(), keys);
            prop_assert!(map.keys_below(None).eq(truth.keys().rev().copied()));
        }
    }

    #[test]
    fn keys_in_order_waste_nothing_and_those_that_go_give_back() {
        let mut map = ChunkedMap::default();
        assert!((0..100_000_u64).all(|key| map.insert(key, key).is_none()));
        let per_entry = |map: &ChunkedMap<u64, u64>| map.bytes() as f64 / map.len() as f64;
        assert!(per_entry(&map) < 17.0, "{}", per_entry(&map));
        assert!((0..100_000).filter(|key| key % 10 > 0).all(|key| map.remove(&key) == Some(key)));
        assert!(per_entry(&map) < 32.0, "{}", per_entry(&map));
        assert!((0..100_000).step_by(10).all(|key| map.remove(&key) == Some(key)));
        assert_eq!((map.len(), map.bytes()), (0, 0));
    }
}
