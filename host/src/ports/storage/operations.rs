//! Durable operations.

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{Operation, OperationChange, OperationId, Timestamp};

/// Durable operations. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait OperationStore: Send + Sync {
    /// Stores a new operation, and forgets [those that are kept no longer](crate::domain::operations_to_forget).
    async fn add_operation(&self, operation: Operation) -> StorageResult<()>;

    /// Changes an operation, by [`Operation::changed`]. Returns it as it is then; `None` if there is none.
    async fn change_operation(
        &self,
        id: OperationId,
        change: OperationChange,
        now: Timestamp,
    ) -> StorageResult<Option<Operation>>;

    /// One operation.
    async fn operation(&self, id: OperationId) -> StorageResult<Option<Operation>>;

    /// All operations, newest first.
    async fn operations(&self) -> StorageResult<Vec<Operation>>;
}
