//! The `parents` interface: what became of the jobs that a guest's job waited for.

use super::contract::v0_1::taskbox::task::parents;
use super::state::AttemptState;
use crate::ports::Parent;

/// Ends an attempt that must not go on without what it asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a parent of the job could not be read: {0}")]
pub(super) struct ParentUnread(String);

impl parents::Host for AttemptState {
    fn count(&mut self) -> u32 {
        self.job.host().parent_count()
    }

    async fn get(&mut self, index: u32) -> wasmtime::Result<Option<parents::Parent>> {
        // A trap, because to answer "there is none" might lead to a wrong result.
        let parent = self.job.host().parent(index).await.map_err(ParentUnread)?;
        Ok(parent.map(parents::Parent::from))
    }
}

impl From<Parent> for parents::Parent {
    fn from(parent: Parent) -> Self {
        Self {
            job_id: parent.job_id.to_string(),
            task: parent.task.map(|task| task.to_string()),
            state: parent.state.map_or("deleted", |state| state.as_str()).to_owned(),
            output: parent.output.map(|output| output.as_str().to_owned()),
            error: parent.error,
        }
    }
}
