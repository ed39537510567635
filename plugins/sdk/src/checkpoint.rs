//! Steps that must not be repeated.
//!
//! A job runs at least once: an attempt can be cut off anywhere, and the next one starts at the beginning. Only
//! checkpoints record the work of earlier attempts.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bindings::taskbox::task::job;
use crate::{Json, TaskError};

/// Runs a step once in the life of a job, and returns its result on every attempt.
///
/// If this attempt or an earlier one finished the step of this name, its result is returned and `run` is not called.
/// Otherwise `run` is called, and its result is stored durably before it is returned. An error is not stored, so that
/// the step runs again on the next attempt.
///
/// One gap remains that no host can close: an attempt can be cut off when `run` has done its work and the result is not
/// stored yet. Therefore also send third parties an idempotency key
/// ([`JobContext::idempotency_key_of`](crate::JobContext::idempotency_key_of)) as well.
pub fn step<T>(name: &str, run: impl FnOnce() -> Result<T, TaskError>) -> Result<T, TaskError>
where
    T: Serialize + DeserializeOwned,
{
    step_in(&mut OfThisJob, name, run)
}

/// A store of checkpoints.
trait Checkpoints {
    fn get(&self, name: &str) -> Option<Json>;
    fn set(&mut self, name: &str, value: &str) -> Result<(), String>;
}

/// The checkpoints of the running job, in the host.
struct OfThisJob;

impl Checkpoints for OfThisJob {
    fn get(&self, name: &str) -> Option<Json> {
        job::get_checkpoint(name)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        job::set_checkpoint(name, value)
    }
}

fn step_in<T>(
    checkpoints: &mut impl Checkpoints,
    name: &str,
    run: impl FnOnce() -> Result<T, TaskError>,
) -> Result<T, TaskError>
where
    T: Serialize + DeserializeOwned,
{
    if let Some(stored) = checkpoints.get(name) {
        return read(name, &stored);
    }
    let result = run()?;
    let text = serde_json::to_string(&result)
        .map_err(|error| TaskError::permanent(format!("the result of step {name:?} is not JSON: {error}")))?;
    checkpoints.set(name, &text).map_err(|error| {
        TaskError::retryable(format!("the result of step {name:?} was not stored: {error}"))
    })?;
    Ok(result)
}

/// The error of a checkpoint that cannot be read, because another version of the plugin wrote it. The step is done, so
/// it does not run again, and the job fails for an operator to inspect.
fn read<T: DeserializeOwned>(name: &str, stored: &str) -> Result<T, TaskError> {
    serde_json::from_str(stored).map_err(|error| {
        TaskError::permanent(format!(
            "step {name:?} is done, but this version of the plugin cannot read its result: {error}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    impl Checkpoints for HashMap<String, Json> {
        fn get(&self, name: &str) -> Option<Json> {
            HashMap::get(self, name).cloned()
        }

        fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
            self.insert(name.to_owned(), value.to_owned());
            Ok(())
        }
    }

    /// Storage that fails, as a full disk does.
    struct Full;

    impl Checkpoints for Full {
        fn get(&self, _: &str) -> Option<Json> {
            None
        }

        fn set(&mut self, _: &str, _: &str) -> Result<(), String> {
            Err("disk full".into())
        }
    }

    #[test]
    fn a_finished_step_is_not_run_again() {
        let mut stored = HashMap::new();
        assert_eq!(step_in(&mut stored, "pay", || Ok(7)), Ok(7));
        let again = step_in(&mut stored, "pay", || panic!("paid twice"));
        assert_eq!(again, Ok(7));
    }

    #[test]
    fn a_failed_step_is_run_again() {
        let mut stored = HashMap::new();
        let failed = step_in::<u8>(&mut stored, "pay", || Err(TaskError::retryable("down")));
        assert_eq!(failed, Err(TaskError::retryable("down")));
        assert_eq!(step_in(&mut stored, "pay", || Ok(7)), Ok(7));
    }

    #[test]
    fn a_result_that_cannot_be_read_is_permanent_and_does_not_run_the_step() {
        let mut stored = HashMap::from([("pay".to_owned(), "\"seven\"".to_owned())]);
        let result = step_in::<u8>(&mut stored, "pay", || panic!("paid twice"));
        assert!(matches!(result, Err(TaskError::Permanent(_))), "{result:?}");
    }

    #[test]
    fn a_result_that_was_not_stored_ends_the_attempt() {
        let result = step_in(&mut Full, "pay", || Ok(7));
        assert!(matches!(result, Err(TaskError::Retryable(_))), "{result:?}");
    }
}
