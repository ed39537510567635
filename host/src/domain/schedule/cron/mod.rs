//! Cron expressions: what they mean, and when they are due.
//!
//! Five fields (minute, hour, day of the month, month, day of the week) or six with seconds in front,
//! or a name such as `@daily`. Written here because no crate has all of it: the position of an error,
//! dates that never come refused, and the days on which clocks change.
//!
//! On those days the rule is that of Vixie cron. Which one holds is decided by the fields of the time:
//!
//! - If the hour, the minute or the second begins with `*` (`*/n` included) or names all numbers of its
//!   field, the expression follows the clock: it is due whenever the clock shows a time that fits, so in
//!   both hours of a repeated one, and never for a time that the clock skips. `30 * * * *` is due once
//!   in each hour that exists.
//! - Otherwise it is a fixed time of day. One that the clock skips is due once, at the first moment after
//!   the gap; one that comes twice is due the first time.
//!
//! Never looks at a clock.

mod error;
mod field;
mod wall;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use error::CronError;
use field::{DAY, Field, HOUR, MINUTE, MONTH, Part, SECOND, WEEKDAY};

/// The longest expression, in characters.
const LENGTH_MAX: usize = 256;

/// The names, and what they stand for.
const NAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The most days that each month ever has.
const MONTH_DAYS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// A cron expression.
#[derive(Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether a day must be right by both its date and its weekday, not by one of them.
    days_meet: bool,
    /// Whether it is due whenever the clock shows a time that fits; else it names fixed times of day.
    follows_clock: bool,
}

impl Cron {
    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn of_fields(text: &str, fields: &str) -> Result<Self, CronError> {
        let mut parts = parts(fields);
        match parts.len() {
            5 => parts.insert(0, Part { text: "0", offset: 0 }),
            6 => {}
            count => {
                let reason = format!(
                    "{count} fields; there must be five (minute, hour, day of the month, month, day of the \
                     week), or six with seconds in front"
                );
                return Err(CronError::at(parts.get(6).map_or(fields.len(), |part| part.offset), reason));
            }
        }
        let read = |field: &Field, index: usize| field.read(parts[index]);
        let is_open = |index: usize| parts[index].text.starts_with('*');
        let [seconds, minutes, hours] = [read(&SECOND, 0)?, read(&MINUTE, 1)?, read(&HOUR, 2)?];
        let is_full = [SECOND.is_full(seconds), MINUTE.is_full(minutes), HOUR.is_full(hours)];
        let weekdays = read(&WEEKDAY, 5)?;
        let cron = Self {
            text: text.to_owned(),
            seconds,
            minutes,
            hours,
            days: read(&DAY, 3)?,
            months: read(&MONTH, 4)?,
            // 7 is Sunday as well.
            weekdays: (weekdays | weekdays >> 7) & 0x7f,
            days_meet: is_open(3) || is_open(5),
            follows_clock: (0..3).any(|index| is_open(index) || is_full[index]),
        };
        if cron.never_comes() {
            let reason =
                format!("none of its months has the day {}, so that it would never run", parts[3].text);
            return Err(CronError::at(parts[3].offset, reason));
        }
        Ok(cron)
    }

    /// Whether no month has any of the days. Every date falls on every weekday in some year, so that
    /// months and days alone decide; where a weekday is enough, some day always comes.
    fn never_comes(&self) -> bool {
        let has_day = |(month, most): (u32, &u32)| {
            let is_named = self.months & (1 << month) != 0;
            is_named && self.days & ((1 << (most + 1)) - 1) != 0
        };
        self.days_meet && !(1..).zip(&MONTH_DAYS).any(has_day)
    }
}

/// The words of a text, each with its place.
fn parts(text: &str) -> Vec<Part<'_>> {
    let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_ascii_whitespace().map(|word| Part { text: word, offset: place(word) }).collect()
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        if let Some(offset) = text.chars().position(|c| !c.is_ascii()) {
            return Err(CronError::at(offset, "only ASCII characters mean something here"));
        }
        if text.len() > LENGTH_MAX {
            return Err(CronError::at(LENGTH_MAX, format!("longer than {LENGTH_MAX} characters")));
        }
        let trimmed = text.trim();
        if !trimmed.starts_with('@') {
            return Self::of_fields(text, text);
        }
        let known = NAMES.iter().find(|(name, _)| trimmed.eq_ignore_ascii_case(name));
        let unknown = || {
            let names = NAMES.map(|(name, _)| name).join(", ");
            CronError::at(
                text.len() - text.trim_start().len(),
                format!("unknown name; the known ones are {names}"),
            )
        };
        Self::of_fields(text, known.ok_or_else(unknown)?.1)
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Debug for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}
