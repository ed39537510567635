//! Jobs that jobs submit.

use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::prepared::PreparedSubmission;
use super::{check_lease, no_job, submit};
use crate::domain::transition;
use crate::domain::{SubmissionStep, SubmittedStep};
use crate::ports::{StepTaken, StorageResult, Submitted};

/// Stores the job of a step, unless the step was taken before.
pub fn submit_step(
    txn: &mut Txn<'_>,
    step: SubmissionStep,
    submission: PreparedSubmission,
) -> StorageResult<StepTaken> {
    let SubmissionStep { by, token, name, fingerprint } = step;
    check_lease(txn, by, token)?;
    let row = keys::step(by, &name);
    if let Some(taken) = txn.record::<SubmittedStep>(&row)? {
        let job = transition::repeat_step(&taken, &fingerprint)?;
        return Ok(StepTaken { job, submitted: None });
    }
    let own = submission.jobs.first().map(|job| job.full.job.spec.id);
    let submitted = submit::submit(txn, submission)?;
    let standing = match &submitted {
        Submitted::Admitted(admitted) => admitted.first().map(|admitted| admitted.job.spec.id),
        Submitted::New | Submitted::Replayed(_) => None,
    };
    let job = standing.or(own).ok_or_else(|| no_job(by))?;
    txn.insert(&row, &SubmittedStep { name, job, is_own: own == Some(job), fingerprint })?;
    Ok(StepTaken { job, submitted: Some(submitted) })
}
