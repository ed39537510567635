//! Lines of guests in the log of the host, within the span of their attempt. The log of the job has all of them.

/// The most lines of one attempt: a plugin that prints without end must not crowd out the lines of others.
const LINES_MAX: u32 = 100;

/// The target of these lines, by which a filter such as `info,plugin=warn` selects them.
const TARGET: &str = "plugin";

/// How much a line of the log matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// The lines of one attempt.
#[derive(Default)]
pub(super) struct HostLog {
    lines: u32,
}

impl HostLog {
    /// Logs a line.
    pub(super) fn log(&mut self, level: LogLevel, line: &str) {
        self.lines = self.lines.saturating_add(1);
        if self.lines > LINES_MAX {
            if self.lines == LINES_MAX + 1 {
                tracing::info!(target: TARGET, "further lines are only in the log of the job");
            }
            return;
        }
        match level {
            LogLevel::Trace => tracing::trace!(target: TARGET, "{line}"),
            LogLevel::Debug => tracing::debug!(target: TARGET, "{line}"),
            LogLevel::Info => tracing::info!(target: TARGET, "{line}"),
            LogLevel::Warn => tracing::warn!(target: TARGET, "{line}"),
            LogLevel::Error => tracing::error!(target: TARGET, "{line}"),
        }
    }
}
