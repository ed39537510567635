//! The progress of groups, for readers of what is not on the disk yet.

use tokio::sync::watch;

use crate::ports::{StorageError, StorageResult};

/// The groups that are on the disk.
#[derive(Clone)]
pub struct Synced(Result<u64, StorageError>);

impl Synced {
    /// All up to this one.
    pub fn upto(number: u64) -> Self {
        Self(Ok(number))
    }

    /// No more than before: one failed, and all behind it with it.
    pub fn failed(error: StorageError) -> Self {
        Self(Err(error))
    }
}

/// Waits until a group is on the disk.
pub async fn wait(mut synced: watch::Receiver<Synced>, number: u64) -> StorageResult<()> {
    let is_decided = |synced: &Synced| synced.0.as_ref().map_or(true, |upto| *upto >= number);
    match synced.wait_for(is_decided).await {
        Ok(synced) => synced.0.clone().map(|_| ()),
        Err(_) => Err(StorageError::Unavailable("storage is closed".to_owned())),
    }
}
