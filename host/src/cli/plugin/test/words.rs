//! Outcomes, times and sizes in the words of the command.

use std::time::Duration;

use crate::domain::{Failure, FailureKind, Outcome};

/// The name of a success.
pub(super) const COMPLETED: &str = "completed";

/// The names that outcomes have beside those of failures.
const OTHERS: [&str; 5] = [COMPLETED, "snoozed", "waiting", "cancelled", "interrupted"];

/// The name of an outcome.
pub(super) fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded(_) => COMPLETED,
        other => other.name(),
    }
}

/// Whether this is the name of an outcome.
pub(super) fn is_outcome(name: &str) -> bool {
    OTHERS.contains(&name) || name.parse::<FailureKind>().is_ok()
}

/// All names of outcomes, for an error.
pub(super) fn outcome_names() -> String {
    let failures = FailureKind::ALL.map(FailureKind::as_str);
    let others = OTHERS.into_iter().filter(|name| name.parse::<FailureKind>().is_err());
    others.chain(failures).collect::<Vec<_>>().join(", ")
}

/// The failure of an outcome.
pub(super) fn failure(outcome: &Outcome) -> Option<&Failure> {
    match outcome {
        Outcome::Failed(failure) => Some(failure),
        _ => None,
    }
}

/// A length of time with three digits.
pub(in crate::cli::plugin) fn time(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1_000.0;
    match millis {
        ..9.995 => format!("{millis:.2} ms"),
        ..99.95 => format!("{millis:.1} ms"),
        ..999.5 => format!("{millis:.0} ms"),
        ..9_995.0 => format!("{:.2} s", millis / 1_000.0),
        ..99_950.0 => format!("{:.1} s", millis / 1_000.0),
        _ => format!("{:.0} s", millis / 1_000.0),
    }
}

/// A number of things.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_few_digits() {
        let times = [1_234, 12_345, 999_499, 1_234_567, 61_000_000].map(|us| time(Duration::from_micros(us)));
        assert_eq!(times, ["1.23 ms", "12.3 ms", "999 ms", "1.23 s", "61.0 s"]);
    }

    #[test]
    fn every_kind_of_failure_is_an_outcome_and_completed_is_one() {
        assert!(is_outcome("completed") && is_outcome("cpu-limit") && is_outcome("waiting"));
        assert!(!is_outcome("succeeded"));
        assert_eq!(outcome_names().matches("cancelled").count(), 1);
    }
}
