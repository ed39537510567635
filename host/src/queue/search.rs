//! Searches of jobs, within a window.

use super::Queue;
use crate::domain::{FullJob, JobId, JobSearch, Timestamp};
use crate::ports::{JobPage, PageRequest, StorageResult};

/// The most jobs that one search looks at: some tenths of a second.
pub const SEARCHED_MAX: usize = 10_000;

/// Jobs that are read at once.
const READ_AT_ONCE: usize = 500;

/// The result of a search.
#[derive(Debug, Default)]
pub struct FoundJobs {
    /// The jobs, newest first.
    pub jobs: Vec<FullJob>,
    /// Where to go on, if older jobs may match.
    pub older: Option<JobId>,
    /// Number of jobs that were looked at, one by one; `None` if an index answered.
    pub searched: Option<usize>,
}

/// An id that is larger than those of all jobs that were submitted until this time: ids begin with their milliseconds.
pub(super) fn first_id_after(time: Timestamp) -> JobId {
    let next = time.as_millis().saturating_add(1);
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&next.to_be_bytes()[2..]);
    JobId::from_bytes(bytes)
}

impl Queue {
    /// Jobs that match a search, newest first, at most `page.limit`. It looks at [`SEARCHED_MAX`] jobs at most: a page
    /// may be empty although older jobs match.
    pub async fn search(&self, search: &JobSearch, page: PageRequest<JobId>) -> StorageResult<FoundJobs> {
        if search.traits.is_empty() {
            let one_more = PageRequest { limit: page.limit + 1, ..page };
            let JobPage { mut jobs, more } = self.jobs(search.filter.clone(), one_more).await?;
            let more = more || jobs.len() > page.limit;
            jobs.truncate(page.limit);
            let older = jobs.last().filter(|_| more).map(|full| full.job.spec.id);
            return Ok(FoundJobs { jobs, older, searched: None });
        }
        self.look_through(search, page).await
    }

    async fn look_through(&self, search: &JobSearch, page: PageRequest<JobId>) -> StorageResult<FoundJobs> {
        let (mut found, mut searched, mut before) = (FoundJobs::default(), 0, page.before);
        while searched < SEARCHED_MAX {
            let read = PageRequest { limit: READ_AT_ONCE, before };
            let JobPage { jobs, more } = self.jobs(search.filter.clone(), read).await?;
            let is_end = !more && jobs.len() < READ_AT_ONCE;
            for full in jobs {
                let id = full.job.spec.id;
                if search.traits.end_at(&full) {
                    return Ok(FoundJobs { searched: Some(searched), ..found });
                }
                (searched, before) = (searched + 1, Some(id));
                if search.traits.fit(&full) {
                    found.jobs.push(full);
                }
                if found.jobs.len() == page.limit {
                    return Ok(FoundJobs { older: Some(id), searched: Some(searched), ..found });
                }
            }
            if is_end {
                return Ok(FoundJobs { searched: Some(searched), ..found });
            }
        }
        Ok(FoundJobs { older: before, searched: Some(searched), ..found })
    }
}
