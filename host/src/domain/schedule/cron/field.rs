//! One field of a cron expression: lists, ranges, steps and names become a set of numbers.
//!
//! A set is a `u64`, bit `n` for the number `n`: no field has a number above 59. Nothing is guessed: a
//! range that runs backward or a step that is larger than its field is refused, not bent.

use super::CronError;

/// A part of the expression, and where it begins.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// Its text: ASCII, so that bytes are characters.
    pub(super) text: &'a str,
    /// Its first character, counted from 0.
    pub(super) offset: usize,
}

impl<'a> Part<'a> {
    /// The parts between separators; at least one, which may be empty.
    fn split(self, separator: char) -> impl Iterator<Item = Part<'a>> {
        let mut offset = self.offset;
        self.text.split(separator).map(move |text| {
            let part = Part { text, offset };
            offset += text.len() + 1;
            part
        })
    }

    /// What is before and after the first separator.
    fn split_once(self, separator: char) -> Option<(Part<'a>, Part<'a>)> {
        let (before, after) = self.text.split_once(separator)?;
        let offset = self.offset + before.len() + 1;
        Some((Part { text: before, ..self }, Part { text: after, offset }))
    }
}

/// What a field may hold.
pub(super) struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    /// Where `*` and an open range such as `5/2` end: 7 is one more name of Sunday, not one more day.
    last: u32,
    /// Names of the numbers, the first of them for `min`.
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

pub(super) const SECOND: Field = Field { name: "second", min: 0, max: 59, last: 59, names: &[] };
pub(super) const MINUTE: Field = Field { name: "minute", min: 0, max: 59, last: 59, names: &[] };
pub(super) const HOUR: Field = Field { name: "hour", min: 0, max: 23, last: 23, names: &[] };
pub(super) const DAY: Field = Field { name: "day of the month", min: 1, max: 31, last: 31, names: &[] };
pub(super) const MONTH: Field = Field { name: "month", min: 1, max: 12, last: 12, names: &MONTHS };
pub(super) const WEEKDAY: Field = Field { name: "day of the week", min: 0, max: 7, last: 6, names: &DAYS };

impl Field {
    /// The numbers that this part of an expression names.
    pub(super) fn read(&self, part: Part<'_>) -> Result<u64, CronError> {
        part.split(',').try_fold(0, |set, item| Ok(set | self.item(item)?))
    }

    /// Whether a set holds every number of the field.
    pub(super) fn is_full(&self, set: u64) -> bool {
        (self.min..=self.last).all(|number| set & (1 << number) != 0)
    }

    fn item(&self, item: Part<'_>) -> Result<u64, CronError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (item, None),
        };
        let (first, last) = self.range(range, step.is_some())?;
        let numbers = (first..=last).step_by(step.unwrap_or(1));
        Ok(numbers.fold(0, |set, number| set | 1 << number))
    }

    /// The first and the last number of a range. A number alone is a range of one, but with a step it
    /// goes on to the end of the field.
    fn range(&self, range: Part<'_>, has_step: bool) -> Result<(u32, u32), CronError> {
        if range.text == "*" {
            return Ok((self.min, self.last));
        }
        let Some((first, last)) = range.split_once('-') else {
            let number = self.number(range)?;
            return Ok((number, if has_step { self.last.max(number) } else { number }));
        };
        let (first, last) = (self.number(first)?, self.range_end(last)?);
        if first > last {
            let reason =
                format!("the range {} runs backward; write two ranges separated by a comma", range.text);
            return Err(CronError::at(range.offset, reason));
        }
        Ok((first, last))
    }

    /// `fri-sun` ends on the Sunday after Friday.
    fn range_end(&self, part: Part<'_>) -> Result<u32, CronError> {
        let is_sunday = self.max > self.last && part.text.eq_ignore_ascii_case(DAYS[0]);
        if is_sunday { Ok(self.max) } else { self.number(part) }
    }

    fn step(&self, part: Part<'_>) -> Result<usize, CronError> {
        let most = self.last - self.min + 1;
        let step = digits(part.text).filter(|step| (1..=most).contains(step));
        let wrong = || {
            let reason =
                format!("the step of the {} must be from 1 to {most}, not {:?}", self.name, part.text);
            CronError::at(part.offset, reason)
        };
        step.map(|step| step as usize).ok_or_else(wrong)
    }

    fn number(&self, part: Part<'_>) -> Result<u32, CronError> {
        let named = || self.names.iter().position(|name| part.text.eq_ignore_ascii_case(name));
        let number = digits(part.text).or_else(|| Some(named()? as u32 + self.min));
        number.filter(|number| (self.min..=self.max).contains(number)).ok_or_else(|| self.no_number(part))
    }

    fn no_number(&self, part: Part<'_>) -> CronError {
        let Self { name, min, max, .. } = self;
        let names = match (self.names.first(), self.names.last()) {
            (Some(first), Some(last)) => format!(", or {first} to {last}"),
            _ => String::new(),
        };
        let range = format!("must be from {min} to {max}{names}");
        CronError::at(
            part.offset,
            match part.text {
                "" => format!("the {name} is missing; it {range}"),
                text => format!("the {name} {range}, not {text:?}"),
            },
        )
    }
}

/// A number of plain digits: Rust's own reading would take `+5` as well.
fn digits(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}
