//! The one thread that writes: it takes whatever waits, handles it as a group, syncs once, and only
//! then answers.
//!
//! One thread decides, so nobody races for a job. A request that is refused fails alone. When the
//! commit fails, nobody of the group gets an answer but [`StorageError::Unavailable`], and the
//! database is closed: no memory survives that the disk may not have. It is opened anew, its index read
//! from disk, only when the disk was full.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::database::{CommitError, Database, Group};
use super::garbage;
use super::open::unpanicked;
use super::pace::{Pace, Stopwatch};
use super::shared::Shared;
use super::txn::Txn;
use crate::ports::{StorageError, StorageResult};

/// A group ends when it writes this much, so that large inputs do not pile up in memory.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// A request in the queue.
trait Request: Send {
    /// Does its work, and keeps the answer.
    fn handle(&mut self, database: &mut Database, group: &mut Group);

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
    fn handle(&mut self, database: &mut Database, group: &mut Group) {
        self.answer = self.work.take().map(|work| database.handle(group, work));
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

/// The way to the writing thread. Dropping it ends the thread after everything in the queue is done.
pub struct Committer {
    queue: Option<Sender<Box<dyn Request>>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the thread.
    pub fn start(shared: Arc<Shared>) -> std::io::Result<Self> {
        let (queue, requests) = channel();
        let work = move || Writer { shared, requests, pace: Pace::default(), written: 0 }.run();
        let thread = thread::Builder::new().name("storage".to_owned()).spawn(work)?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Hands in a request and waits until it is durable or refused.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static,
    ) -> StorageResult<T> {
        let closed = || StorageError::Unavailable("storage is closed".to_owned());
        let (reply, answer) = oneshot::channel();
        let request = Asked { work: Some(work), answer: None, reply };
        self.queue.as_ref().ok_or_else(closed)?.send(Box::new(request)).map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // It ends without panic: panics inside a group are caught.
            let _ = thread.join();
        }
    }
}

struct Writer {
    shared: Arc<Shared>,
    requests: Receiver<Box<dyn Request>>,
    pace: Pace,
    /// Rows of the latest group.
    written: usize,
}

impl Writer {
    fn run(mut self) {
        while let Ok(first) = self.requests.recv() {
            self.group(first);
        }
        self.shared.close();
    }

    /// Readers wait until the end of a group, so that they never see half of one, nor anything
    /// that a power cut could take back.
    fn group(&mut self, first: Box<dyn Request>) {
        let mut requests = vec![first];
        let shared = Arc::clone(&self.shared);
        let mut state = shared.write();
        let committed = match state.open(&shared) {
            Ok(database) => match unpanicked(|| self.work(database, &mut requests)) {
                Ok(Ok(())) => Ok(()),
                Ok(Err(error)) => Err(state.fail(error, &shared)),
                Err(panic) => Err(state.fail(CommitError::Write(panic), &shared)),
            },
            Err(error) => Err(error),
        };
        drop(state);
        requests.into_iter().for_each(|request| request.answer(&committed));
        garbage::collect(std::mem::take(&mut self.written));
    }

    fn work(
        &mut self,
        database: &mut Database,
        requests: &mut Vec<Box<dyn Request>>,
    ) -> Result<(), CommitError> {
        let mut group = database.begin();
        let mut handled = 0;
        let watch = Stopwatch::start();
        while let Some(request) = requests.get_mut(handled) {
            request.handle(database, &mut group);
            handled += 1;
            if group.bytes() < GROUP_BYTES_MAX && watch.elapsed() < self.pace.group_time() {
                requests.extend(self.requests.try_recv());
            }
        }
        self.written = group.writes().len();
        if let Some(took) = database.commit(group)? {
            self.pace.synced(took);
        }
        Ok(())
    }
}
