//! Waiting jobs of one queue by task and priority, those left out that their concurrency keys hold back.
//!
//! A task in a queue is a class: what holds back the queue, the task or its plugin holds back the whole
//! class, and a claim passes over it however many wait in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::lane::{FairKey, Spot, StrandName};
use super::names::Symbol;
use super::tier::Tier;
use crate::domain::{Timestamp, Turn, Turns};

/// A waiting job's place among all: the lowest runs first.
pub type Place = (Reverse<i8>, Turn, Spot);

/// The classes of one queue in which jobs wait.
#[derive(Default)]
pub struct Classes(BTreeMap<Symbol, Class>);

/// Jobs of one queue and task, by priority.
#[derive(Default)]
pub struct Class(BTreeMap<Reverse<i8>, Tier>);

impl Classes {
    /// Adds a job.
    pub fn insert(&mut self, name: StrandName, job: Spot) {
        let class = self.0.entry(name.task).or_default();
        class.0.entry(Reverse(name.priority)).or_default().insert(name.fair, job);
    }

    /// Takes a job out.
    pub fn remove(&mut self, name: StrandName, job: Spot) {
        let Some(class) = self.0.get_mut(&name.task) else { return };
        let Some(tier) = class.0.get_mut(&Reverse(name.priority)) else { return };
        tier.remove(name.fair, job);
        if tier.is_empty() {
            class.0.remove(&Reverse(name.priority));
        }
        if class.0.is_empty() {
            self.0.remove(&name.task);
        }
    }

    /// The tasks of all classes.
    pub fn tasks(&self) -> impl Iterator<Item = Symbol> {
        self.0.keys().copied()
    }

    /// One class.
    pub fn class_mut(&mut self, task: Symbol) -> Option<&mut Class> {
        self.0.get_mut(&task)
    }

    /// All classes with their tasks.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Symbol, &mut Class)> {
        self.0.iter_mut().map(|(task, class)| (*task, class))
    }
}

impl Class {
    /// The due job that is next.
    pub fn first(&mut self, turns: &Turns<FairKey>, now: Timestamp) -> Option<Place> {
        let first = |(priority, tier): (&Reverse<i8>, &mut Tier)| {
            tier.first(turns, now).map(|(turn, job)| (*priority, turn, job))
        };
        self.0.iter_mut().find_map(first)
    }

    /// When the next job falls due: now, if there is one that is due.
    pub fn next_due(&mut self, turns: &Turns<FairKey>, now: Timestamp) -> Option<Timestamp> {
        match self.first(turns, now) {
            Some(_) => Some(now),
            None => self.0.values().filter_map(Tier::next_due).min(),
        }
    }
}
