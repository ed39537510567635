//! Jobs that a job submits, each in a step of its own: the same step submits once, however often it is tried.

use super::{Digest, Failure, FailureKind, JobId, LeaseToken};

/// Most steps of one job.
const STEPS_MAX: usize = 10_000;
/// The furthest that a job is from one that a caller submitted.
const DEPTH_MAX: u8 = 16;
/// The longest name of a step, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// The job that submitted another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SubmittedBy {
    /// Its id. The job may have been deleted.
    pub job: JobId,
    /// The distance of the submitted job from one that a caller submitted, 1 to 16.
    pub depth: u8,
}

impl SubmittedBy {
    /// This job, which was submitted so itself. Fails if it is too far from a caller.
    pub fn job(job: JobId, submitted_by: Option<Self>) -> Result<Self, String> {
        let depth = submitted_by.map_or(0, |by| by.depth);
        if depth >= DEPTH_MAX {
            return Err(format!(
                "this job was submitted by a job, and so on, {DEPTH_MAX} times, the most that may be"
            ));
        }
        Ok(Self { job, depth: depth + 1 })
    }
}

/// A step that submits a job, under the lease of the job that does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmissionStep {
    /// The job that submits.
    pub by: JobId,
    /// Its lease.
    pub token: LeaseToken,
    /// The name of the step.
    pub name: String,
    /// The digest of what is submitted.
    pub fingerprint: Digest,
}

/// A step that was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SubmittedStep {
    /// Its name.
    pub name: String,
    /// The job that was submitted, or the one that stood for it by its unique key. It may have been deleted.
    pub job: JobId,
    /// Whether the job was submitted in this step, and did not only stand for it.
    pub is_own: bool,
    /// The digest of what was submitted.
    pub fingerprint: Digest,
}

/// Whether this can be the name of a step.
pub fn check_step_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(format!("the name of a step must have 1 to {NAME_BYTES_MAX} bytes, not {}", name.len()));
    }
    Ok(())
}

/// Whether a job that has taken so many steps may take another.
pub fn check_step_count(taken: usize) -> Result<(), String> {
    if taken >= STEPS_MAX {
        return Err(format!("this job has submitted {STEPS_MAX} jobs, the most that it may"));
    }
    Ok(())
}

/// The failure of a task that wants to wait for the job of a step that it has not taken.
pub fn untaken_step(step: &str) -> Failure {
    let message = format!("the task wanted to wait for the step {step:?}, which has submitted nothing");
    Failure::permanent(FailureKind::Permanent, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_submit_jobs_down_to_a_depth() {
        let id = JobId::from_bytes([1; 16]);
        let mut by = None;
        for depth in 1..=DEPTH_MAX {
            by = Some(SubmittedBy::job(id, by).unwrap());
            assert_eq!(by, Some(SubmittedBy { job: id, depth }));
        }
        assert!(SubmittedBy::job(id, by).unwrap_err().contains("16 times"));
    }

    #[test]
    fn a_step_has_a_short_name() {
        assert_eq!(check_step_name("first"), Ok(()));
        assert!(check_step_name("").unwrap_err().contains("1 to 128"));
        assert!(check_step_name(&"x".repeat(129)).unwrap_err().contains("not 129"));
    }
}
