//! The signals that end a host: Ctrl-C and SIGTERM.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::out::note;

/// The signals, heard from the moment this is made. It is made before a host says to anybody that it is
/// there: until then a signal ends the process as it ends any other.
pub(super) struct Shutdown {
    terminate: Signal,
    interrupt: Signal,
}

impl Shutdown {
    /// Begins to listen.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Returns at the next signal; one that came since the last call counts.
    pub(super) async fn requested(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Runs `work`, unless a signal comes before it is done: then `work` is dropped where it stands, and
    /// the answer is `None`.
    pub(super) async fn unless_requested<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.requested() => None,
        }
    }

    /// From now on a signal ends the process at once.
    pub(super) fn end_at_the_next(mut self) {
        tokio::spawn(async move {
            self.requested().await;
            note!("taskbox: ended at once; running attempts will be taken back at the next start");
            std::process::exit(1);
        });
    }
}
