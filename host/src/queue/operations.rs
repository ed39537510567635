//! Operations: actions on all jobs that a filter shows, which go on in steps until they are done or stopped, also
//! after a restart of the host.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Queue;
use crate::domain::transition::Action;
use crate::domain::{
    Caller, JobFilter, OPERATIONS_RUNNING_MAX, Operation, OperationChange, OperationId, OperationState,
};
use crate::ports::{StorageError, StorageResult};

/// The pause after which operations are looked for that another host began, or that storage could not go on with.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Why an operation was not begun.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// Too many run.
    #[error(
        "{OPERATIONS_RUNNING_MAX} operations run already, the most that may; stop one, or wait for its end"
    )]
    TooMany,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Queue {
    /// Begins to cancel, retry or delete all jobs that a filter shows. A job whose state refuses it is left as it is. A
    /// retry touches only jobs that failed or were stopped, unless the filter names another state.
    pub async fn begin_operation(
        &self,
        caller: &Caller,
        action: Action,
        filter: JobFilter,
    ) -> Result<Operation, OperationError> {
        let running = self.storage.operations().await?.iter().filter(|each| each.is_running()).count();
        if running >= OPERATIONS_RUNNING_MAX {
            return Err(OperationError::TooMany);
        }
        let expected = self.counts(&filter).await?.map(|counts| counts.of(filter.state));
        let now = self.clock.now();
        let operation = Operation {
            id: self.ids.uuid(now).into(),
            action,
            filter,
            submitter: caller.submitter.clone(),
            created_at: now,
            updated_at: now,
            state: OperationState::Running,
            expected,
            matched: 0,
            changed: 0,
            cursor: None,
            error: None,
        };
        self.storage.add_operation(operation.clone()).await?;
        self.operating.notify_one();
        Ok(operation)
    }

    /// One operation.
    pub async fn operation(&self, id: OperationId) -> StorageResult<Option<Operation>> {
        self.storage.operation(id).await
    }

    /// All operations, newest first.
    pub async fn operations(&self) -> StorageResult<Vec<Operation>> {
        self.storage.operations().await
    }

    /// Stops an operation after its present step. One that has ended stays as it is.
    pub async fn stop_operation(&self, id: OperationId) -> StorageResult<Option<Operation>> {
        let end = OperationChange::End(OperationState::Stopped, None);
        self.storage.change_operation(id, end, self.clock.now()).await
    }

    /// Carries operations out, until the host stops. The oldest one first, one step of each in turn.
    pub async fn operate(self: Arc<Self>, closing: CancellationToken) {
        while !closing.is_cancelled() {
            let is_idle = match self.round().await {
                Ok(running) => running == 0,
                Err(error) => {
                    warn!(%error, "could not go on with operations");
                    true
                }
            };
            if is_idle {
                tokio::select! {
                    () = closing.cancelled() => {}
                    () = self.operating.notified() => {}
                    () = self.clock.sleep_until(self.clock.now().plus(LOOK_EVERY)) => {}
                }
            }
        }
    }

    /// Takes a step of each operation that runs. Returns their number.
    async fn round(&self) -> StorageResult<usize> {
        let mut running = self.storage.operations().await?;
        running.retain(Operation::is_running);
        for operation in running.iter().rev() {
            self.advance(operation).await?;
        }
        Ok(running.len())
    }

    async fn advance(&self, operation: &Operation) -> StorageResult<()> {
        let change = match self.operation_step(operation).await {
            Ok(change) => change,
            Err(error) if error.may_pass() => return Err(error),
            Err(error) => OperationChange::End(OperationState::Failed, Some(error.to_string())),
        };
        self.storage.change_operation(operation.id, change, self.clock.now()).await?;
        Ok(())
    }

    async fn operation_step(&self, operation: &Operation) -> StorageResult<OperationChange> {
        let Operation { filter, action, cursor, created_at, .. } = operation;
        // Jobs of a later time are left alone: an operation that retries would never end.
        let before = cursor.or(Some(super::search::first_id_after(*created_at)));
        let Some(ids) = self.next_ids(filter, before).await? else {
            return Ok(OperationChange::End(OperationState::Completed, None));
        };
        let to = ids.last().copied().ok_or_else(|| StorageError::Corrupt("a step has no job".to_owned()))?;
        let done = self.step_of(ids, filter, *action).await?;
        Ok(OperationChange::Advance { from: *cursor, to, matched: done.matched, changed: done.changed })
    }
}
