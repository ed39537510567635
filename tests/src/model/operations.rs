//! Operations in the model.

use async_trait::async_trait;
use taskbox::domain::{Operation, OperationChange, OperationId, Timestamp, operations_to_forget};
use taskbox::ports::{OperationStore, StorageResult};

use super::ModelStorage;

#[async_trait]
impl OperationStore for ModelStorage {
    async fn add_operation(&self, operation: Operation) -> StorageResult<()> {
        self.write(|all| {
            let known: Vec<_> = all.operations.values().cloned().collect();
            operations_to_forget(&known).iter().for_each(|id| drop(all.operations.remove(id)));
            all.operations.insert(operation.id, operation);
            Ok(())
        })
    }

    async fn change_operation(
        &self,
        id: OperationId,
        change: OperationChange,
        now: Timestamp,
    ) -> StorageResult<Option<Operation>> {
        self.write(|all| {
            let known = all.operations.get_mut(&id);
            Ok(known.map(|known| {
                *known = known.changed(change, now);
                known.clone()
            }))
        })
    }

    async fn operation(&self, id: OperationId) -> StorageResult<Option<Operation>> {
        Ok(self.read(|all| all.operations.get(&id).cloned()))
    }

    async fn operations(&self) -> StorageResult<Vec<Operation>> {
        Ok(self.read(|all| all.operations.values().rev().cloned().collect()))
    }
}
