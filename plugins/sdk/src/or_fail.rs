//! The consequence of any error or missing value, so that `?` works on it.

use std::any::Any;
use std::fmt::Display;
use std::time::Duration;

use crate::TaskError;

/// Turns the error of a `Result`, or the absence of an `Option`, into a [`TaskError`] with a consequence. An error that is a
/// `TaskError` already has one, and keeps it.
///
/// ```
/// use taskbox_task::{OrFail, TaskError};
///
/// fn quantity(text: &str) -> Result<u32, TaskError> {
///     text.trim().parse().or_permanent("the quantity is not a number")
/// }
///
/// let error = quantity("many").unwrap_err();
/// assert_eq!(error.to_string(), "the quantity is not a number: invalid digit found in string");
/// ```
pub trait OrFail<T> {
    /// Another attempt may succeed: it follows after the host's backoff.
    fn or_retry(self, what: impl Display) -> Result<T, TaskError>;

    /// Another attempt may succeed when `delay` has passed.
    fn or_retry_after(self, delay: Duration, what: impl Display) -> Result<T, TaskError>;

    /// No attempt can succeed.
    fn or_permanent(self, what: impl Display) -> Result<T, TaskError>;
}

impl<T, E: Display + 'static> OrFail<T> for Result<T, E> {
    fn or_retry(self, what: impl Display) -> Result<T, TaskError> {
        self.map_err(|error| {
            unless_decided(error, |error| TaskError::retryable(format_args!("{what}: {error}")))
        })
    }

    fn or_retry_after(self, delay: Duration, what: impl Display) -> Result<T, TaskError> {
        self.map_err(|error| {
            unless_decided(error, |error| TaskError::retry_after(delay, format_args!("{what}: {error}")))
        })
    }

    fn or_permanent(self, what: impl Display) -> Result<T, TaskError> {
        self.map_err(|error| {
            unless_decided(error, |error| TaskError::permanent(format_args!("{what}: {error}")))
        })
    }
}

impl<T> OrFail<T> for Option<T> {
    fn or_retry(self, what: impl Display) -> Result<T, TaskError> {
        self.ok_or_else(|| TaskError::retryable(what))
    }

    fn or_retry_after(self, delay: Duration, what: impl Display) -> Result<T, TaskError> {
        self.ok_or_else(|| TaskError::retry_after(delay, what))
    }

    fn or_permanent(self, what: impl Display) -> Result<T, TaskError> {
        self.ok_or_else(|| TaskError::permanent(what))
    }
}

/// The consequence of an error, unless it is a [`TaskError`], such as a wait, that has decided it.
fn unless_decided<E: 'static>(error: E, decide: impl FnOnce(E) -> TaskError) -> TaskError {
    match (&error as &dyn Any).downcast_ref::<TaskError>() {
        Some(decided) => decided.clone(),
        None => decide(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_its_words_behind_those_of_the_task() {
        let broken: Result<(), &str> = Err("connection reset");
        assert_eq!(broken.or_retry("the till"), Err(TaskError::retryable("the till: connection reset")));
        assert_eq!(broken.or_permanent("the till"), Err(TaskError::permanent("the till: connection reset")));
        let delay = Duration::from_secs(3);
        let later = TaskError::retry_after(delay, "the till: connection reset");
        assert_eq!(broken.or_retry_after(delay, "the till"), Err(later));
        assert_eq!(Ok::<_, &str>(7).or_retry("the till"), Ok(7));
    }

    #[test]
    fn a_consequence_that_is_decided_stays() {
        let waits = TaskError::Snooze(Duration::from_secs(9));
        assert_eq!(Err::<(), _>(waits.clone()).or_permanent("no"), Err(waits.clone()));
        assert_eq!(Err::<(), _>(waits.clone()).or_retry("no"), Err(waits.clone()));
        assert_eq!(Err::<(), _>(waits.clone()).or_retry_after(Duration::ZERO, "no"), Err(waits));
    }

    #[test]
    fn what_is_missing_fails_with_the_words_of_the_task() {
        assert_eq!(None::<u8>.or_permanent("no price"), Err(TaskError::permanent("no price")));
        assert_eq!(None::<u8>.or_retry("no price"), Err(TaskError::retryable("no price")));
        assert_eq!(Some(7).or_permanent("no price"), Ok(7));
    }
}
