//! Hierarchical fair queueing: of callers, and then of the fairness keys of each.
//!
//! Callers weigh the same. The weight of a fairness key counts among the keys of its caller.

use std::collections::HashMap;
use std::hash::Hash;

use super::{FairQueue, Savepoint, VirtualTime};

/// Fair queues of callers, and of the fairness keys of each.
#[derive(Clone, Debug)]
pub struct FairQueues<Caller, Key> {
    callers: FairQueue<Caller>,
    keys: HashMap<Caller, FairQueue<Key>>,
    /// The fair queue of a caller of whose keys nothing is remembered.
    none: FairQueue<Key>,
}

/// Of a caller and one of its fairness keys, as long as no jobs of others wait beside theirs.
#[derive(Clone, Copy, Debug)]
pub struct Alone {
    /// Number of their jobs that wait.
    pub waiting: usize,
    /// Number of starts that the fairness key has had in its round.
    pub starts: u16,
}

/// A caller and one of its fairness keys as they were at one time, to restore them.
#[derive(Clone, Copy, Debug)]
pub struct FairQueuesSavepoint {
    caller: Savepoint,
    key: Savepoint,
}

impl<Caller, Key> Default for FairQueues<Caller, Key> {
    fn default() -> Self {
        Self { callers: FairQueue::default(), keys: HashMap::new(), none: FairQueue::default() }
    }
}

impl<Caller, Key> FairQueues<Caller, Key> {
    /// Fair queues by weighted round robin, for keys that one gate holds back together.
    pub fn in_rounds() -> Self {
        Self { callers: FairQueue::in_rounds(), keys: HashMap::new(), none: FairQueue::in_rounds() }
    }
}

impl<Caller: Clone + Eq + Hash, Key: Clone + Eq + Hash> FairQueues<Caller, Key> {
    /// Takes over a caller and a fairness key from where they were alone.
    pub fn take_over(&mut self, caller: &Caller, key: &Key, alone: Alone) {
        self.callers.take_over(caller.clone(), alone.waiting, 0);
        self.keys_mut(caller).take_over(key.clone(), alone.waiting, alone.starts);
    }

    /// The fair queue of callers.
    pub fn callers(&self) -> &FairQueue<Caller> {
        &self.callers
    }

    /// The fair queue of the fairness keys of a caller.
    pub fn keys(&self, caller: &Caller) -> &FairQueue<Key> {
        self.keys.get(caller).unwrap_or(&self.none)
    }

    /// One more job waits.
    pub fn wait(&mut self, caller: &Caller, key: &Key) {
        self.callers.wait(caller.clone());
        self.keys_mut(caller).wait(key.clone());
    }

    /// One job less waits.
    pub fn leave(&mut self, caller: &Caller, key: &Key) {
        self.callers.leave(caller);
        self.change(caller, |keys| keys.leave(key));
    }

    /// A job starts. It is among those that wait until [`FairQueues::leave`].
    pub fn start(&mut self, caller: &Caller, key: &Key, weight: u16) {
        self.callers.start(caller, 1);
        self.change(caller, |keys| keys.start(key, weight));
    }

    /// A savepoint of a caller and one of its fairness keys.
    pub fn savepoint(&self, caller: &Caller, key: &Key) -> FairQueuesSavepoint {
        FairQueuesSavepoint { caller: self.callers.savepoint(caller), key: self.keys(caller).savepoint(key) }
    }

    /// Restores a savepoint.
    pub fn restore(&mut self, caller: &Caller, key: &Key, savepoint: FairQueuesSavepoint) {
        self.callers.restore(caller.clone(), savepoint.caller);
        self.keys_mut(caller);
        self.change(caller, |keys| keys.restore(key.clone(), savepoint.key));
    }

    /// The virtual times of a caller and of one of its fairness keys.
    pub fn virtual_times(&self, caller: &Caller, key: &Key) -> (VirtualTime, VirtualTime) {
        (self.callers.virtual_time(caller), self.keys(caller).virtual_time(key))
    }

    fn keys_mut(&mut self, caller: &Caller) -> &mut FairQueue<Key> {
        let none = &self.none;
        self.keys.entry(caller.clone()).or_insert_with(|| none.clone())
    }

