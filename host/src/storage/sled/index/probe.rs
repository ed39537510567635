//! Counts steps of claims in tests, which hold that what is held back is not looked at.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// A job, a strand or a class was looked at.
pub fn step() {
    #[cfg(test)]
    STEPS.set(STEPS.get() + 1);
}

/// How many steps this takes.
#[cfg(test)]
pub fn steps(of: impl FnOnce()) -> usize {
    STEPS.set(0);
    of();
    STEPS.get()
}
