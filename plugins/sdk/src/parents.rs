//! The results of the jobs that the job waited for: its parents, in the order of its `after`.
//!
//! ```no_run
//! use taskbox_task::{TaskError, parents};
//!
//! fn total() -> Result<u64, TaskError> {
//!     let mut total = 0;
//!     for parent in parents::all() {
//!         total += parent.output::<u64>()?;
//!     }
//!     Ok(total)
//! }
//! ```

use crate::JobResult;
use crate::bindings::taskbox::task::parents;

/// The number of parents.
pub fn count() -> u32 {
    parents::count()
}

/// The parent at this index, from 0; `None` beyond the last. It is read at the call.
pub fn get(index: u32) -> Option<JobResult> {
    parents::get(index).map(JobResult::from)
}

/// All parents, each read when the iterator reaches it.
pub fn all() -> impl Iterator<Item = JobResult> {
    (0..count()).filter_map(get)
}
