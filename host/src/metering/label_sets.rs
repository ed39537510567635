//! The handles of a metric by the values of its labels: a bounded number of them.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use parking_lot::RwLock;

/// The value of a label in place of all values for which there is no room.
pub const OTHER: &str = "other";

/// Handles by the values of their labels.
pub(super) struct LabelSets<M, const N: usize>(RwLock<HashMap<Owned<N>, M>>);

impl<M: Clone, const N: usize> LabelSets<M, N> {
    /// The handle of these values, unless it has to be made first.
    pub(super) fn get(&self, values: [&str; N]) -> Option<M> {
        self.0.read().get(&values as &dyn Values).cloned()
    }

    /// The handle of these values, made if there is room; else that of the `reduced` ones, for which there always is.
    pub(super) fn make(
        &self,
        values: [&str; N],
        reduced: [&str; N],
        sets_max: usize,
        make: impl FnOnce([&str; N]) -> M,
    ) -> M {
        let mut sets = self.0.write();
        let has_room = sets.len() < sets_max || sets.contains_key(&values as &dyn Values);
        let values = if has_room { values } else { reduced };
        let known = sets.get(&values as &dyn Values).cloned();
        known.unwrap_or_else(|| {
            let made = make(values);
            sets.insert(Owned(values.map(Box::from)), made.clone());
            made
        })
    }

    /// Calls a function for each handle.
    pub(super) fn for_each(&self, mut call: impl FnMut([&str; N], &M)) {
        self.0.read().iter().for_each(|(values, made)| call(std::array::from_fn(|at| values.at(at)), made));
    }
}

impl<M, const N: usize> Default for LabelSets<M, N> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

/// The values of the labels of a kept handle.
#[derive(PartialEq, Eq)]
struct Owned<const N: usize>([Box<str>; N]);

/// Values of labels, owned or not: a look-up copies none.
trait Values {
    fn count(&self) -> usize;
    fn at(&self, index: usize) -> &str;
}

impl<const N: usize> Values for Owned<N> {
    fn count(&self) -> usize {
        N
    }

    fn at(&self, index: usize) -> &str {
        &self.0[index]
    }
}

impl<const N: usize> Values for [&str; N] {
    fn count(&self) -> usize {
        N
    }

    fn at(&self, index: usize) -> &str {
        self[index]
    }
}

impl PartialEq for dyn Values + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.count() == other.count() && (0..self.count()).all(|index| self.at(index) == other.at(index))
    }
}

impl Eq for dyn Values + '_ {}

impl Hash for dyn Values + '_ {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (0..self.count()).for_each(|index| self.at(index).hash(state));
    }
}

impl<const N: usize> Hash for Owned<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self as &dyn Values).hash(state);
    }
}

impl<'a, const N: usize> Borrow<dyn Values + 'a> for Owned<N> {
    fn borrow(&self) -> &(dyn Values + 'a) {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_sets_are_kept_as_there_is_room_for_and_the_others_share_one() {
        let sets = LabelSets::<usize, 2>::default();
        let make = |values, number| sets.make(values, [OTHER, "done"], 2, |_| number);
        assert_eq!(make(["a", "done"], 1), 1);
        assert_eq!(make(["b", "done"], 2), 2);
        assert_eq!(make(["a", "done"], 3), 1, "it was made before");
        assert_eq!(make(["c", "done"], 4), 4);
        assert_eq!(make(["d", "done"], 5), 4, "both are others");
        assert_eq!(sets.get(["b", "done"]), Some(2));
        assert_eq!(sets.get(["bd", "one"]), None);
        assert_eq!(sets.get(["c", "done"]), None);
        assert_eq!(sets.get([OTHER, "done"]), Some(4));
    }
}
