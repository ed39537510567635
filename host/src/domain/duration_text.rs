//! Durations as people write them: `"250ms"`, `"90s"`, `"15m"`, `"1h 30m"`, `"7d"`.
//!
//! Read here because the text comes from outside: no crate was found that neither panics nor guesses.

use std::time::Duration;

/// The longest duration: a hundred years. Three of them are still a number of nanoseconds below 2^64, so
/// that no sum of settings can overflow.
const LONGEST: Duration = Duration::from_secs(36_600 * 24 * 3600);

/// The units, from the largest, each with its length in milliseconds and its names. The first name is
/// the one that is written.
const UNITS: [(u64, &[&str]); 6] = [
    (604_800_000, &["w", "week", "weeks"]),
    (86_400_000, &["d", "day", "days"]),
    (3_600_000, &["h", "hr", "hour", "hours"]),
    (60_000, &["m", "min", "minute", "minutes"]),
    (1_000, &["s", "sec", "second", "seconds"]),
    (1, &["ms", "msec", "millis", "milliseconds"]),
];

/// Reads a duration: whole numbers with units, with or without spaces between them, at most a hundred
/// years in all. A bare number is refused, because its unit would be a guess.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let shown: String = text.chars().take(64).collect();
    let mut rest = text.trim();
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{shown:?} names no unit; write for example \"90s\", \"15m\" or \"250ms\""));
    }
    let wrong = || format!("{shown:?} is not a duration such as \"90s\", \"15m\" or \"250ms\"");
    let too_long = || format!("{shown:?} is too long; a duration is at most {}", format_duration(LONGEST));
    let mut millis = 0_u64;
    loop {
        let (number, after) = split_before(rest, |c| !c.is_ascii_digit());
        let (name, after) = split_before(after.trim_start(), |c| !c.is_ascii_alphabetic());
        let (unit, _) = UNITS.iter().find(|(_, names)| names.contains(&name)).ok_or_else(wrong)?;
        if number.is_empty() {
            return Err(wrong());
        }
        // More digits than a u64 has are no other mistake than a number that is too large.
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*unit));
        millis = part.and_then(|part| millis.checked_add(part)).ok_or_else(too_long)?;
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
    }
    Some(Duration::from_millis(millis)).filter(|duration| *duration <= LONGEST).ok_or_else(too_long)
}

/// What is before the first character that `ends`, and what begins with it.
fn split_before(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

/// Writes a duration in the form that [`parse_duration`] reads, exact to the millisecond.
pub fn format_duration(duration: Duration) -> String {
    let mut rest = duration.as_millis();
    let mut text = String::new();
    // Weeks are not written: "30d" is easier to compare than "4w2d".
    for (millis, names) in &UNITS[1..] {
        let millis = u128::from(*millis);
        if rest >= millis {
            text.push_str(&format!("{}{}", rest / millis, names[0]));
            rest %= millis;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for (text, millis) in
            [("250ms", 250), ("1m30s", 90_000), ("15m", 900_000), ("7d", 604_800_000), ("0s", 0)]
        {
            assert_eq!(parse_duration(text).unwrap(), Duration::from_millis(millis));
            assert_eq!(format_duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn parts_may_stand_apart_and_units_be_written_out() {
        for text in ["1h30m", "1h 30m", " 1 hour 30 minutes ", "90min", "5400 sec", "5400000ms"] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(5400)), "{text}");
        }
        assert_eq!(parse_duration("2w"), parse_duration("14 days"));
    }

    #[test]
    fn a_number_without_unit_is_refused_with_advice() {
        assert!(parse_duration("90").unwrap_err().contains("no unit"));
        for wrong in
            ["soon", "", " ", "s", "-1s", "1.5s", "+1s", "1s90", "1 s,", "1S", "1us", "１s", "1s\u{301}"]
        {
            assert!(parse_duration(wrong).unwrap_err().contains("90s"), "{wrong}");
        }
    }

    #[test]
    fn what_is_longer_than_a_hundred_years_is_refused_with_the_limit() {
        assert_eq!(parse_duration("36600d"), Ok(LONGEST));
        for long in ["36600d1ms", "18446744073709551615s 1000000000ms", "18446744073709551616ms", "5300w"] {
            assert!(parse_duration(long).unwrap_err().contains("at most 36600d"), "{long}");
        }
    }

    /// Texts that look like durations, and those that are nearly too large for some number.
    fn nearly_durations() -> impl Strategy<Value = String> {
        let number = prop_oneof!["[0-9]{1,3}", "[0-9]{18,25}", Just(u64::MAX.to_string())];
        let part = (number, "[ ]?", "(ms|s|m|h|d|w|min|ns|y|é|)", "[ ]?");
        let part = part.prop_map(|(number, gap, unit, end)| format!("{number}{gap}{unit}{end}"));
        prop::collection::vec(part, 0..4).prop_map(|parts| parts.concat())
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in prop_oneof![any::<String>(), nearly_durations()]) {
            if let Ok(duration) = parse_duration(&text) {
                prop_assert!(duration <= LONGEST);
                prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
            }
        }

        #[test]
        fn every_duration_is_written_as_it_is_read(millis in 0..=LONGEST.as_millis() as u64) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Ok(duration));
        }
    }
}
