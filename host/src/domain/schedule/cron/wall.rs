//! When an expression is due: first on the wall, then in time.
//!
//! The search walks over days, not seconds. What the wall shows is turned into a moment at the end, so
//! that a day on which clocks change needs no special way through the fields.

use jiff::civil::{Date, DateTime, Time};

use super::Cron;
use crate::domain::Timestamp;
use crate::domain::schedule::zone::{Occurrence, Showing, Zone};

/// How far ahead is searched: a 29th of February on a given weekday comes within 40 years, also where a
/// century leaves one out.
const YEARS_AHEAD: i16 = 41;

impl Cron {
    /// The first moment after this one at which the expression is due in a timezone. None at the end of
    /// all times.
    pub fn next_after(&self, after: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let first = self.search(after, zone, Occurrence::First);
        if !self.follows_clock {
            return first;
        }
        let again = self.search(after, zone, Occurrence::Last);
        first.into_iter().chain(again).min()
    }

    /// The first moment, where times that come twice count as their first or their last occurrence. Under
    /// either reading, later on the wall is never earlier in time, so that the first hit is the right one.
    fn search(&self, after: Timestamp, zone: &Zone, occurrence: Occurrence) -> Option<Timestamp> {
        let mut wall = zone.wall_from(after, occurrence)?;
        loop {
            wall = self.wall_at_or_after(wall)?;
            let moment = match zone.showing(wall, occurrence)? {
                Showing::At(moment) => moment,
                Showing::Skipped { resumed } if self.follows_clock => {
                    wall = zone.wall(resumed)?;
                    continue;
                }
                Showing::Skipped { resumed } => resumed,
            };
            if moment > after {
                return Some(moment);
            }
            wall = wall.checked_add(jiff::SignedDuration::from_secs(1)).ok()?;
        }
    }

    /// The wall time at which the expression is next due, this very second included.
    fn wall_at_or_after(&self, from: DateTime) -> Option<DateTime> {
        let (mut date, mut earliest) = (from.date(), from.time());
        let last_year = date.year().saturating_add(YEARS_AHEAD);
        while date.year() <= last_year {
            if !holds(self.months, date.month()) {
                date = date.last_of_month().tomorrow().ok()?;
                earliest = Time::midnight();
                continue;
            }
            if self.is_day(date)
                && let Some(time) = self.time_at_or_after(earliest)
            {
                return Some(date.to_datetime(time));
            }
            date = date.tomorrow().ok()?;
            earliest = Time::midnight();
        }
        None
    }

    /// The rule of every cron: where both the date and the weekday are restricted, one of them is enough.
    fn is_day(&self, date: Date) -> bool {
        let by_date = holds(self.days, date.day());
        let by_weekday = holds(self.weekdays, date.weekday().to_sunday_zero_offset());
        if self.days_meet { by_date && by_weekday } else { by_date || by_weekday }
    }

    fn time_at_or_after(&self, from: Time) -> Option<Time> {
        let mut earliest = (from.hour(), from.minute(), from.second());
        loop {
            let hour = lowest(self.hours, earliest.0)?;
            if hour > earliest.0 {
                earliest = (hour, 0, 0);
            }
            let Some(minute) = lowest(self.minutes, earliest.1) else {
                earliest = (hour + 1, 0, 0);
                continue;
            };
            if minute > earliest.1 {
                earliest = (hour, minute, 0);
            }
            match lowest(self.seconds, earliest.2) {
                Some(second) => return Time::new(hour, minute, second, 0).ok(),
                None => earliest = (hour, minute + 1, 0),
            }
        }
    }
}

fn holds(set: u64, number: i8) -> bool {
    lowest(set, number) == Some(number)
}

/// The lowest number of a set that is not below `from`.
fn lowest(set: u64, from: i8) -> Option<i8> {
    let rest = set.checked_shr(u32::try_from(from).ok()?)?;
    if rest == 0 { None } else { i8::try_from(rest.trailing_zeros()).ok()?.checked_add(from) }
}
