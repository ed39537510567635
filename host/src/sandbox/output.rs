//! What a guest prints: cut into lines, kept up to a limit, handed on as it comes.
//!
//! It never lets a guest fill the host's memory: beyond the limit lines are dropped with a note, and
//! beyond twice the limit the attempt ends.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::ByteSize;
use crate::ports::AttemptHost;

/// A longer line is cut, so that a guest that never ends a line is seen, and costs no more than this.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// How many of the last lines on stderr go into the detail of a failure, and how many bytes at most.
const TAIL_LINES_MAX: usize = 20;
const TAIL_BYTES_MAX: usize = 3 * 1024;

/// Where a guest printed something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Channel {
    Stdout,
    Stderr,
}

/// Ends an attempt that printed more than twice what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("printed more than twice what is kept")]
pub(super) struct PrintedTooMuch;

/// What was printed in the end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Printed {
    /// All lines that were kept, in order.
    pub(super) log: String,
    /// The last lines on stderr, kept or not.
    pub(super) stderr_tail: String,
}

/// The output of one attempt; its clones are the same output.
#[derive(Clone)]
pub(super) struct GuestOutput(Arc<Mutex<Captured>>);

struct Captured {
    host: Arc<dyn AttemptHost>,
    keep_max: ByteSize,
    log: String,
    /// Whether lines are dropped from here on.
    full: bool,
    printed_bytes: u64,
    stdout_line: Vec<u8>,
    stderr_line: Vec<u8>,
    stderr_tail: VecDeque<String>,
}

impl GuestOutput {
    pub(super) fn new(host: Arc<dyn AttemptHost>, keep_max: ByteSize) -> Self {
        Self(Arc::new(Mutex::new(Captured {
            host,
            keep_max,
            log: String::new(),
            full: false,
            printed_bytes: 0,
            stdout_line: Vec::new(),
            stderr_line: Vec::new(),
            stderr_tail: VecDeque::new(),
        })))
    }

    /// Takes what a guest printed.
    pub(super) fn print(&self, channel: Channel, bytes: &[u8]) -> Result<(), PrintedTooMuch> {
        self.lock().print(channel, bytes)
    }

    /// Adds a line of the host's own, for the author of the plugin.
    pub(super) fn note(&self, text: &str) {
        self.lock().keep(&format!("taskbox: {text}"));
    }

    /// Ends the lines that were begun, and gives everything out.
    pub(super) fn finish(&self) -> Printed {
        let mut captured = self.lock();
        captured.end_line(Channel::Stdout);
        captured.end_line(Channel::Stderr);
        let stderr_tail = Vec::from(std::mem::take(&mut captured.stderr_tail)).join("\n");
        Printed { log: std::mem::take(&mut captured.log), stderr_tail }
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
    }

    fn keep(&mut self, line: &str) {
        if self.full {
            return;
        }
        self.full = self.log.len() + line.len() + 1 > self.keep_max.as_usize();
        if self.full {
            let note = format!("taskbox: output beyond {} is not kept", self.keep_max);
            return self.push(&note);
        }
        self.push(line);
    }

    fn push(&mut self, line: &str) {
        self.log.push_str(line);
        self.log.push('\n');
        self.host.log_line(line);
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
mod tests {
    use super::*;
    use crate::sandbox::nobody::Nobody;

    fn output(keep_max: u64) -> GuestOutput {
        GuestOutput::new(Arc::new(Nobody), ByteSize(keep_max))
    }

    #[test]
    fn lines_of_both_channels_come_whole_and_in_order() {
        let output = output(1_000);
        output.print(Channel::Stdout, b"one\ntw").unwrap();
        output.print(Channel::Stderr, b"bad\n").unwrap();
        output.print(Channel::Stdout, b"o\nthree").unwrap();
        let printed = output.finish();
        assert_eq!(printed.log, "one\nbad\ntwo\nthree\n");
        assert_eq!(printed.stderr_tail, "bad");
    }

    #[test]
    fn output_over_the_limit_is_dropped_with_one_note() {
        let output = output(10);
        output.print(Channel::Stdout, b"12345\n67890\n1\n").unwrap();
        assert_eq!(output.finish().log, "12345\ntaskbox: output beyond 10B is not kept\n");
    }

    #[test]
    fn output_over_twice_the_limit_ends_the_attempt_but_keeps_the_last_words() {
        let output = output(10);
        assert_eq!(output.print(Channel::Stdout, &[b'x'; 21]), Err(PrintedTooMuch));
        assert_eq!(output.print(Channel::Stderr, b"why\n"), Err(PrintedTooMuch));
        assert_eq!(output.finish().stderr_tail, "why");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let output = output(1 << 20);
        output.print(Channel::Stdout, &[b'x'; 2 * LINE_BYTES_MAX + 1]).unwrap();
        let lengths: Vec<_> = output.finish().log.lines().map(str::len).collect();
        assert_eq!(lengths, [LINE_BYTES_MAX, LINE_BYTES_MAX, 1]);
    }

    #[test]
    fn the_tail_keeps_the_last_lines_only() {
        let output = output(1 << 20);
        for number in 0..100 {
            output.print(Channel::Stderr, format!("{number}\n").as_bytes()).unwrap();
        }
        let tail = output.finish().stderr_tail;
        assert!(tail.starts_with("80\n") && tail.ends_with("\n99"), "{tail}");
    }
}