    /// Changes the keys of a caller, and forgets them when nothing is remembered of any.
    fn change(&mut self, caller: &Caller, change: impl FnOnce(&mut FairQueue<Key>)) {
        let Some(keys) = self.keys.get_mut(caller) else { return };
        change(keys);
        if keys.is_empty() {
            self.keys.remove(caller);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts of these callers' keys, of which the first wins where turns are equal.
    fn starts(
        fair_queues: &mut FairQueues<char, char>,
        jobs: &[(char, char, u16)],
        count: usize,
    ) -> Vec<(char, char)> {
        let mut started = Vec::new();
        for _ in 0..count {
            let virtual_time = |(caller, key, _): &&(char, char, u16)| {
                let (of_caller, of_key) = fair_queues.virtual_times(caller, key);
                (of_caller, *caller, of_key)
            };
            let (caller, key, weight) = *jobs.iter().min_by_key(virtual_time).unwrap();
            fair_queues.start(&caller, &key, weight);
            started.push((caller, key));
        }
        started
    }

    #[test]
    fn a_caller_with_many_keys_has_no_more_turns_than_one_with_a_single_one() {
        let mut fair_queues = FairQueues::default();
        let jobs: Vec<_> = ('a'..='z').map(|key| ('x', key, 1)).chain([('y', 'a', 1)]).collect();
        jobs.iter().for_each(|(caller, key, _)| fair_queues.wait(caller, key));
        let started = starts(&mut fair_queues, &jobs, 10);
        assert_eq!(started.iter().filter(|(caller, _)| *caller == 'y').count(), 5);
        let of_x: Vec<char> =
            started.iter().filter(|(caller, _)| *caller == 'x').map(|(_, key)| *key).collect();
        assert_eq!(of_x, ['a', 'b', 'c', 'd', 'e']);
    }

    #[test]
    fn a_weight_counts_within_its_caller() {
        let mut fair_queues = FairQueues::default();
        let jobs = [('x', 'a', 1000), ('x', 'b', 1), ('y', 'a', 1)];
        jobs.iter().for_each(|(caller, key, _)| fair_queues.wait(caller, key));
        let started = starts(&mut fair_queues, &jobs, 100);
        assert_eq!(started.iter().filter(|(caller, _)| *caller == 'y').count(), 50);
        assert!(started.iter().filter(|job| **job == ('x', 'b')).count() <= 2);
    }

    #[test]
    fn who_was_alone_goes_on_where_it_was() {
        let jobs = [('x', 'a', 3), ('x', 'b', 1), ('y', 'a', 1)];
        let mut always = FairQueues::in_rounds();
        (0..5).for_each(|_| always.wait(&'x', &'a'));
        starts(&mut always, &jobs[..1], 5);
        let mut later = FairQueues::in_rounds();
        later.take_over(&'x', &'a', Alone { waiting: 5, starts: 2 });
        for fair_queues in [&mut always, &mut later] {
            fair_queues.wait(&'x', &'b');
            fair_queues.wait(&'y', &'a');
        }
        let of_x = |fair_queues: &mut _| {
            let started = starts(fair_queues, &jobs, 10);
            started.iter().filter(|(caller, _)| *caller == 'x').map(|(_, key)| *key).collect::<String>()
        };
        assert_eq!(of_x(&mut always), "aaaab");
        assert_eq!(of_x(&mut later), "aaaab");
    }

    #[test]
    fn what_is_restored_is_what_was_there() {
        let mut fair_queues = FairQueues::default();
        fair_queues.wait(&'x', &'a');
        let before = fair_queues.virtual_times(&'x', &'a');
        let savepoint = fair_queues.savepoint(&'x', &'a');
        fair_queues.start(&'x', &'a', 1);
        fair_queues.leave(&'x', &'a');
        fair_queues.restore(&'x', &'a', savepoint);
        assert_eq!(fair_queues.virtual_times(&'x', &'a'), before);
    }

    #[test]
    fn nothing_is_kept_of_a_caller_without_waiting_jobs_whose_keys_are_not_ahead() {
        let mut fair_queues = FairQueues::<char, char>::default();
        fair_queues.wait(&'x', &'a');
        fair_queues.leave(&'x', &'a');
        assert!(fair_queues.keys.is_empty());
    }
}
