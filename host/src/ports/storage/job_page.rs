//! A page of jobs, cut by its size.

use crate::domain::FullJob;

/// Bytes of inputs and metadata of a page before it is cut: 500 jobs of the largest inputs
/// would be half a gigabyte.
const BYTES_MAX: usize = 8 << 20;

/// Bytes of the id of a parent in an answer.
const ID_BYTES: usize = 39;

/// A page of jobs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobPage {
    /// The jobs, newest first.
    pub jobs: Vec<FullJob>,
    /// There may be older jobs, although fewer are here than were asked for.
    pub more: bool,
}

impl JobPage {
    /// The first of these jobs, as many as one page holds, and at least one. No job behind the cut is
    /// read but the first.
    pub fn cut<Error>(jobs: impl IntoIterator<Item = Result<FullJob, Error>>) -> Result<Self, Error> {
        let (mut listed, mut bytes) = (Self::default(), 0);
        for job in jobs {
            let job = job?;
            if bytes >= BYTES_MAX {
                listed.more = true;
                break;
            }
            let parents = job.job.spec.after.as_ref().map_or(0, |after| after.jobs.len());
            bytes += job.payload.bytes() + parents * ID_BYTES;
            listed.jobs.push(job);
        }
        Ok(listed)
    }
}
