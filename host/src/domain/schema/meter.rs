//! The bounds of one check: steps and stack.
//!
//! The validator recurses as a schema and a value ask for, and has no bound of its own: references can double at each
//! level, and lead deeper than a stack. It cannot be asked to stop either, so that it is left by unwinding.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Stack that a check may use, in bytes: a quarter of that of a thread.
const STACK_BYTES_MAX: usize = 512 * 1024;

/// Bytes of a string that count as one step.
const BYTES_PER_STEP: usize = 16;

/// Steps that checks may take: looks at a value, each some 30 ns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work {
    steps: u64,
}

/// A check was left.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OutOfWork;

#[derive(Clone, Copy)]
struct Meter {
    steps: u64,
    /// The address of the stack at which the check began.
    began_at: usize,
}

thread_local! {
    static METER: Cell<Option<Meter>> = const { Cell::new(None) };
}

impl Work {
    /// This number of steps.
    pub const fn new(steps: u64) -> Self {
        Self { steps }
    }

    /// Runs a check until it ends or the steps do. One that panics did not end either.
    pub(super) fn run<T>(&mut self, check: impl FnOnce() -> T) -> Result<T, OutOfWork> {
        let outer = METER.replace(Some(Meter { steps: self.steps, began_at: stack_address() }));
        // Nothing of the check is seen after it was left.
        let result = catch_unwind(AssertUnwindSafe(check));
        self.steps = METER.replace(outer).map_or(0, |meter| meter.steps);
        result.map_err(|_| OutOfWork)
    }
}

/// Counts one look at a value, or leaves the check.
pub(super) fn step() {
    steps(1);
}

/// Counts the reading of a string.
pub(super) fn read(text: &str) {
    steps(1 + (text.len() / BYTES_PER_STEP) as u64);
}

fn steps(count: u64) {
    let Some(meter) = METER.get() else { return };
    let left = meter.steps.saturating_sub(count);
    METER.set(Some(Meter { steps: left, ..meter }));
    if left == 0 || meter.began_at.abs_diff(stack_address()) > STACK_BYTES_MAX {
        resume_unwind(Box::new(OutOfWork));
    }
}

/// Where on the stack this function runs, about.
#[inline(never)]
fn stack_address() -> usize {
    let here = 0_u8;
    &raw const here as usize
}
