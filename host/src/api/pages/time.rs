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
    fn clocks_show_hours_only_when_there_are_some() {
        let shown = |seconds| clock(Duration::from_secs(seconds));
        assert_eq!((shown(7), shown(750), shown(3_605)), ("00:07".into(), "12:30".into(), "1:00:05".into()));
        assert_eq!(absolute(Timestamp::from_millis(1_769_846_400_007)), "31 Jan 2026, 08:00:00 UTC");
    }
}
