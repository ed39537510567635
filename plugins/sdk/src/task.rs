//! Tasks: name, defaults for jobs, and the function that runs them.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::to_ms;
use crate::{JobContext, Json, TaskError, TaskSpec};

type Handler = Box<dyn Fn(&JobContext, Json) -> Result<Json, TaskError>>;

/// A named kind of work, and the function that does it.
///
/// A plugin lists its tasks for every attempt, so that a `Task` borrows static text and allocates nothing until the host
/// requests its [`TaskSpec`].
pub struct Task {
    name: &'static str,
    description: &'static str,
    input_schema: Option<&'static str>,
    output_schema: Option<&'static str>,
    max_attempts: Option<u32>,
    timeout: Option<Duration>,
    queue: Option<&'static str>,
    handler: Handler,
}

impl Task {
    /// A task whose input and output are Rust types.
    ///
    /// An input that does not parse fails the job permanently, because it would not parse the next time either.
    pub fn new<I, O>(
        name: &'static str,
        run: impl Fn(&JobContext, I) -> Result<O, TaskError> + 'static,
    ) -> Self
    where
        I: DeserializeOwned,
        O: Serialize,
    {
        Self::raw(name, move |context, input| {
            let input = serde_json::from_str(&input).map_err(|error| {
                TaskError::permanent(format!("the input of this job does not fit: {error}"))
            })?;
            let output = run(context, input)?;
            serde_json::to_string(&output)
                .map_err(|error| TaskError::permanent(format!("the output of this job is not JSON: {error}")))
        })
    }

    /// A task that takes and returns JSON text.
    pub fn raw(
        name: &'static str,
        run: impl Fn(&JobContext, Json) -> Result<Json, TaskError> + 'static,
    ) -> Self {
        Self {
            name,
            description: "",
            input_schema: None,
            output_schema: None,
            max_attempts: None,
            timeout: None,
            queue: None,
            handler: Box::new(run),
        }
    }

    /// One sentence for the people who submit such jobs.
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// JSON Schema of the input.
    pub fn input_schema(mut self, schema: &'static str) -> Self {
        self.input_schema = Some(schema);
        self
    }

    /// JSON Schema of the output.
    pub fn output_schema(mut self, schema: &'static str) -> Self {
        self.output_schema = Some(schema);
        self
    }

    /// Default number of attempts of a job, 1 to 1000.
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }

    /// Default wall time of one attempt; the grant bounds it.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Default queue of jobs.
    pub fn queue(mut self, queue: &'static str) -> Self {
        self.queue = Some(queue);
        self
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn spec(&self) -> TaskSpec {
        TaskSpec {
            name: self.name.to_owned(),
            description: self.description.to_owned(),
            input_schema: self.input_schema.map(str::to_owned),
            output_schema: self.output_schema.map(str::to_owned),
            max_attempts: self.max_attempts,
            timeout_ms: self.timeout.map(to_ms),
            queue: self.queue.map(str::to_owned),
        }
    }

    pub(crate) fn run(&self, context: &JobContext, input: Json) -> Result<Json, TaskError> {
        (self.handler)(context, input)
    }
}
