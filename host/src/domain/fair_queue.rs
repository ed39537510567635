//! A fair queue: jobs of the same priority take turns by their fairness keys.
//!
//! Start-time fair queueing (Goyal, Vin and Cheng, 1996), where a key is a flow and a start is a packet of
//! length one. Each key has a pass, which a start moves on by less the more weight it has, and there is
//! one virtual time, the pass of the latest start. A key counts from the virtual time at least: one that
//! had nothing to run, or was not let run, gains no credit by that.
//!
//! The paper has one server and no gates. Here a rate, a limit or a lower priority may hold some keys back
//! while others go on, and so move the virtual time past all of those at once; then their passes
//! say nothing any more, and by due time the one with the oldest jobs would win each time. So equal
//! passes are ordered by rounds: a key that has had as many starts as it has weight goes behind those that
//! have not, and a newcomer behind those that waited before. That keeps the weights there too.
//!
//! A key is remembered while jobs of it wait, or while it is ahead of the virtual time; what was
//! forgotten is what a newcomer would get.
//!
//! Where one gate holds all keys back together, rounds say everything, and passes are left out: that is weighted
//! round robin ([`FairQueue::in_rounds`]). A key that comes, or that has had its starts, joins the round after that of
//! the latest start, so nothing is remembered of keys without waiting jobs.

use std::collections::HashMap;
use std::hash::Hash;

/// The distance by which a start moves a key of weight one.
const SCALE: u64 = 1_000_000;

/// From how many keys on those that need not be remembered are looked for.
const SWEEP_FROM: usize = 64;

/// Most keys without waiting jobs that are remembered: with a key for each of a million users the
/// virtual time stands still, for every start is a newcomer's. One that is forgotten gains one turn.
const IDLE_MAX: usize = 100_000;

/// A key's virtual time: the key with the lowest is next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct VirtualTime {
    /// Its pass, and not before the virtual time.
    pub pass: u64,
    /// The round that it is in, as a virtual time.
    pub round: u64,
}

/// A fair queue of keys.
#[derive(Clone, Debug)]
pub struct FairQueue<K> {
    rule: Rule,
    /// The virtual time: the pass of the latest start, or its round.
    now: u64,
    keys: HashMap<K, Key>,
    sweep_at: usize,
}

/// The rule of the order of keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    /// Passes, and rounds where these are equal: start-time fair queueing.
    Passes,
    /// Rounds alone: weighted round robin.
    Rounds,
}

/// A key as it was at one time, to restore it.
#[derive(Clone, Copy, Debug)]
pub struct Savepoint {
    now: u64,
    key: Option<Key>,
}

/// A key.
#[derive(Clone, Copy, Debug)]
struct Key {
    virtual_time: VirtualTime,
    /// Number of starts that it has had in its round.
    starts: u16,
    /// Number of its jobs that wait.
    waiting: usize,
}

impl<K> Default for FairQueue<K> {
    fn default() -> Self {
        Self { rule: Rule::Passes, now: 0, keys: HashMap::new(), sweep_at: SWEEP_FROM }
    }
}

impl<K> FairQueue<K> {
    /// A fair queue by weighted round robin.
    pub fn in_rounds() -> Self {
        Self { rule: Rule::Rounds, ..Self::default() }
    }

    /// The virtual time of a key of which no job waited until now.
    fn newcomer(&self) -> VirtualTime {
        match self.rule {
            Rule::Passes => VirtualTime { pass: self.now, round: self.now },
            Rule::Rounds => VirtualTime { pass: 0, round: self.now + 1 },
        }
    }
}

impl<K: Eq + Hash> FairQueue<K> {
    /// The virtual time of a key.
    pub fn virtual_time(&self, key: &K) -> VirtualTime {
        let virtual_time = self.keys.get(key).map_or_else(|| self.newcomer(), |key| key.virtual_time);
        VirtualTime { pass: virtual_time.pass.max(self.now), ..virtual_time }
    }

    /// Whether a key of this turn has had less than those that are ahead, so that its round decides.
    pub fn is_level(&self, virtual_time: VirtualTime) -> bool {
        virtual_time.pass <= self.now
    }

