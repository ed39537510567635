//! Limits of the cost of a component. All of them let the largest real programs pass with a margin: CPython
//! and SpiderMonkey, whose loops over all instructions of their languages are one function each. What they
//! have was counted in components of componentize-py 0.25 and componentize-js 0.19.

use crate::ports::Unfit;
use crate::sandbox::fit::unfit;

/// The most of one number.
pub(super) struct Limit {
    /// What is counted, in the plural.
    what: &'static str,
    max: u64,
    advice: &'static str,
}

const FEWER_PARTS: &str = "link it into fewer and smaller parts, or split it into several plugins";
const SMALLER_FUNCTIONS: &str =
    "split the function; code that a program generated is often in tables just as well";

impl Limit {
    /// Refuses `found` of `whose` when it is too much.
    pub(super) fn check(&self, found: u64, whose: &str) -> Result<(), Unfit> {
        if found <= self.max {
            return Ok(());
        }
        let Self { what, max, advice } = self;
        Err(unfit(
            format!("{whose} has {found} {what}, more than the {max} that this host compiles"),
            *advice,
        ))
    }
}

/// Modules and components in one: CPython comes as 17, and some more for each native library.
pub(super) const MODULES: Limit = Limit { what: "modules and components", max: 1_000, advice: FEWER_PARTS };

/// Levels of components in components; two or three are usual, one more for each composition.
pub(super) const DEPTH: Limit = Limit { what: "levels of components", max: 20, advice: FEWER_PARTS };

/// Functions: CPython and SpiderMonkey have 13,000 each. One costs kilobytes and tens of microseconds,
/// however small it is.
pub(super) const FUNCTIONS: Limit = Limit { what: "functions", max: 150_000, advice: FEWER_PARTS };

/// Entries of all sections but code: 12,000. The host itself keeps something of each while it knows the plugin.
pub(super) const ENTRIES: Limit =
    Limit { what: "types, imports, exports and segments", max: 150_000, advice: FEWER_PARTS };

/// Bytes of one function: 427,000 in CPython's.
pub(super) const FUNCTION_BYTES: Limit =
    Limit { what: "bytes of code", max: 4 << 20, advice: SMALLER_FUNCTIONS };

/// Blocks within each other: 780, for a `switch` becomes a block for each of its cases.
pub(super) const NESTING: Limit = Limit { what: "nested blocks", max: 8_000, advice: SMALLER_FUNCTIONS };

/// Loops within each other: 6, as people write them. The work grows with the square.
pub(super) const LOOPS: Limit = Limit { what: "nested loops", max: 100, advice: SMALLER_FUNCTIONS };

/// Blocks and targets of branches: 16,000.
pub(super) const BLOCKS: Limit =
    Limit { what: "blocks and branches", max: 160_000, advice: SMALLER_FUNCTIONS };

/// Locals times blocks: 500,000. For each pair there may be a value to choose where paths meet.
pub(super) const MEETINGS: Limit =
    Limit { what: "locals times blocks", max: 5_000_000, advice: SMALLER_FUNCTIONS };

/// Values that calls, blocks and branches pass: 8,000. One instruction of three bytes may pass a thousand.
pub(super) const VALUES: Limit =
    Limit { what: "values passed by calls and branches", max: 400_000, advice: SMALLER_FUNCTIONS };
