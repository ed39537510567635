//! Checks of an attempt against the schemas of its task, by the version that runs it.

use super::violations;
use crate::domain::{Failure, FailureKind, Json, Outcome, RequestProblem, TaskSchemas};

/// Refuses an input that does not fit. It was checked at the submission, but perhaps against another version, or none.
pub async fn fitting_input(schemas: Option<&TaskSchemas>, input: &Json) -> Result<(), Outcome> {
    let Some(schema) = schemas.and_then(|schemas| schemas.input.clone()) else { return Ok(()) };
    match violations(vec![(schema, input.clone())]).await {
        Ok(found) if found.is_empty() => Ok(()),
        Ok(found) => {
            Err(misfit(FailureKind::BadInput, "the input does not fit the schema of the task", found))
        }
        Err(_) => Err(Outcome::Interrupted),
    }
}

/// The outcome of an attempt, which is a failure if its output does not fit.
pub async fn fitting_output(schemas: Option<&TaskSchemas>, outcome: Outcome) -> Outcome {
    let (Some(schema), Outcome::Succeeded(output)) =
        (schemas.and_then(|schemas| schemas.output.clone()), &outcome)
    else {
        return outcome;
    };
    match violations(vec![(schema, output.clone())]).await {
        Ok(found) if found.is_empty() => outcome,
        Ok(found) => misfit(FailureKind::BadOutput, "the output does not fit the schema of the task", found),
        // The host stops. What was returned is not lost for want of a check.
        Err(_) => outcome,
    }
}

/// The first violation is in the message, the others in the detail.
fn misfit(kind: FailureKind, what: &str, found: Vec<(usize, RequestProblem)>) -> Outcome {
    let mut texts = found.into_iter().map(|(_, RequestProblem { pointer, detail })| match pointer.as_str() {
        "" => detail,
        pointer => format!("{pointer}: {detail}"),
    });
    let message = format!("{what}: {}", texts.next().unwrap_or_default());
    Outcome::Failed(Failure::permanent(kind, message).with_detail(texts.collect::<Vec<_>>().join("\n")))
}
