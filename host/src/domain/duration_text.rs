//! Durations as people write them: `"250ms"`, `"90s"`, `"15m"`, `"1h30m"`, `"7d"`.

use std::time::Duration;

/// Reads a duration. A bare number is refused, because its unit would be a guess.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if text.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!("{text:?} names no unit; write for example \"90s\", \"15m\" or \"250ms\""));
    }
    humantime::parse_duration(text)
        .map_err(|_| format!("{text:?} is not a duration such as \"90s\", \"15m\" or \"250ms\""))
}

/// Writes a duration in the form that [`parse_duration`] reads, exact to the millisecond.
pub fn format_duration(duration: Duration) -> String {
    const UNITS: [(u128, &str); 5] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut rest = duration.as_millis();
    let mut text = String::new();
    for (millis, unit) in UNITS {
        if rest >= millis {
            text.push_str(&format!("{}{unit}", rest / millis));
            rest %= millis;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
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
    fn a_number_without_unit_is_refused_with_advice() {
        assert!(parse_duration("90").unwrap_err().contains("no unit"));
        assert!(parse_duration("soon").unwrap_err().contains("90s"));
    }
}
