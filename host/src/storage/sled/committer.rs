//! The way of a request: decided in memory, written by one thread, answered when it is on the disk.
//!
//! ```text
//!  requests --> inbox: one thread at a time decides what waits, one request after the other
//!                  | a group, as soon as the one before it has arrived
//!                  v
//!               writer: one batch, flush, sync; then the answers of that group
//! ```
//!
//! One thread at a time decides, so no two requests race for a job. A request that is refused fails alone. When a
//! write fails, its group and the one behind it get no answer but [`StorageError::Unavailable`], and the
//! database is closed: no memory survives that the disk may not have. It is opened anew, what is known in
//! memory read from disk, only when the disk was full.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};

use super::decider::Decider;
use super::inbox::Inbox;
use super::request::pending;
use super::shared::Shared;
use super::txn::Txn;
use super::writer::Writer;
use crate::ports::{StorageError, StorageResult};

/// The way of requests. Dropping it ends the writing thread after everything that was handed in is done.
pub struct Committer {
    inbox: Arc<Inbox>,
    writer: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the writing thread.
    pub fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (groups, sealed) = channel();
        let inbox = Arc::new(Inbox::new(Decider::new(shared, groups)));
        let writer = Writer::new(sealed, Arc::clone(&inbox));
        let writer = thread::Builder::new().name("storage".to_owned()).spawn(move || writer.run())?;
        Ok(Self { inbox, writer: Some(writer) })
    }

    /// Does work that is decided within a millisecond, and waits until it is durable or refused.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static,
    ) -> StorageResult<T> {
        let (request, answer) = pending(work);
        self.inbox.hand_in(request);
        answer.await.map_err(|_| closed())?
    }

    /// Does work that may take longer, on a thread that may block, and waits until it is durable or refused.
    pub async fn run_long<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static,
    ) -> StorageResult<T> {
        let (request, answer) = pending(work);
        let inbox = Arc::clone(&self.inbox);
        tokio::task::spawn_blocking(move || inbox.hand_in_blocking(request));
        answer.await.map_err(|_| closed())?
    }
}

fn closed() -> StorageError {
    StorageError::Unavailable("storage is closed".to_owned())
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.inbox.close();
        if let Some(writer) = self.writer.take() {
            // It ends without panic: panics of a request, and of sled, are caught.
            let _ = writer.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tempfile::TempDir;
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    use super::super::SledStorage;
    use super::super::database::Database;
    use super::*;
    use crate::domain::Timestamp;

    /// No row of a database begins with it.
    const PREFIX: [u8; 1] = [0xff];

    fn open(place: &TempDir) -> Arc<SledStorage> {
        Arc::new(SledStorage::open(place.path(), Timestamp::from_millis(0)).unwrap())
    }

    /// Counts up, and writes a row for each number.
    fn count(txn: &mut Txn<'_>) -> StorageResult<u64> {
        let number = txn.next_number();
        txn.mark([&PREFIX[..], &number.to_be_bytes()].concat().into());
        Ok(number)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn of_many_requests_at_once_each_is_decided_once_and_answered() {
        const LANES: u64 = 16;
        const EACH: u64 = 200;
        let place = tempfile::tempdir().unwrap();
        let storage = open(&place);
        let mut lanes = JoinSet::new();
        for lane in 0..LANES {
            let storage = Arc::clone(&storage);
            lanes.spawn(async move {
                let mut answers = Vec::new();
                for turn in 0..EACH {
                    let is_long = (lane + turn) % 7 == 0;
                    let committer = &storage.committer;
                    let answer =
                        if is_long { committer.run_long(count).await } else { committer.run(count).await };
                    answers.push(answer.unwrap());
                }
                answers
            });
        }
        let all = timeout(Duration::from_secs(60), lanes.join_all()).await.expect("each request is answered");
        let mut all: Vec<u64> = all.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, (1..=LANES * EACH).collect::<Vec<_>>());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_is_handed_in_when_the_committer_ends_is_written() {
        const REQUESTS: usize = 500;
        let place = tempfile::tempdir().unwrap();
        let storage = open(&place);
        for _ in 0..REQUESTS {
            let (request, _) = pending(count);
            storage.committer.inbox.hand_in(request);
        }
        drop(storage);
        let rows = |database: &mut Database| database.disk().rows().scan_prefix(PREFIX).count();
        assert_eq!(open(&place).shared.count(rows).unwrap().value, REQUESTS);
    }
}
