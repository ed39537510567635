//! Times as people read them: how long ago, or how soon.

use std::time::Duration;

use crate::domain::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// Beyond it a date says more than a number of days.
const DAYS_MAX: u64 = 60;

/// The host gives the time in whole seconds, so that one that has just passed can seem to come.
const NOW: Duration = Duration::from_secs(2);

/// A time in relation to another, such as `3 min ago` or `in 2 h`; a remote one as a date.
pub(super) fn relative(time: Timestamp, now: Timestamp) -> String {
    let (past, future) = (now.since(time), time.since(now));
    if past < NOW && future < NOW {
        return "now".to_owned();
    }
    match length(past.max(future)) {
        None => time.to_string().chars().take("2026-01-02".len()).collect(),
        Some(length) if past > future => format!("{length} ago"),
        Some(length) => format!("in {length}"),
    }
}

/// A length of time in its largest unit.
fn length(length: Duration) -> Option<String> {
    let seconds = length.as_secs();
    let (count, unit) = match seconds {
        0..MINUTE => (seconds, "s"),
        MINUTE..HOUR => (seconds / MINUTE, "min"),
        HOUR..DAY => (seconds / HOUR, "h"),
        _ => (seconds / DAY, if seconds / DAY == 1 { "day" } else { "days" }),
    };
    (seconds / DAY <= DAYS_MAX).then(|| format!("{count} {unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_says_enough() {
        let now = Timestamp::from_millis(1_700_000_000_000);
        for (seconds, ago, ahead) in [
            (1, "now", "now"),
            (59, "59 s ago", "in 59 s"),
            (200, "3 min ago", "in 3 min"),
            (7_300, "2 h ago", "in 2 h"),
            (90_000, "1 day ago", "in 1 day"),
            (5_000_000, "57 days ago", "in 57 days"),
            (10_000_000, "2023-07-22", "2024-03-09"),
        ] {
            let length = Duration::from_secs(seconds);
            assert_eq!(relative(now.minus(length), now), ago);
            assert_eq!(relative(now.plus(length), now), ahead);
        }
    }
}
