//! Names as small numbers, so that a million jobs of one queue hold its name once.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

/// Stands for a name as long as the name is in use.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Symbol(u32);

impl Symbol {
    /// The lowest.
    pub const FIRST: Symbol = Symbol(0);

    /// Its index among all symbols, from 0.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All names of one kind that are in use, in order.
pub struct Symbols<N> {
    symbols: BTreeMap<N, Symbol>,
    names: Vec<Option<N>>,
    /// Those whose names were forgotten.
    free: Vec<Symbol>,
}

impl<N> Default for Symbols<N> {
    fn default() -> Self {
        Self { symbols: BTreeMap::new(), names: Vec::new(), free: Vec::new() }
    }
}

impl<N: Clone + Ord> Symbols<N> {
    /// The symbol of a name, a new one for a new name.
    pub fn intern(&mut self, name: &N) -> Symbol {
        if let Some(symbol) = self.symbols.get(name) {
            return *symbol;
        }
        let symbol = self.free.pop().unwrap_or_else(|| {
            let index = u32::try_from(self.names.len()).expect("memory ends before four billion names");
            self.names.push(None);
            Symbol(index)
        });
        self.names[symbol.index()] = Some(name.clone());
        self.symbols.insert(name.clone(), symbol);
        symbol
    }

    /// Forgets a name; its symbol will stand for another. Nothing may hold the symbol any longer.
    pub fn forget(&mut self, symbol: Symbol) {
        if let Some(name) = self.names[symbol.index()].take() {
            self.symbols.remove(&name);
            self.free.push(symbol);
        }
    }

    /// The symbol of a name that is in use.
    pub fn find(&self, name: &N) -> Option<Symbol> {
        self.symbols.get(name).copied()
    }

    /// The name of a symbol that is in use.
    pub fn name(&self, symbol: Symbol) -> Option<&N> {
        self.names[symbol.index()].as_ref()
    }

    /// The names behind this one, in order, with their symbols.
    pub fn after(&self, name: Option<&N>) -> impl Iterator<Item = (&N, Symbol)> {
        let from = name.map_or(Unbounded, Excluded);
        self.symbols.range((from, Unbounded)).map(|(name, symbol)| (name, *symbol))
    }

    /// Number of names in use.
    pub fn count(&self) -> usize {
        self.symbols.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_symbol_of_a_forgotten_name_stands_for_another() {
        let mut symbols = Symbols::default();
        let (a, b) = (symbols.intern(&"a"), symbols.intern(&"b"));
        assert_eq!((symbols.intern(&"a"), symbols.find(&"b")), (a, Some(b)));
        symbols.forget(a);
        assert_eq!((symbols.find(&"a"), symbols.count()), (None, 1));
        assert_eq!(symbols.intern(&"c"), a);
        let names: Vec<_> = symbols.after(Some(&"b")).map(|(name, _)| *name).collect();
        assert_eq!(names, ["c"]);
    }
}
