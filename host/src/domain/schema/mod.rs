//! JSON Schemas of the inputs and outputs of tasks: what a schema may be, and whether a value fits it.
//!
//! Drafts 2020-12 and 7. A schema refers to nothing outside of itself, `format` is an annotation, and patterns are those of a
//! linear-time engine. Schemas are written by authors of plugins, and values by their callers, so that both compiling and
//! checking are bounded.

mod compile;
mod meter;
mod metered;
mod of_task;

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::{Json, RequestProblem};
use meter::OutOfWork;
use metered::{Metered, Node};

pub use compile::SchemaError;
pub use meter::Work;
pub use of_task::{TaskSchemaError, TaskSchemas};

/// The most violations of one check that are listed.
const VIOLATIONS_MAX: usize = 16;

/// The most text of one violation, in bytes, for its pointer and for its detail.
const TEXT_BYTES_MAX: usize = 256;

/// Steps for the list of all violations. Beyond them only the first is listed.
const LIST_STEPS: u64 = 50_000;

/// A compiled schema.
pub struct Schema {
    validator: Validator<Metered>,
}

/// The value was not checked, because the steps that were left did not suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unchecked;

impl Schema {
    /// Compiles a schema, or returns the first reason why it is refused.
    pub fn compile(text: &Json) -> Result<Self, SchemaError> {
        compile::compile(text).map(|validator| Self { validator })
    }

    /// The places at which a value does not fit, at most 16, with pointers from its root. The steps of the check are taken
    /// from `work`.
    pub fn violations(&self, json: &Json, work: &mut Work) -> Result<Vec<RequestProblem>, Unchecked> {
        let value: Value = serde_json::from_str(json.as_str()).map_err(|_| Unchecked)?;
        match work.run(|| self.validator.is_valid(Node(&value))) {
            Ok(true) => Ok(Vec::new()),
            Ok(false) => Ok(self.listed(&value, work)),
            Err(OutOfWork) => Err(Unchecked),
        }
    }

    /// The violations of a value that has some. Listing them repeats work that the mere answer shares.
    fn listed(&self, value: &Value, work: &mut Work) -> Vec<RequestProblem> {
        let all = || self.validator.iter_errors(Node(value)).take(VIOLATIONS_MAX).map(violation).collect();
        let first = || self.validator.validate(Node(value)).err().map(violation).into_iter().collect();
        let listed: Result<Vec<_>, _> = Work::new(LIST_STEPS).run(all);
        let listed = listed.or_else(|OutOfWork| work.run(first)).unwrap_or_default();
        if listed.is_empty() { vec![problem("", "does not fit the schema")] } else { listed }
    }
}

/// The violation of a value that takes more steps to check than there are.
pub fn unchecked() -> RequestProblem {
    problem(
        "",
        "takes too much work to check against the schema of the task; make it smaller, or the schema simpler",
    )
}

fn violation(error: ValidationError<'_>) -> RequestProblem {
    problem(error.instance_path().as_str(), &error.masked_with("the value").to_string())
}

fn problem(pointer: &str, detail: &str) -> RequestProblem {
    RequestProblem { pointer: bounded(pointer), detail: bounded(detail) }
}

fn bounded(text: &str) -> String {
    if text.len() <= TEXT_BYTES_MAX {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(TEXT_BYTES_MAX)])
}

#[cfg(test)]
mod tests;
