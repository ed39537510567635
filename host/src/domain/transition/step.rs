//! A step of a running job that submits another.

use super::Refusal;
use crate::domain::{Digest, JobId, SubmittedStep};

/// Takes a step again: returns the job that it submitted. Refused if it submitted something else then.
pub fn repeat_step(taken: &SubmittedStep, fingerprint: &Digest) -> Result<JobId, Refusal> {
    let other = || Refusal::OtherStep { name: taken.name.clone() };
    (taken.fingerprint == *fingerprint).then_some(taken.job).ok_or_else(other)
}
