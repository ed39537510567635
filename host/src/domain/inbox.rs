//! The inbox of a job: external events that its task waits for, by name.
//!
//! The first value of a name stays. A wait that ends without a value is recorded as timed out once the task has seen it, so
//! that every later attempt sees the same.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::{EventName, JobId, Json, Timestamp};

/// Most events of one job.
pub const INBOX_EVENTS_MAX: usize = 100;
/// Most bytes of the values of one job.
pub const INBOX_BYTES_MAX: usize = 1024 * 1024;
/// Most steps of one wait: a transaction looks at their jobs.
pub const AWAITED_STEPS_MAX: usize = 1_000;
/// Most waits of one job: each costs no attempt, so nothing else would end a job that waits for ever.
pub const WAITS_MAX: u32 = 10_000;

/// The shortest wait.
const WAIT_MIN: Duration = Duration::from_secs(1);
/// The longest wait.
const WAIT_MAX: Duration = Duration::from_secs(366 * 24 * 3600);
/// Bytes of the secret of an [`EventKey`].
const SECRET_BYTES: usize = 16;

/// The end of a wait of this time, bounded.
fn end_of_wait(time: Duration, now: Timestamp) -> Timestamp {
    now.plus(time.clamp(WAIT_MIN, WAIT_MAX))
}

/// What came of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InboxEvent {
    /// It arrived with this value.
    Value(Json),
    /// The task waited for it in vain.
    TimedOut,
}

/// The wait of a task, which ended an attempt with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WaitRequest {
    /// The event.
    pub event: EventName,
    /// The longest wait, bounded to a second and a year.
    pub timeout: Duration,
    /// The steps whose jobs bring the event when all of them are final; none of an external event.
    pub steps: Vec<String>,
}

impl WaitRequest {
    /// A wait for an external event.
    pub fn new(event: EventName, timeout: Duration) -> Self {
        Self { event, timeout, steps: Vec::new() }
    }

    /// The end of a wait that begins now.
    pub fn ends_at(&self, now: Timestamp) -> Timestamp {
        end_of_wait(self.timeout, now)
    }
}

/// What a driver found of a wait that ends an attempt.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Awaited {
    /// Whether the event has arrived meanwhile.
    pub arrived: bool,
    /// The jobs of the steps that are not final, each once.
    pub jobs: Vec<JobId>,
}

impl Awaited {
    /// Whether there is nothing left to wait for.
    pub fn is_there(&self, request: &WaitRequest) -> bool {
        self.arrived || (!request.steps.is_empty() && self.jobs.is_empty())
    }
}

/// The wait of a job for an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventWait {
    /// The event.
    pub event: EventName,
    /// The earliest end: a wait takes at least a second, so that a task that waits over and over is no busy loop.
    pub earliest: Timestamp,
    /// Whether it has ended without the event.
    pub over: bool,
}

impl EventWait {
    /// A wait that begins now.
    pub fn begin(event: EventName, now: Timestamp) -> Self {
        Self { event, earliest: now.plus(WAIT_MIN), over: false }
    }

    /// The same wait, ended without the event.
    pub fn ended(self) -> Self {
        Self { over: true, ..self }
    }
}

/// The room that the events of a job take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InboxUse {
    /// Number of events.
    pub events: usize,
    /// Bytes of their values.
    pub bytes: usize,
}

impl InboxUse {
    /// Whether one more event of so many bytes fits.
    pub fn has_room_for(self, bytes: usize) -> bool {
        self.events < INBOX_EVENTS_MAX && self.bytes.saturating_add(bytes) <= INBOX_BYTES_MAX
    }
}

/// The key of a one-time URL: whoever has it may send one event to one job. Its text is 43 characters of base64url.
#[derive(Clone, PartialEq, Eq)]
pub struct EventKey {
    /// The job.
    pub job: JobId,
    /// The secret, which storage knows the event of.
    pub secret: [u8; SECRET_BYTES],
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not the key of an event")]
pub struct NoEventKey;

impl FromStr for EventKey {
    type Err = NoEventKey;

    fn from_str(text: &str) -> Result<Self, NoEventKey> {
        let bytes = BASE64.decode(text).map_err(|_| NoEventKey)?;
        let (job, secret) = bytes.split_first_chunk().ok_or(NoEventKey)?;
        let secret = secret.try_into().map_err(|_| NoEventKey)?;
        Ok(Self { job: JobId::from_bytes(*job), secret })
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode([self.job.as_bytes().as_slice(), &self.secret].concat()))
    }
}

/// Without the secret, so that no log shows it.
impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventKey").field("job", &self.job).finish_non_exhaustive()
    }
}

/// A one-time URL of an event, as storage keeps it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventUrl {
    /// The event that it sends.
    pub event: EventName,
    /// Its key.
    pub key: EventKey,
    /// Time until which it works.
    pub expires_at: Timestamp,
}

impl EventUrl {
    /// A URL that works for this time, bounded like a wait.
    pub fn new(event: EventName, key: EventKey, valid_for: Duration, now: Timestamp) -> Self {
        Self { event, key, expires_at: end_of_wait(valid_for, now) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_shows_no_secret_in_a_log() {
        let key = EventKey { job: JobId::from_bytes([7; 16]), secret: [200; SECRET_BYTES] };
        let text = key.to_string();
        assert_eq!((text.len(), text.parse()), (43, Ok(key.clone())));
        assert!(!format!("{key:?}").contains("200"));
        for wrong in ["", "x", &text[1..], "äääääääääääääääääääää", &format!("{text}AA")]
        {
            assert_eq!(wrong.parse::<EventKey>(), Err(NoEventKey), "{wrong:?}");
        }
    }

    #[test]
    fn a_wait_takes_a_second_to_a_year() {
        let now = Timestamp::from_millis(0);
        let ends_at = |timeout| WaitRequest::new("a".parse().unwrap(), timeout).ends_at(now).as_millis();
        assert_eq!(ends_at(Duration::ZERO), 1_000);
        assert_eq!(ends_at(Duration::MAX), 366 * 24 * 3_600_000);
    }

    #[test]
    fn events_are_bounded_in_number_and_bytes() {
        assert!(InboxUse { events: 99, bytes: INBOX_BYTES_MAX - 2 }.has_room_for(2));
        assert!(!InboxUse { events: 99, bytes: INBOX_BYTES_MAX - 2 }.has_room_for(3));
        assert!(!InboxUse { events: 100, bytes: 0 }.has_room_for(0));
    }
}
