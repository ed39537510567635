//! What a guest prints: cut into lines, and handed on as it comes, up to a limit.
//!
//! It never lets a guest fill the host's memory: beyond the limit lines are dropped with a note, and
//! beyond twice the limit the attempt ends.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::host_log::{HostLog, LogLevel};
use crate::domain::ByteSize;

/// A longer line is cut, so that a guest that never ends a line is seen, and costs no more than this.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// Last lines on stderr that go into the detail of a failure, and their most bytes.
const TAIL_LINES_MAX: usize = 20;
const TAIL_BYTES_MAX: usize = 3 * 1024;

/// The stream that a guest printed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Channel {
    Stdout,
    Stderr,
    /// Lines with a level, which are never left unfinished.
    Log,
}

/// Ends an attempt that printed more than twice what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("printed more than twice what is kept")]
pub(super) struct PrintedTooMuch;

/// The output of one attempt; its clones are the same output.
#[derive(Clone)]
pub(super) struct GuestOutput(Arc<Mutex<Captured>>);

struct Captured {
    /// The receiver of whole lines.
    hand_on: Box<dyn FnMut(&str) + Send>,
    keep_max: ByteSize,
    host_log: HostLog,
    /// The level of the line that is logged now.
    log_level: LogLevel,
    /// What was handed on.
    kept_bytes: usize,
    /// Whether lines are dropped from here on.
    full: bool,
    printed_bytes: u64,
    stdout_line: Vec<u8>,
    stderr_line: Vec<u8>,
    log_line: Vec<u8>,
    stderr_tail: VecDeque<String>,
}

impl GuestOutput {
    /// Hands lines on as they come, until they have so many bytes.
    pub(super) fn new(hand_on: impl FnMut(&str) + Send + 'static, keep_max: ByteSize) -> Self {
        Self(Arc::new(Mutex::new(Captured {
            hand_on: Box::new(hand_on),
            keep_max,
            host_log: HostLog::default(),
            log_level: LogLevel::Info,
            kept_bytes: 0,
            full: false,
            printed_bytes: 0,
            stdout_line: Vec::new(),
            stderr_line: Vec::new(),
            log_line: Vec::new(),
            stderr_tail: VecDeque::new(),
        })))
    }

    /// Takes what a guest printed.
    pub(super) fn print(&self, channel: Channel, bytes: &[u8]) -> Result<(), PrintedTooMuch> {
        self.lock().print(channel, bytes)
    }

    /// Takes a line that the guest logs. One that matters goes into the detail of a failure, like those on stderr.
    pub(super) fn log(&self, level: LogLevel, message: &str) -> Result<(), PrintedTooMuch> {
        let mut captured = self.lock();
        if matches!(level, LogLevel::Warn | LogLevel::Error) {
            captured.remember_tail(message);
        }
        captured.log_level = level;
        captured.print(Channel::Log, format!("{} {message}\n", level.as_str()).as_bytes())
    }

    /// Adds a line of the host's own, for the author of the plugin. It may repeat what the guest chose, so it is
    /// cut like one of the guest's.
    pub(super) fn note(&self, text: &str) {
        let line = format!("taskbox: {text}");
        self.lock().keep(&line[..line.floor_char_boundary(LINE_BYTES_MAX)]);
    }

    /// Ends the lines that were begun, and gives out the last lines on stderr, handed on or not.
    pub(super) fn finish(&self) -> String {
        let mut captured = self.lock();
        captured.end_line(Channel::Stdout);
        captured.end_line(Channel::Stderr);
        Vec::from(std::mem::take(&mut captured.stderr_tail)).join("\n")
    }

    /// A panic elsewhere leaves text behind that is still good.
    fn lock(&self) -> MutexGuard<'_, Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Captured {
    fn print(&mut self, channel: Channel, bytes: &[u8]) -> Result<(), PrintedTooMuch> {
        self.printed_bytes = self.printed_bytes.saturating_add(bytes.len() as u64);
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            match part.strip_suffix(b"\n") {
                Some(end) => {
                    self.continue_line(channel, end);
                    self.end_whole_line(channel);
                }
                None => self.continue_line(channel, part),
            }
        }
        let end = self.printed_bytes > self.keep_max.0.saturating_mul(2);
        if end { Err(PrintedTooMuch) } else { Ok(()) }
    }

    fn continue_line(&mut self, channel: Channel, mut bytes: &[u8]) {
        loop {
            let room = LINE_BYTES_MAX - self.line(channel).len();
            if bytes.len() <= room {
                return self.line(channel).extend_from_slice(bytes);
            }
            let (fits, rest) = bytes.split_at(room);
            self.line(channel).extend_from_slice(fits);
            self.end_whole_line(channel);
            bytes = rest;
        }
    }

    fn line(&mut self, channel: Channel) -> &mut Vec<u8> {
        match channel {
            Channel::Stdout => &mut self.stdout_line,
            Channel::Stderr => &mut self.stderr_line,
            Channel::Log => &mut self.log_line,
        }
    }

    /// Ends a line that has something in it.
    fn end_line(&mut self, channel: Channel) {
        if !self.line(channel).is_empty() {
            self.end_whole_line(channel);
        }
    }

    fn end_whole_line(&mut self, channel: Channel) {
        let bytes = std::mem::take(self.line(channel));
        let line = String::from_utf8_lossy(&bytes);
        if channel == Channel::Stderr {
            self.remember_tail(&line);
        }
        self.keep(&line);
        self.echo(channel, &line);
    }

    /// Hands a line to the log of the host, its level not in the text.
    fn echo(&mut self, channel: Channel, line: &str) {
        match channel {
            Channel::Log => {
                let message = line.strip_prefix(self.log_level.as_str()).unwrap_or(line);
                self.host_log.log(self.log_level, message.trim_start());
            }
            Channel::Stdout | Channel::Stderr => self.host_log.log(LogLevel::Info, line),
        }
    }

    fn keep(&mut self, line: &str) {
        if self.full {
            return;
        }
        self.full = self.kept_bytes + line.len() + 1 > self.keep_max.as_usize();
        if self.full {
            let note = format!("taskbox: output beyond {} is not kept", self.keep_max);
            return self.push(&note);
        }
        self.push(line);
    }

    fn push(&mut self, line: &str) {
        self.kept_bytes += line.len() + 1;
        (self.hand_on)(line);
    }

    fn remember_tail(&mut self, line: &str) {
        self.stderr_tail.push_back(line[..line.floor_char_boundary(TAIL_BYTES_MAX)].to_owned());
        let mut bytes: usize = self.stderr_tail.iter().map(String::len).sum();
        while self.stderr_tail.len() > TAIL_LINES_MAX || bytes > TAIL_BYTES_MAX {
            bytes -= self.stderr_tail.pop_front().map_or(bytes, |line| line.len());
        }
    }
}

#[cfg(test)]
mod tests;
