//! The way of a request: decided on one thread, written on another, answered when it is on the disk.
//!
//! ```text
//!  requests --> decider: handles them in memory, one after the other, and makes groups of them
//!                  | a group, as soon as the one before it has arrived
//!                  v
//!               writer: one batch, flush, sync; then the answers of that group
//! ```
//!
//! One thread decides, so nobody races for a job. A request that is refused fails alone. When a write
//! fails, its group and the one behind it get no answer but [`StorageError::Unavailable`], and the
//! database is closed: no memory survives that the disk may not have. It is opened anew, what is known in
//! memory read from disk, only when the disk was full.

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::database::Database;
use super::decider::{Decider, Message};
use super::shared::Shared;
use super::txn::Txn;
use super::writer::Writer;
use crate::ports::{StorageError, StorageResult};

/// A request on its way.
pub trait Request: Send {
    /// Does its work, and keeps the answer.
    fn handle(&mut self, database: &mut Database);

    /// Sends the answer, now that it is known whether the group is durable.
    fn answer(self: Box<Self>, committed: &StorageResult<()>);
}

struct Asked<Work, T> {
    work: Option<Work>,
    answer: Option<StorageResult<T>>,
    reply: oneshot::Sender<StorageResult<T>>,
}

impl<Work, T> Request for Asked<Work, T>
where
    Work: FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send,
    T: Send,
{
    fn handle(&mut self, database: &mut Database) {
        self.answer = self.work.take().map(|work| database.handle(work));
    }

    fn answer(self: Box<Self>, committed: &StorageResult<()>) {
        let Self { answer, reply, .. } = *self;
        let lost = || Err(StorageError::Unavailable("the request was not handled".to_owned()));
        // A refusal that rests on a write of a failed group would be wrong as well.
        let answer = committed.clone().and_then(|()| answer.unwrap_or_else(lost));
        // A caller that went away does not undo the write.
        let _ = reply.send(answer);
    }
}

/// The way to the deciding thread. Dropping it ends both threads after everything that was handed in is done.
pub struct Committer {
    messages: Sender<Message>,
    threads: Vec<JoinHandle<()>>,
}

impl Committer {
    /// Starts the threads.
    pub fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (messages, inbox) = channel();
        let (groups, sealed) = channel();
        let writer = Writer::new(sealed, messages.clone());
        let decider = Decider::new(shared, inbox, groups);
        let threads = vec![
            thread::Builder::new().name("storage-write".to_owned()).spawn(move || writer.run())?,
            thread::Builder::new().name("storage".to_owned()).spawn(move || decider.run())?,
        ];
        Ok(Self { messages, threads })
    }

    /// Hands in a request and waits until it is durable or refused.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static,
    ) -> StorageResult<T> {
        let closed = || StorageError::Unavailable("storage is closed".to_owned());
        let (reply, answer) = oneshot::channel();
        let request = Asked { work: Some(work), answer: None, reply };
        self.messages.send(Message::Request(Box::new(request))).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        // A decider that is gone needs no word.
        let _ = self.messages.send(Message::Close);
        for thread in self.threads.drain(..) {
            // They end without panic: panics of a request, and of sled, are caught.
            let _ = thread.join();
        }
    }
}