    /// One more job of a key waits.
    pub fn wait(&mut self, key: K) {
        let newcomer = Key { virtual_time: self.newcomer(), starts: 0, waiting: 0 };
        let known = self.keys.entry(key).or_insert(newcomer);
        if known.waiting == 0 && known.virtual_time.pass <= self.now {
            *known = newcomer;
        }
        known.waiting += 1;
    }

    /// Takes over a key from where it was alone: so many of its jobs wait, and it has had so many starts of its
    /// round.
    pub fn take_over(&mut self, key: K, waiting: usize, starts: u16) {
        let mut virtual_time = self.newcomer();
        if starts > 0 {
            virtual_time.round = self.now;
        }
        self.keys.insert(key, Key { virtual_time, starts, waiting });
    }

    /// One job less of a key waits.
    pub fn leave(&mut self, key: &K) {
        let Some(known) = self.keys.get_mut(key) else { return };
        known.waiting = known.waiting.saturating_sub(1);
        if known.waiting == 0 && known.virtual_time.pass <= self.now {
            self.keys.remove(key);
        }
    }

    /// A job of a key starts. It is among those that wait until [`FairQueue::leave`].
    pub fn start(&mut self, key: &K, weight: u16) {
        let virtual_time = self.virtual_time(key);
        let Some(known) = self.keys.get_mut(key) else { return };
        let weight = weight.max(1);
        let next_round = match self.rule {
            Rule::Passes => {
                self.now = virtual_time.pass;
                known.virtual_time.pass = virtual_time.pass + SCALE / u64::from(weight);
                virtual_time.pass + SCALE
            }
            Rule::Rounds => {
                self.now = self.now.max(virtual_time.round);
                self.now + 1
            }
        };
        known.starts += 1;
        if known.starts >= weight {
            (known.starts, known.virtual_time.round) = (0, next_round);
        }
        self.sweep();
    }

    /// Whether nothing is remembered of any key.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// A savepoint of a key.
    pub fn savepoint(&self, key: &K) -> Savepoint {
        Savepoint { now: self.now, key: self.keys.get(key).copied() }
    }

    /// Goes back to what was remembered of a key, as if nothing had happened since.
    pub fn restore(&mut self, key: K, savepoint: Savepoint) {
        self.now = savepoint.now;
        match savepoint.key {
            Some(known) => drop(self.keys.insert(key, known)),
            None => drop(self.keys.remove(&key)),
        }
    }

