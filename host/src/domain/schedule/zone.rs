//! Timezones by their IANA names, and what their clocks on the wall show.
//!
//! The rules are those compiled into the program, never those of the machine: two hosts that share
//! storage must come to the same next time, and the domain does no I/O.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use crate::domain::Timestamp;

static RULES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// An IANA timezone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// Which of two moments is meant by a time that comes twice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Occurrence {
    /// The earlier.
    First,
    /// The later.
    Last,
}

/// When the wall shows a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Showing {
    /// At this moment.
    At(Timestamp),
    /// Never: clocks skip it.
    Skipped {
        /// The first moment after the gap.
        resumed: Timestamp,
    },
}

impl Zone {
    /// Its name, such as `Europe/Berlin`.
    pub fn as_str(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The wall time at this moment, to the second.
    pub(super) fn wall(&self, moment: Timestamp) -> Option<DateTime> {
        let moment = jiff::Timestamp::from_millisecond(i64::try_from(moment.as_millis()).ok()?).ok()?;
        let wall = self.0.to_datetime(moment);
        wall.checked_sub(SignedDuration::from_nanos(wall.subsec_nanosecond().into())).ok()
    }

    /// The wall time at this moment, to the second. When it showed the same before and the last
    /// occurrence counts, what it showed when the repetition began: all of it may come again.
    pub(super) fn wall_from(&self, moment: Timestamp, occurrence: Occurrence) -> Option<DateTime> {
        let wall = self.wall(moment)?;
        match self.0.to_ambiguous_timestamp(wall).offset() {
            AmbiguousOffset::Fold { before, after } if occurrence == Occurrence::Last => {
                wall.checked_sub(before.duration_since(after)).ok()
            }
            _ => Some(wall),
        }
    }

    /// When the wall shows this. None at the end of all times.
    pub(super) fn showing(&self, wall: DateTime, occurrence: Occurrence) -> Option<Showing> {
        let at = |offset: Offset| offset.to_timestamp(wall).ok();
        let moment = match (self.0.to_ambiguous_timestamp(wall).offset(), occurrence) {
            (AmbiguousOffset::Unambiguous { offset }, _) => at(offset)?,
            (AmbiguousOffset::Fold { before, .. }, Occurrence::First) => at(before)?,
            (AmbiguousOffset::Fold { after, .. }, Occurrence::Last) => at(after)?,
            (AmbiguousOffset::Gap { before, .. }, _) => {
                let resumed = timestamp(self.change_at_or_before(at(before)?)?)?;
                return Some(Showing::Skipped { resumed });
            }
        };
        timestamp(moment).map(Showing::At)
    }

    fn change_at_or_before(&self, moment: jiff::Timestamp) -> Option<jiff::Timestamp> {
        let just_after = moment.checked_add(SignedDuration::from_secs(1)).ok()?;
        self.0.preceding(just_after).next().map(|change| change.timestamp())
    }
}

fn timestamp(moment: jiff::Timestamp) -> Option<Timestamp> {
    u64::try_from(moment.as_millisecond()).ok().map(Timestamp::from_millis)
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl FromStr for Zone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(64).collect();
        let wrong = || format!("{shown:?} is not an IANA timezone such as \"Europe/Berlin\" or \"UTC\"");
        let zone = RULES.get(text).map_err(|_| wrong())?;
        if zone.iana_name().is_some() { Ok(Self(zone)) } else { Err(wrong()) }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
