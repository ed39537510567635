//! The port's methods for operations.

use async_trait::async_trait;

use super::view::Look;
use super::{SledStorage, handlers, keys};
use crate::domain::{Operation, OperationChange, OperationId, Timestamp};
use crate::ports::{OperationStore, StorageResult};

#[async_trait]
impl OperationStore for SledStorage {
    async fn add_operation(&self, operation: Operation) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::add_operation(txn, &operation)).await
    }

    async fn change_operation(
        &self,
        id: OperationId,
        change: OperationChange,
        now: Timestamp,
    ) -> StorageResult<Option<Operation>> {
        self.committer.run(move |txn| handlers::change_operation(txn, id, change, now)).await
    }

    async fn operation(&self, id: OperationId) -> StorageResult<Option<Operation>> {
        self.look(move |rows| rows.record(&keys::operation(id))).await
    }

    async fn operations(&self) -> StorageResult<Vec<Operation>> {
        self.look(|rows| {
            let rows: Vec<(_, Operation)> = rows.records(&keys::operations())?;
            Ok(rows.into_iter().rev().map(|(_, operation)| operation).collect())
        })
        .await
    }
}
