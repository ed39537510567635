//! The log: to stderr, as text or JSON.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::fmt::Debug;
use std::io::{self, IsTerminal};
use std::panic::{self, PanicHookInfo};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use super::log_writer::LogWriter;
use super::{LogFormat, SettingsError};
use crate::domain::{printable_json, printable_line};

/// The writer of the log of this process.
static WRITER: OnceLock<LogWriter> = OnceLock::new();

/// Starts logging for the whole process. A second call changes nothing.
pub fn init(filter: &str, format: LogFormat) -> Result<(), SettingsError> {
    let parsed = EnvFilter::builder().parse(filter);
    let filter = parsed.map_err(|error| SettingsError::Wrong(format!("log is {filter:?}: {error}")))?;
    let started = LogWriter::start(std::io::stderr());
    let started = started.map_err(|error| SettingsError::Wrong(format!("no thread for the log: {error}")))?;
    let writer = WRITER.get_or_init(|| started).clone();
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    // The first call wins: a process that embeds a host may have its own log.
    let begun = match format {
        LogFormat::Text => {
            let builder = builder.with_writer(writer).with_ansi(io::stderr().is_terminal());
            builder.fmt_fields(printable_fields()).try_init()
        }
        LogFormat::Json => builder.json().with_writer(move || JsonLines(writer.clone())).try_init(),
    };
    if begun.is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
    Ok(())
}

/// Logs the panic of a thread. The default hook blocks on the reader of standard error, and with it the thread and all
/// threads that wait for its locks.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let (thread, place) = (thread.name().unwrap_or("?"), info.location().map(ToString::to_string));
    let (place, words) =
        (place.unwrap_or_default(), info.payload_as_str().unwrap_or("a panic without words"));
    // Empty unless enabled by the environment.
    let backtrace = Backtrace::capture();
    match backtrace.status() {
        BacktraceStatus::Captured => tracing::error!(thread, place, %backtrace, "panicked: {words}"),
        _ => tracing::error!(thread, place, "panicked: {words}"),
    }
}

/// Waits until the log so far is written, at most for `patience`: for the end of a process.
pub fn flush(patience: Duration) {
    if let Some(writer) = WRITER.get() {
        writer.flush(patience);
    }
}

/// Fields of events, each within its line: text of a guest or a caller in them contains no control characters for the
/// terminal, and starts no line that looks like one of the host.
fn printable_fields() -> impl for<'writer> FormatFields<'writer> + Send + Sync + 'static {
    let field = |writer: &mut Writer<'_>, field: &Field, value: &dyn Debug| {
        let value = printable_line(&format!("{value:?}"));
        match field.name() {
            "message" => write!(writer, "{value}"),
            name => write!(writer, "{name}={value}"),
        }
    };
    debug_fn(field).delimited(" ")
}

/// A writer of events in JSON, also without control characters for the terminal.
struct JsonLines<W>(W);

impl<W: io::Write> io::Write for JsonLines<W> {
    /// Takes only whole events.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(printable_json(&text).as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_strangers_wrote_commands_no_terminal_and_begins_no_line() {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .fmt_fields(printable_fields())
            .finish();
        let error = "no\u{1b}[2J\n2026 INFO all is well\u{202e}";
        tracing::subscriber::with_default(
            subscriber,
            || tracing::warn!(%error, count = 2, "not stored: {error}"),
        );
        let line = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let shown = r"no\u{1b}[2J\n2026 INFO all is well\u{202e}";
        assert!(line.ends_with(&format!("not stored: {shown} error={shown} count=2\n")), "{line:?}");
    }
}
