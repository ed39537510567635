//! The writer of the log to standard error, on a thread of its own. A slow reader blocks no other thread; lines for
//! which there is no room are counted, and the count is logged when there is room again.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

/// Lines that wait to be written; some hundred bytes each.
const LINES_MAX: usize = 4_096;

/// A request to the thread.
enum Request {
    Write(Vec<u8>),
    /// Respond when all earlier lines are written.
    Flush(SyncSender<()>),
}

/// A writer that never waits and never fails.
#[derive(Clone)]
pub(super) struct LogWriter {
    requests: SyncSender<Request>,
    lost: Arc<AtomicU64>,
}

impl LogWriter {
    /// Starts the thread that writes to `out`.
    pub(super) fn start(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (requests, received) = sync_channel(LINES_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        thread::Builder::new().name("log".to_owned()).spawn(move || write_all(&received, &counted, out))?;
        Ok(Self { requests, lost })
    }

    /// Waits until all lines so far are written, at most for `patience`.
    pub(super) fn flush(&self, patience: Duration) {
        let (done, is_done) = sync_channel(1);
        if self.requests.try_send(Request::Flush(done)).is_ok() {
            let _ = is_done.recv_timeout(patience);
        }
    }
}

impl Write for LogWriter {
    /// Takes one line; the formatter passes each as a whole.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.requests.try_send(Request::Write(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Writes until the last writer is dropped. A line that cannot be written is lost: there is no other place to report it.
fn write_all(received: &Receiver<Request>, lost: &AtomicU64, mut out: impl Write) {
    for request in received {
        match request {
            Request::Write(line) => {
                let _ = out.write_all(&line);
                note_lost(lost.swap(0, Ordering::Relaxed), &mut out);
            }
            Request::Flush(done) => {
                let _ = out.flush();
                let _ = done.try_send(());
            }
        }
    }
}

fn note_lost(count: u64, out: &mut impl Write) {
    if count > 0 {
        let _ = writeln!(out, "{count} lines of the log were lost: its reader is too slow");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer that reports the start of a write, and ends it on command.
    struct Gate {
        begun: SyncSender<()>,
        may_end: Receiver<()>,
        written: SyncSender<Vec<u8>>,
    }

    impl Write for Gate {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.begun.try_send(());
            let _ = self.may_end.recv();
            self.written.send(bytes.to_vec()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_does_not_read_holds_up_nobody_and_lost_lines_are_counted() {
        let (begun, has_begun) = sync_channel(1);
        let (end, may_end) = sync_channel::<()>(0);
        let (written, lines) = sync_channel(LINES_MAX * 2);
        let mut log = LogWriter::start(Gate { begun, may_end, written }).unwrap();
        log.write_all(b"first\n").unwrap();
        has_begun.recv().unwrap();
        for _ in 0..LINES_MAX + 7 {
            log.write_all(b"more\n").unwrap();
        }
        drop(end); // The reader reads again.
        assert_eq!(lines.recv().unwrap(), b"first\n");
        let rest: Vec<u8> = lines.iter().take(LINES_MAX).flatten().collect();
        let rest = String::from_utf8(rest).unwrap();
        assert!(rest.contains("7 lines of the log were lost"), "{rest}");
    }

    #[test]
    fn a_flush_waits_for_what_was_written_and_not_for_ever() {
        let (reader, writer) = io::pipe().unwrap();
        let mut log = LogWriter::start(writer).unwrap();
        log.write_all(b"line\n").unwrap();
        LogWriter::flush(&log, Duration::from_secs(60));
        drop(log);
        assert_eq!(io::read_to_string(reader).unwrap(), "line\n");

        let (_begun, has_begun) = sync_channel::<()>(1);
        let (end, may_end) = sync_channel::<()>(0);
        let (written, _lines) = sync_channel(1);
        let mut stuck = LogWriter::start(Gate { begun: _begun, may_end, written }).unwrap();
        stuck.write_all(b"line\n").unwrap();
        has_begun.recv().unwrap();
        LogWriter::flush(&stuck, Duration::from_millis(1));
        drop(end);
    }
}
