//! Names and sizes that the host requires, checked before it is asked.

use crate::TaskError;

/// The longest name of a step, in bytes.
pub(crate) const STEP_BYTES_MAX: usize = 128;

/// The largest checkpoint, in bytes of JSON.
pub(crate) const CHECKPOINT_BYTES_MAX: usize = 256 * 1024;

/// The most steps of one wait.
pub(crate) const AWAITED_STEPS_MAX: usize = 1_000;

const EVENT_LENGTH_MAX: usize = 64;

/// Fails for good if this is not the name of an event.
pub(crate) fn check_event(name: &str) -> Result<(), TaskError> {
    let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.');
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if begins && name.len() <= EVENT_LENGTH_MAX && name.chars().all(allowed) {
        return Ok(());
    }
    Err(TaskError::permanent(format!(
        "{name:?} is not the name of an event: 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter"
    )))
}

/// Fails for good if this is not the name of a step.
pub(crate) fn check_step(name: &str) -> Result<(), TaskError> {
    if (1..=STEP_BYTES_MAX).contains(&name.len()) {
        return Ok(());
    }
    let length = name.len();
    Err(TaskError::permanent(format!(
        "the name of a step has 1 to {STEP_BYTES_MAX} bytes, and {name:?} has {length}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_contract() {
        for name in ["a", "approval", "order-7.paid_in", &"a".repeat(64)] {
            assert_eq!(check_event(name), Ok(()), "{name}");
        }
        for name in ["", "Approval", "7", "a b", "\u{e9}", &"a".repeat(65)] {
            assert!(matches!(check_event(name), Err(TaskError::Permanent(_))), "{name}");
        }
        assert_eq!(check_step(&"\u{e9}".repeat(64)), Ok(()));
        assert!(check_step("").is_err() && check_step(&"x".repeat(129)).is_err());
    }
}
