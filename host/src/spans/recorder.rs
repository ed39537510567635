//! The queue of ended spans, and the clock of spans.

use std::sync::OnceLock;
use std::time::Instant;

use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::span::Span;
use crate::domain::Timestamp;
use crate::metering::catalog::SPANS_LOST;

/// Ended spans that wait for the exporter: those of a second or two of a busy host, some 300 bytes each.
const SPANS_MAX: usize = 16_384;

static RECORDER: OnceLock<Recorder> = OnceLock::new();

struct Recorder {
    ended: Sender<Span>,
    /// A moment by the clock of the host, in nanoseconds since 1970, and the same moment by one that never steps back.
    since: (u64, Instant),
}

/// Ended spans, for the exporter.
pub type Recorded = Receiver<Span>;

/// Begins to record. Only the first call in a process does, and gets the spans.
pub fn install(now: Timestamp) -> Option<Recorded> {
    let (ended, recorded) = channel(SPANS_MAX);
    let since = (nanos(now), Instant::now());
    RECORDER.set(Recorder { ended, since }).is_ok().then_some(recorded)
}

/// Whether spans are recorded.
pub fn is_on() -> bool {
    RECORDER.get().is_some()
}

/// Nanoseconds since 1970.
pub(super) fn nanos(at: Timestamp) -> u64 {
    at.as_millis().saturating_mul(1_000_000)
}

/// The time now; 0 if nothing is recorded.
pub(super) fn now() -> u64 {
    RECORDER.get().map_or(0, |Recorder { since: (at, then), .. }| {
        at.saturating_add(u64::try_from(then.elapsed().as_nanos()).unwrap_or(u64::MAX))
    })
}

pub(super) fn record(span: Span) {
    if let Some(recorder) = RECORDER.get()
        && recorder.ended.try_send(span).is_err()
    {
        SPANS_LOST.increment(1);
    }
}
