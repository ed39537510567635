//! Names as small numbers, so that a million jobs of one queue hold its name once.
//!
//! A name is never forgotten before the next open: there are as many as people ever invented.

use std::collections::HashMap;
use std::hash::Hash;

/// Stands for a name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol(u32);

impl Symbol {
    /// Its place among all symbols, from 0.
    pub fn place(self) -> usize {
        self.0 as usize
    }
}

/// All names of one kind.
pub struct Names<N> {
    symbols: HashMap<N, Symbol>,
    names: Vec<N>,
}

impl<N> Default for Names<N> {
    fn default() -> Self {
        Self { symbols: HashMap::new(), names: Vec::new() }
    }
}

impl<N: Clone + Eq + Hash> Names<N> {
    /// The symbol of a name, a new one for a new name.
    pub fn symbol(&mut self, name: &N) -> Symbol {
        if let Some(symbol) = self.symbols.get(name) {
            return *symbol;
        }
        let place = u32::try_from(self.names.len()).expect("memory ends before four billion names");
        self.names.push(name.clone());
        self.symbols.insert(name.clone(), Symbol(place));
        Symbol(place)
    }

    /// The symbol of a name that is known.
    pub fn find(&self, name: &N) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    /// All names with their symbols.
    pub fn iter(&self) -> impl Iterator<Item = (Symbol, &N)> {
        (0..).map(Symbol).zip(&self.names)
    }

    /// The name of a symbol.
    pub fn name(&self, symbol: Symbol) -> &N {
        &self.names[symbol.place()]
    }
}
