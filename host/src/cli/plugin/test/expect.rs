//! What is expected of a trial, and whether it came.

use serde_json::Value;

use super::words::{COMPLETED, failure, is_outcome, outcome_name, outcome_names};
use crate::domain::{Outcome, pointer_part};
use crate::trial::{Problem, Report};

/// What is expected of a trial.
#[derive(Debug, Default)]
pub(super) struct Expectation {
    /// The name of the outcome; `completed` when left out.
    pub(super) outcome: Option<String>,
    /// What the output has; of objects, other fields may be there as well.
    pub(super) output: Option<Value>,
    /// A part of the message of the failure.
    pub(super) error: Option<String>,
}

impl Expectation {
    /// What is wrong with the expectation itself.
    pub(super) fn problem(&self) -> Option<String> {
        let outcome = self.outcome.as_deref().filter(|name| !is_outcome(name))?;
        Some(format!("{outcome:?} is no outcome; it must be one of {}", outcome_names()))
    }

    /// What is wrong with a report; nothing if all came as expected.
    pub(super) fn differences(&self, report: &Report) -> Vec<String> {
        let mut differences: Vec<_> = report.problems.iter().map(problem_text).collect();
        differences.extend(self.of_outcome(report.outcome()));
        differences
    }

    fn of_outcome(&self, outcome: &Outcome) -> Option<String> {
        let (wanted, came) = (self.outcome.as_deref().unwrap_or(COMPLETED), outcome_name(outcome));
        let message = failure(outcome).map(|failure| failure.message.as_str());
        if wanted != came {
            let why = message.map(|message| format!(": {message}")).unwrap_or_default();
            return Some(format!("expected {wanted}, and it is {came}{why}"));
        }
        if let Some(part) = self.error.as_deref().filter(|part| !message.unwrap_or_default().contains(part)) {
            return Some(format!(
                "expected an error with {part:?}, and it is {:?}",
                message.unwrap_or_default()
            ));
        }
        let wanted = self.output.as_ref()?;
        let Outcome::Succeeded(output) = outcome else { return Some("expected an output".to_owned()) };
        let came: Value = serde_json::from_str(output.as_str()).unwrap_or_default();
        difference(wanted, &came, "").map(|place| {
            let at = |value: &Value| value.pointer(&place).map_or("nothing".to_owned(), Value::to_string);
            let place_shown = if place.is_empty() { String::new() } else { format!(" at {place}") };
            format!("expected an output with {}{place_shown}, and it is {}", at(wanted), at(&came))
        })
    }
}

/// The pointer to the first value that is not the wanted one.
fn difference(wanted: &Value, came: &Value, place: &str) -> Option<String> {
    match (wanted, came) {
        (Value::Object(wanted), Value::Object(came)) => wanted.iter().find_map(|(name, wanted)| {
            let place = format!("{place}/{}", pointer_part(name));
            difference(wanted, came.get(name).unwrap_or(&Value::Null), &place)
        }),
        (Value::Array(wanted), Value::Array(came)) if wanted.len() == came.len() => {
            let mut pairs = wanted.iter().zip(came).enumerate();
            pairs.find_map(|(index, (wanted, came))| difference(wanted, came, &format!("{place}/{index}")))
        }
        _ => (wanted != came).then(|| place.to_owned()),
    }
}

/// A problem in words.
pub(super) fn problem_text(problem: &Problem) -> String {
    match problem {
        Problem::Unanswered(line) => {
            format!("nothing answers a request; add to the mock file (--http):\n{line}")
        }
        Problem::Repeated { attempt, what } => {
            format!("attempt {attempt} repeats {what}, which an attempt before it had done")
        }
        Problem::NotReached { step, steps } if steps.is_empty() => {
            format!("no attempt reached the step {step}; the task took no step")
        }
        Problem::NotReached { step, steps } => {
            format!("no attempt reached the step {step}; the steps were {}", steps.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Failure, FailureKind, Json};

    fn done(output: &Value) -> Outcome {
        Outcome::Succeeded(Json::from_value(output))
    }

    #[test]
    fn an_output_has_what_is_expected_and_may_have_more() {
        let expected =
            Expectation { output: Some(json!({ "a": [1, { "b": 2 }] })), ..Expectation::default() };
        assert_eq!(expected.of_outcome(&done(&json!({ "a": [1, { "b": 2, "c": 3 }], "d": 4 }))), None);
        let other = expected.of_outcome(&done(&json!({ "a": [1, { "b": 7 }] }))).unwrap();
        assert!(other.contains("with 2 at /a/1/b, and it is 7"), "{other}");
    }

    #[test]
    fn an_outcome_and_its_error_are_compared() {
        let failed = Outcome::Failed(Failure::permanent(FailureKind::Denied, "may not GET"));
        let expect = |outcome: &str, error: &str| Expectation {
            outcome: Some(outcome.to_owned()),
            error: Some(error.to_owned()),
            output: None,
        };
        assert_eq!(expect("denied", "not GET").of_outcome(&failed), None);
        assert!(expect("denied", "POST").of_outcome(&failed).unwrap().contains("POST"));
        let other = Expectation::default().of_outcome(&failed).unwrap();
        assert_eq!(other, "expected completed, and it is denied: may not GET");
        assert!(expect("denid", "").problem().unwrap().contains("denied"));
    }
}