    /// Forgets those that need not be remembered, whenever their number may have doubled.
    fn sweep(&mut self) {
        if self.keys.len() >= self.sweep_at {
            let now = self.now;
            self.keys.retain(|_, key| key.waiting > 0 || key.virtual_time.pass > now);
            if self.keys.values().filter(|key| key.waiting == 0).count() > IDLE_MAX {
                self.keys.retain(|_, key| key.waiting > 0);
            }
            self.sweep_at = SWEEP_FROM.max(2 * self.keys.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts of these keys, of which the first wins where turns are equal.
    fn starts(fair_queue: &mut FairQueue<char>, keys: &[(char, u16)], count: usize) -> String {
        let mut started = String::new();
        for _ in 0..count {
            let (key, weight) = *keys.iter().min_by_key(|(key, _)| fair_queue.virtual_time(key)).unwrap();
            fair_queue.start(&key, weight);
            started.push(key);
        }
        started
    }

    fn waiting(keys: &str) -> FairQueue<char> {
        let mut fair_queue = FairQueue::default();
        keys.chars().for_each(|key| fair_queue.wait(key));
        fair_queue
    }

    #[test]
    fn keys_of_the_same_weight_alternate() {
        assert_eq!(starts(&mut waiting("ab"), &[('a', 1), ('b', 1)], 6), "ababab");
    }

    #[test]
    fn a_heavier_key_has_as_many_turns_more() {
        let started = starts(&mut waiting("abc"), &[('a', 3), ('b', 1), ('c', 2)], 600);
        let count = |key| started.chars().filter(|started| *started == key).count();
        assert!(
            [(count('a'), 300), (count('b'), 100), (count('c'), 200)]
                .into_iter()
                .all(|(is, should)| is.abs_diff(should) <= 1),
            "{started}"
        );
    }

    #[test]
    fn a_newcomer_is_next_and_one_that_rested_gains_no_credit() {
        let mut fair_queue = waiting("a");
        starts(&mut fair_queue, &[('a', 1)], 1_000);
        fair_queue.wait('b');
        assert_eq!(starts(&mut fair_queue, &[('a', 1), ('b', 1)], 5), "babab");
    }

    /// Between two starts of those that are held back, others have many.
    fn held_back(fair_queue: &mut FairQueue<char>, keys: &[(char, u16)], count: usize) -> String {
        let step = |_| {
            starts(fair_queue, &[('z', 1)], 50);
            starts(fair_queue, keys, 1)
        };
        (0..count).map(step).collect()
    }

    #[test]
    fn keys_that_a_gate_holds_back_while_others_go_on_keep_their_weights() {
        assert_eq!(held_back(&mut waiting("abz"), &[('a', 1), ('b', 1)], 6), "ababab");
        assert_eq!(held_back(&mut waiting("abz"), &[('a', 3), ('b', 1)], 12), "aaabaaabaaab");
    }

    #[test]
    fn one_that_comes_again_and_again_does_not_overtake_those_that_wait() {
        let mut fair_queue = waiting("az");
        let mut started = String::new();
        for _ in 0..3 {
            fair_queue.wait('b');
            started += &held_back(&mut fair_queue, &[('a', 1), ('b', 1)], 2);
            fair_queue.leave(&'b');
        }
        assert_eq!(started, "ababab");
    }

    /// A job of each of so many keys comes, starts and goes.
    fn come_and_go(fair_queue: &mut FairQueue<usize>, keys: usize) {
        for key in 0..keys {
            fair_queue.wait(key);
            fair_queue.start(&key, 1);
            fair_queue.leave(&key);
        }
    }

    fn waiting_in_rounds(keys: &str) -> FairQueue<char> {
        let mut fair_queue = FairQueue::in_rounds();
        keys.chars().for_each(|key| fair_queue.wait(key));
        fair_queue
    }

    #[test]
    fn in_rounds_each_key_has_as_many_starts_as_it_has_weight() {
        let keys = [('a', 1), ('b', 3), ('c', 1)];
        assert_eq!(starts(&mut waiting_in_rounds("abc"), &keys, 12), "abbbcabbbcab");
    }

    #[test]
    fn in_rounds_a_newcomer_joins_the_next_and_one_that_was_held_back_gains_no_credit() {
        let mut fair_queue = waiting_in_rounds("abc");
        assert_eq!(starts(&mut fair_queue, &[('a', 1), ('b', 1)], 5), "ababa");
        fair_queue.wait('d');
        assert_eq!(starts(&mut fair_queue, &[('a', 1), ('b', 1), ('c', 1), ('d', 1)], 8), "cbabcdab");
    }

    #[test]
    fn in_rounds_one_that_comes_again_and_again_does_not_overtake_those_that_wait() {
        let mut fair_queue = waiting_in_rounds("b");
        let mut started = String::new();
        for _ in 0..3 {
            fair_queue.wait('a');
            started += &starts(&mut fair_queue, &[('a', 1), ('b', 1)], 2);
            fair_queue.leave(&'a');
        }
        assert_eq!((started.as_str(), fair_queue.keys.len()), ("ababab", 1));
    }

    #[test]
    fn keys_that_are_not_ahead_are_forgotten_when_none_of_their_jobs_waits() {
        let (mut fair_queue, busy) = (FairQueue::default(), usize::MAX);
        fair_queue.wait(busy);
        for _ in 0..1_000 {
            come_and_go(&mut fair_queue, 10);
            fair_queue.start(&busy, 1);
            fair_queue.start(&busy, 1);
        }
        assert!(fair_queue.keys.len() <= 2 * SWEEP_FROM, "{}", fair_queue.keys.len());
    }

    #[test]
    fn keys_do_not_pile_up_where_every_start_is_a_newcomers() {
        let mut fair_queue = FairQueue::default();
        come_and_go(&mut fair_queue, 5 * IDLE_MAX);
        assert!(fair_queue.keys.len() <= 2 * IDLE_MAX, "{}", fair_queue.keys.len());
    }
}
