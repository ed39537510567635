//! Whose turn it is among callers, and then among the fairness keys of each: hierarchical fair queueing.
//!
//! Callers weigh the same. The weight of a fairness key counts among the keys of its caller.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Memory, Turn, Turns};

/// The turns of callers and of their fairness keys.
#[derive(Clone, Debug)]
pub struct CallerTurns<Caller, Key> {
    callers: Turns<Caller>,
    keys: HashMap<Caller, Turns<Key>>,
    /// Those of a caller of whose keys nothing is remembered.
    none: Turns<Key>,
}

/// Of a caller and one of its fairness keys, as long as no jobs of others wait beside theirs.
#[derive(Clone, Copy, Debug)]
pub struct Alone {
    /// How many of their jobs wait.
    pub waiting: usize,
    /// How many starts of its round the fairness key has had.
    pub starts: u16,
}

/// What is remembered of a caller and of one of its fairness keys at one time, to go back to it.
#[derive(Clone, Copy, Debug)]
pub struct CallerMemory {
    caller: Memory,
    key: Memory,
}

impl<Caller, Key> Default for CallerTurns<Caller, Key> {
    fn default() -> Self {
        Self { callers: Turns::default(), keys: HashMap::new(), none: Turns::default() }
    }
}

impl<Caller, Key> CallerTurns<Caller, Key> {
    /// Turns by weighted round robin, for those that one gate holds back together.
    pub fn in_rounds() -> Self {
        Self { callers: Turns::in_rounds(), keys: HashMap::new(), none: Turns::in_rounds() }
    }
}

impl<Caller: Clone + Eq + Hash, Key: Clone + Eq + Hash> CallerTurns<Caller, Key> {
    /// Takes over a caller and a fairness key from where they were alone.
    pub fn take_over(&mut self, caller: &Caller, key: &Key, alone: Alone) {
        self.callers.take_over(caller.clone(), alone.waiting, 0);
        self.keys_mut(caller).take_over(key.clone(), alone.waiting, alone.starts);
    }

    /// The turns of callers.
    pub fn callers(&self) -> &Turns<Caller> {
        &self.callers
    }

    /// The turns of the fairness keys of a caller.
    pub fn keys(&self, caller: &Caller) -> &Turns<Key> {
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

    /// A job starts. It is among those that wait until [`CallerTurns::leave`].
    pub fn start(&mut self, caller: &Caller, key: &Key, weight: u16) {
        self.callers.start(caller, 1);
        self.change(caller, |keys| keys.start(key, weight));
    }

    /// What is remembered now.
    pub fn memory(&self, caller: &Caller, key: &Key) -> CallerMemory {
        CallerMemory { caller: self.callers.memory(caller), key: self.keys(caller).memory(key) }
    }

    /// Goes back to what was remembered, as if nothing had happened since.
    pub fn restore(&mut self, caller: &Caller, key: &Key, memory: CallerMemory) {
        self.callers.restore(caller.clone(), memory.caller);
        self.keys_mut(caller);
        self.change(caller, |keys| keys.restore(key.clone(), memory.key));
    }

    /// The turn of a caller, and that of a fairness key of it.
    pub fn turns(&self, caller: &Caller, key: &Key) -> (Turn, Turn) {
        (self.callers.turn(caller), self.keys(caller).turn(key))
    }

    fn keys_mut(&mut self, caller: &Caller) -> &mut Turns<Key> {
        let none = &self.none;
        self.keys.entry(caller.clone()).or_insert_with(|| none.clone())
    }

    /// Changes the keys of a caller, and forgets them when nothing is remembered of any.
    fn change(&mut self, caller: &Caller, change: impl FnOnce(&mut Turns<Key>)) {
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
        turns: &mut CallerTurns<char, char>,
        jobs: &[(char, char, u16)],
        count: usize,
    ) -> Vec<(char, char)> {
        let mut started = Vec::new();
        for _ in 0..count {
            let turn = |(caller, key, _): &&(char, char, u16)| {
                let (of_caller, of_key) = turns.turns(caller, key);
                (of_caller, *caller, of_key)
            };
            let (caller, key, weight) = *jobs.iter().min_by_key(turn).unwrap();
            turns.start(&caller, &key, weight);
            started.push((caller, key));
        }
        started
    }

    #[test]
    fn a_caller_with_many_keys_has_no_more_turns_than_one_with_a_single_one() {
        let mut turns = CallerTurns::default();
        let jobs: Vec<_> = ('a'..='z').map(|key| ('x', key, 1)).chain([('y', 'a', 1)]).collect();
        jobs.iter().for_each(|(caller, key, _)| turns.wait(caller, key));
        let started = starts(&mut turns, &jobs, 10);
        assert_eq!(started.iter().filter(|(caller, _)| *caller == 'y').count(), 5);
        let of_x: Vec<char> =
            started.iter().filter(|(caller, _)| *caller == 'x').map(|(_, key)| *key).collect();
        assert_eq!(of_x, ['a', 'b', 'c', 'd', 'e']);
    }

    #[test]
    fn a_weight_counts_within_its_caller() {
        let mut turns = CallerTurns::default();
        let jobs = [('x', 'a', 1000), ('x', 'b', 1), ('y', 'a', 1)];
        jobs.iter().for_each(|(caller, key, _)| turns.wait(caller, key));
        let started = starts(&mut turns, &jobs, 100);
        assert_eq!(started.iter().filter(|(caller, _)| *caller == 'y').count(), 50);
        assert!(started.iter().filter(|job| **job == ('x', 'b')).count() <= 2);
    }

    #[test]
    fn who_was_alone_goes_on_where_it_was() {
        let jobs = [('x', 'a', 3), ('x', 'b', 1), ('y', 'a', 1)];
        let mut always = CallerTurns::in_rounds();
        (0..5).for_each(|_| always.wait(&'x', &'a'));
        starts(&mut always, &jobs[..1], 5);
        let mut later = CallerTurns::in_rounds();
        later.take_over(&'x', &'a', Alone { waiting: 5, starts: 2 });
        for turns in [&mut always, &mut later] {
            turns.wait(&'x', &'b');
            turns.wait(&'y', &'a');
        }
        let of_x = |turns: &mut _| {
            let started = starts(turns, &jobs, 10);
            started.iter().filter(|(caller, _)| *caller == 'x').map(|(_, key)| *key).collect::<String>()
        };
        assert_eq!(of_x(&mut always), "aaaab");
        assert_eq!(of_x(&mut later), "aaaab");
    }

    #[test]
    fn what_is_restored_is_what_was_there() {
        let mut turns = CallerTurns::default();
        turns.wait(&'x', &'a');
        let before = turns.turns(&'x', &'a');
        let memory = turns.memory(&'x', &'a');
        turns.start(&'x', &'a', 1);
        turns.leave(&'x', &'a');
        turns.restore(&'x', &'a', memory);
        assert_eq!(turns.turns(&'x', &'a'), before);
    }

    #[test]
    fn nothing_is_kept_of_a_caller_without_waiting_jobs_whose_keys_are_not_ahead() {
        let mut turns = CallerTurns::<char, char>::default();
        turns.wait(&'x', &'a');
        turns.leave(&'x', &'a');
        assert!(turns.keys.is_empty());
    }
}
