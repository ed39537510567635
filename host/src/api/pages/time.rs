//! Times for people. The script updates them as time passes.

use std::time::Duration;

use crate::domain::Timestamp;

/// A time on a page, for people and for the script.
pub(super) struct When {
    /// RFC 3339.
    pub(super) iso: String,
    /// Such as `2 minutes ago`.
    pub(super) relative: String,
    /// Such as `31 Jan 2026, 08:00:12 UTC`.
    pub(super) absolute: String,
}

impl When {
    /// The forms of `time` at `now`.
    pub(super) fn new(time: Timestamp, now: Timestamp) -> Self {
        let relative = match time > now {
            true => in_words(time.since(now), "in ", ""),
            false => in_words(now.since(time), "", " ago"),
        };
        Self { iso: time.to_string(), relative, absolute: absolute(time) }
    }
}

/// Minutes and seconds: `00:07`, `12:30`, `1:00:05`.
pub(super) fn clock(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// A duration in its two largest units: `340 ms`, `7.5 s`, `2 min 5 s`, `3 h 20 min`, `4 d 6 h`.
pub(super) fn lasting(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let (seconds, millis) = (duration.as_secs(), duration.subsec_millis());
    match seconds {
        0 => format!("{millis} ms"),
        1..10 => format!("{seconds}.{} s", millis / 100),
        _ => {
            let largest = UNITS.iter().position(|(unit, _)| seconds >= *unit).unwrap_or(UNITS.len() - 1);
            let (unit, name) = UNITS[largest];
            let first = format!("{} {name}", seconds / unit);
            match UNITS.get(largest + 1) {
                Some((smaller, name)) if seconds % unit >= *smaller => {
                    format!("{first} {} {name}", seconds % unit / smaller)
                }
                _ => first,
            }
        }
    }
}

fn in_words(distance: Duration, before: &str, after: &str) -> String {
    const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let seconds = distance.as_secs();
    match UNITS.iter().find(|(unit, _)| seconds >= *unit) {
        Some((unit, name)) => {
            let count = seconds / unit;
            format!("{before}{count} {name}{}{after}", if count == 1 { "" } else { "s" })
        }
        None if seconds >= 10 => format!("{before}{seconds} seconds{after}"),
        None => "just now".to_owned(),
    }
}

fn absolute(time: Timestamp) -> String {
    let instant =
        i64::try_from(time.as_millis()).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    instant
        .map_or_else(|| time.to_string(), |instant| instant.strftime("%-d %b %Y, %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_told_in_the_largest_unit() {
        let told = |seconds| in_words(Duration::from_secs(seconds), "", " ago");
        assert_eq!(told(3), "just now");
        assert_eq!(told(59), "59 seconds ago");
        assert_eq!(told(60), "1 minute ago");
        assert_eq!(told(7_300), "2 hours ago");
        assert_eq!(told(200_000), "2 days ago");
    }

    #[test]
    fn a_duration_has_its_two_largest_units() {
        let told = |millis| lasting(Duration::from_millis(millis));
        assert_eq!([told(0), told(340), told(7_520)], ["0 ms", "340 ms", "7.5 s"]);
        assert_eq!([told(12_900), told(125_000), told(120_000)], ["12 s", "2 min 5 s", "2 min"]);
        assert_eq!([told(12_000_000), told(367_200_000)], ["3 h 20 min", "4 d 6 h"]);
    }

    #[test]
    fn clocks_show_hours_only_when_there_are_some() {
        let shown = |seconds| clock(Duration::from_secs(seconds));
        assert_eq!((shown(7), shown(750), shown(3_605)), ("00:07".into(), "12:30".into(), "1:00:05".into()));
        assert_eq!(absolute(Timestamp::from_millis(1_769_846_400_007)), "31 Jan 2026, 08:00:00 UTC");
    }
}
