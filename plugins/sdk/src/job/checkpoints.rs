//! Steps that must not be repeated.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::names::{self, CHECKPOINT_BYTES_MAX};
use crate::{Job, OrFail, TaskError};

/// # Steps that must not be repeated
impl Job {
    /// Runs a step once in the life of the job, and returns its result on every attempt.
    ///
    /// If this attempt or an earlier one finished the step of this name, its result is returned and `run` is not called.
    /// Otherwise `run` is called, and its result is stored durably before it is returned: the *checkpoint* of the step. An
    /// error is not stored, so that the step runs again on the next attempt. The name has 1 to 128 bytes, the result at most
    /// 256 KiB as JSON; a job has at most 1,000 checkpoints with at most 4 MiB in all. A result beyond that fails the job for
    /// good, after `run` has done its work.
    ///
    /// One gap remains that no host can close: an attempt can be cut off when `run` has done its work and the result is not
    /// stored yet. Therefore send third parties an [idempotency key](Job::idempotency_key_of) as well.
    ///
    /// ```
    /// # use taskbox_task::{Job, TaskError};
    /// fn charge(job: &Job, _order: u64) -> Result<String, TaskError> {
    ///     job.step("payment", || Ok("pay_1".to_owned()))
    /// }
    ///
    /// let job = Job::for_test();
    /// assert_eq!(charge(&job, 7), Ok("pay_1".to_owned()));
    /// assert_eq!(job.checkpoint("payment"), Some("pay_1".into()));
    ///
    /// let job = Job::for_test().with_checkpoint("payment", "pay_0");
    /// assert_eq!(charge(&job, 7), Ok("pay_0".to_owned()));
    /// ```
    pub fn step<T>(&self, name: &str, run: impl FnOnce() -> Result<T, TaskError>) -> Result<T, TaskError>
    where
        T: Serialize + DeserializeOwned,
    {
        names::check_step(name)?;
        if let Some(stored) = self.host.checkpoint(name) {
            return read(name, &stored);
        }
        let result = run()?;
        let text = serde_json::to_string(&result)
            .or_permanent(format_args!("the result of step {name:?} is not JSON"))?;
        if text.len() > CHECKPOINT_BYTES_MAX {
            let length = text.len();
            return Err(TaskError::permanent(format!(
                "the result of step {name:?} has {length} bytes as JSON, and a checkpoint at most {CHECKPOINT_BYTES_MAX}"
            )));
        }
        // What later attempts will read is returned now, so that a value that JSON changes shows in the first.
        let result = serde_json::from_str(&text)
            .or_permanent(format_args!("the result of step {name:?} cannot be read back"))?;
        self.host
            .set_checkpoint(name, &text)
            .or_retry(format_args!("the result of step {name:?} was not stored"))?;
        Ok(result)
    }
}

/// The error of a checkpoint that cannot be read, because another version of the plugin wrote it. The step is done, so
/// it does not run again, and the job fails for an operator to inspect.
fn read<T: DeserializeOwned>(name: &str, stored: &str) -> Result<T, TaskError> {
    serde_json::from_str(stored).or_permanent(format_args!(
        "step {name:?} is done, but this version of the plugin cannot read its result"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_step_is_not_run_again() {
        let job = Job::for_test();
        assert_eq!(job.step("pay", || Ok(7)), Ok(7));
        assert_eq!(job.step("pay", || panic!("paid twice")), Ok(7));
        assert_eq!(job.next_attempt().step("pay", || panic!("paid twice")), Ok(7));
    }

    #[test]
    fn a_failed_step_is_run_again() {
        let job = Job::for_test();
        let failed = job.step::<u8>("pay", || Err(TaskError::retryable("down")));
        assert_eq!(failed, Err(TaskError::retryable("down")));
        assert_eq!(job.step("pay", || Ok(7)), Ok(7));
    }

    #[test]
    fn a_result_that_cannot_be_read_is_permanent_and_does_not_run_the_step() {
        let job = Job::for_test().with_checkpoint("pay", "seven");
        let result = job.step::<u8>("pay", || panic!("paid twice"));
        assert!(matches!(result, Err(TaskError::Permanent(_))), "{result:?}");
    }

    #[test]
    fn a_result_that_would_not_be_read_again_fails_at_once() {
        let job = Job::for_test();
        for result in [job.step("nan", || Ok(f64::NAN)).err(), job.step("", || Ok(7)).err()] {
            assert!(matches!(result, Some(TaskError::Permanent(_))), "{result:?}");
        }
        let large = job.step("large", || Ok("x".repeat(CHECKPOINT_BYTES_MAX)));
        assert!(matches!(large, Err(TaskError::Permanent(_))));
        assert_eq!(job.checkpoint("large"), None);
    }

    #[test]
    fn a_result_that_was_not_stored_ends_the_attempt() {
        let result = Job::for_test().with_full_storage().step("pay", || Ok(7));
        assert!(matches!(result, Err(TaskError::Retryable(_))), "{result:?}");
    }
}
