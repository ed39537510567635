//! The queues that a claim is for.

use std::collections::BTreeSet;

use super::symbols::{Symbol, Symbols};
use crate::domain::{QueueChoice, QueueName};

/// The queues that a claim is for.
pub enum Scope {
    /// All.
    All,
    /// These.
    Only(BTreeSet<Symbol>),
    /// All but these.
    Except(BTreeSet<Symbol>),
}

impl Scope {
    /// The queues that a host chose, as far as they are known.
    pub fn new(choice: &QueueChoice, names: &Symbols<QueueName>) -> Self {
        let known =
            |queues: &BTreeSet<QueueName>| queues.iter().filter_map(|name| names.find(name)).collect();
        match choice {
            QueueChoice::All => Scope::All,
            QueueChoice::Only(queues) => Scope::Only(known(queues)),
            QueueChoice::Except(queues) => Scope::Except(known(queues)),
        }
    }

    /// The queues that are named, which other hosts may work alone or leave out.
    pub fn named(&self) -> impl Iterator<Item = Symbol> {
        let named = match self {
            Scope::All => None,
            Scope::Only(queues) | Scope::Except(queues) => Some(queues),
        };
        named.into_iter().flatten().copied()
    }

    /// Whether it has this queue.
    pub fn includes(&self, queue: Symbol) -> bool {
        match self {
            Scope::All => true,
            Scope::Only(queues) => queues.contains(&queue),
            Scope::Except(queues) => !queues.contains(&queue),
        }
    }

    /// Whether it has the queues that no host has named.
    pub fn includes_unnamed(&self) -> bool {
        !matches!(self, Scope::Only(_))
    }

    /// Those of a set of queues that it has.
    pub fn of<'a>(&'a self, queues: &'a BTreeSet<Symbol>) -> Box<dyn Iterator<Item = Symbol> + 'a> {
        match self {
            Scope::All => Box::new(queues.iter().copied()),
            Scope::Only(named) => Box::new(named.iter().copied().filter(|queue| queues.contains(queue))),
            Scope::Except(named) => Box::new(queues.iter().copied().filter(|queue| !named.contains(queue))),
        }
    }
}
