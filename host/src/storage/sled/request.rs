//! A request on its way, from its decision to its answer.

use tokio::sync::oneshot;

use super::database::Database;
use super::txn::Txn;
use crate::ports::{StorageError, StorageResult};

/// A request on its way.
pub trait Request: Send {
    /// Does its work, and keeps the answer.
    fn handle(&mut self, database: &mut Database);

    /// Sends the answer, now that it is known whether the group is durable.
    fn answer(self: Box<Self>, committed: &StorageResult<()>);
}

struct PendingRequest<Work, T> {
    work: Option<Work>,
    answer: Option<StorageResult<T>>,
    reply: oneshot::Sender<StorageResult<T>>,
}

impl<Work, T> Request for PendingRequest<Work, T>
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

/// A request of this work, and where its answer arrives.
pub fn pending<T: Send + 'static>(
    work: impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static,
) -> (Box<dyn Request>, oneshot::Receiver<StorageResult<T>>) {
    let (reply, answer) = oneshot::channel();
    (Box::new(PendingRequest { work: Some(work), answer: None, reply }), answer)
}
