//! The latest events of one topic, numbered and bounded in bytes.

use std::collections::VecDeque;

use crate::domain::OrderStatus;
use crate::ports::{Event, Heard, Lines};

/// Consecutive lines share an entry up to this size: they are many and short.
const ENTRY_LINES_BYTES_MAX: usize = 16 * 1024;

/// Bytes of an entry beside its texts, roughly.
const ENTRY_BYTES: usize = 256;

/// Numbered events, of which the oldest are dropped first.
#[derive(Default)]
pub(super) struct Ring {
    entries: VecDeque<Entry>,
    /// The number of the latest event, from 1.
    latest: u64,
    bytes: usize,
}

struct Entry {
    first: u64,
    last: u64,
    event: Event,
}

impl Ring {
    /// The number of the latest event.
    pub(super) fn latest(&self) -> u64 {
        self.latest
    }

    /// Bytes of the events.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds an event, and drops the oldest ones until the rest takes at most `bytes_max`. The newest entry always stays.
    pub(super) fn push(&mut self, event: Event, bytes_max: usize) {
        let first = self.latest + 1;
        self.latest += count(&event);
        match (self.entries.back_mut(), event) {
            (Some(Entry { last, event: Event::Lines(_, known), .. }), Event::Lines(_, lines))
                if goes_on(known, &lines) =>
            {
                known.text.push_str(&lines.text);
                *last = self.latest;
                self.bytes += lines.text.len();
            }
            (_, event) => {
                self.bytes += size(&event);
                self.entries.push_back(Entry { first, last: self.latest, event });
            }
        }
        while self.bytes > bytes_max && self.entries.len() > 1 {
            let forgotten = self.entries.pop_front();
            self.bytes -= forgotten.map_or(0, |entry| size(&entry.event));
        }
    }

    /// The next event after this number, and the number of the last event in it.
    pub(super) fn after(&self, number: u64) -> Option<(Heard, u64)> {
        if number >= self.latest {
            return None;
        }
        let next = number + 1;
        let place = self.entries.partition_point(|entry| entry.last < next);
        let entry = self.entries.get(place)?;
        if entry.first > next {
            return Some((Heard::Missed(entry.first - next), entry.first - 1));
        }
        let event = match &entry.event {
            Event::Lines(job, lines) => Event::Lines(*job, lines.without(next - entry.first)),
            event => event.clone(),
        };
        Some((Heard::Event(event), entry.last))
    }
}

/// Whether these lines can share an entry with the previous ones.
fn goes_on(known: &Lines, lines: &Lines) -> bool {
    known.lease == lines.lease && known.text.len() + lines.text.len() <= ENTRY_LINES_BYTES_MAX
}

/// The number of events in an entry.
fn count(event: &Event) -> u64 {
    match event {
        Event::Lines(_, lines) => lines.count(),
        Event::State(..) | Event::Order(_) | Event::Progress(..) => 1,
    }
}

fn size(event: &Event) -> usize {
    ENTRY_BYTES
        + match event {
            Event::Lines(_, lines) => lines.text.len(),
            Event::Progress(_, progress) => progress.message.len(),
            Event::State(_, state) => state.progress.as_ref().map_or(0, |progress| progress.message.len()),
            Event::Order(order) => match &order.status {
                OrderStatus::Failed { error } => error.len(),
                _ => 0,
            },
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, LeaseToken, Progress, Timestamp};

    const JOB: JobId = JobId::from_bytes([1; 16]);

    fn lines(first: u64, text: &str) -> Event {
        let lease = LeaseToken::from_bytes([2; 16]);
        Event::Lines(JOB, Lines { attempt: 1, lease, first, text: text.to_owned() })
    }

    fn progress(done: u64) -> Event {
        let (message, at) = (String::new(), Timestamp::default());
        Event::Progress(JOB, Progress { done, total: 9, message, at })
    }

    /// The events after a number: lines as their texts, progress as its number, gaps with a minus.
    fn heard_by(ring: &Ring, mut at: u64) -> Vec<String> {
        let mut heard_by = Vec::new();
        while let Some((heard, next)) = ring.after(at) {
            assert!(next > at, "it goes on");
            at = next;
            heard_by.push(match heard {
                Heard::Missed(count) => format!("-{count}"),
                Heard::Event(Event::Lines(_, lines)) => format!("{}:{}", lines.first, lines.text),
                Heard::Event(Event::Progress(_, progress)) => progress.done.to_string(),
                Heard::Event(other) => panic!("{other:?}"),
            });
        }
        assert_eq!(at, ring.latest());
        heard_by
    }

    #[test]
    fn events_are_told_in_order_from_any_number_on() {
        let mut ring = Ring::default();
        for event in [lines(0, "a\n"), lines(1, "b\nc\n"), progress(1), lines(3, "d\n"), progress(2)] {
            ring.push(event, usize::MAX);
        }
        assert_eq!(heard_by(&ring, 0), ["0:a\nb\nc\n", "1", "3:d\n", "2"]);
        assert_eq!(heard_by(&ring, 2), ["2:c\n", "1", "3:d\n", "2"]);
        assert_eq!(heard_by(&ring, 4), ["3:d\n", "2"]);
        assert_eq!(heard_by(&ring, 6), [""; 0]);
    }

    #[test]
    fn what_is_forgotten_is_counted_line_by_line() {
        let mut ring = Ring::default();
        ring.push(lines(0, "a\nb\nc\n"), usize::MAX);
        ring.push(progress(1), usize::MAX);
        ring.push(progress(2), 2 * ENTRY_BYTES);
        assert_eq!(heard_by(&ring, 0), ["-3", "1", "2"]);
        assert_eq!(heard_by(&ring, 2), ["-1", "1", "2"]);
        ring.push(progress(3), 0);
        assert_eq!(heard_by(&ring, 0), ["-5", "3"]);
        assert_eq!(ring.bytes(), ENTRY_BYTES);
    }

    #[test]
    fn lines_share_entries_and_no_entry_is_large() {
        let mut ring = Ring::default();
        let line = format!("{}\n", "x".repeat(63));
        for number in 0..1_000 {
            ring.push(lines(number, &line), usize::MAX);
        }
        assert_eq!(ring.entries.len(), 4);
        assert_eq!(ring.bytes(), 4 * ENTRY_BYTES + 64_000);
        assert_eq!(ring.latest(), 1_000);
    }
}
