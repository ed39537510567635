//! The signals that end a host: Ctrl-C and SIGTERM.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::out::note;

/// The signals, caught from the creation of this value on. Create it before the host announces itself: until then a
/// signal ends the process at once.
pub(super) struct Shutdown {
    terminate: Signal,
    interrupt: Signal,
}

impl Shutdown {
    /// Starts to listen.
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

    /// Runs `work`. At a signal it drops `work` and returns `None`.
    pub(super) async fn unless_requested<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            () = self.requested() => None,
        }
    }

    /// Makes the next signal end the process at once.
    pub(super) fn end_at_the_next(mut self) {
        tokio::spawn(async move {
            self.requested().await;
            note!("taskbox: ended at once; running attempts will be taken back at the next start");
            std::process::exit(1);
        });
    }
}
