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

use serde::de::DeserializeOwned;

use crate::bindings::taskbox::task::parents;
use crate::{Json, TaskError};

/// A job that this one waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parent {
    /// Its id.
    pub job_id: String,
    /// Its task; `None` if it was deleted.
    pub task: Option<String>,
    /// `completed`, `discarded`, `cancelled` or `deleted`; or the state of a job that is not final: of a job that waits for
    /// any of its parents, others may still run.
    pub state: String,
    /// Its result, if it completed.
    pub output: Option<Json>,
    /// The error of its last failed attempt, if it did not complete.
    pub error: Option<String>,
}

impl Parent {
    /// Its result as a value. The error for a parent that did not complete is permanent: another attempt would find no
    /// result either.
    pub fn output<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        let Self { job_id, state, .. } = self;
        let output = self.output.as_deref();
        let output = output
            .ok_or_else(|| TaskError::permanent(format!("the job {job_id} is {state} and has no result")))?;
        serde_json::from_str(output).map_err(|error| {
            TaskError::permanent(format!("the result of the job {job_id} does not fit: {error}"))
        })
    }
}

/// The number of parents.
pub fn count() -> u32 {
    parents::count()
}

/// The parent at this index, from 0; `None` beyond the last. It is read at the call.
pub fn get(index: u32) -> Option<Parent> {
    let parents::Parent { job_id, task, state, output, error } = parents::get(index)?;
    Some(Parent { job_id, task, state, output, error })
}

/// All parents, each read when the iterator reaches it.
pub fn all() -> impl Iterator<Item = Parent> {
    (0..count()).filter_map(get)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(state: &str, output: Option<&str>) -> Parent {
        let output = output.map(str::to_owned);
        Parent { job_id: "j".to_owned(), task: None, state: state.to_owned(), output, error: None }
    }

    #[test]
    fn a_result_is_read_and_what_is_none_says_why() {
        assert_eq!(parent("completed", Some("7")).output(), Ok(7));
        let text = |parent: Parent| parent.output::<u8>().unwrap_err().to_string();
        assert!(text(parent("discarded", None)).contains("is discarded"));
        assert!(text(parent("completed", Some("\"x\""))).contains("does not fit"));
    }
}
