//! Tasks: name, defaults for jobs, and the function that runs them.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::schema::Schema;
use crate::{Job, Json, OrFail, TaskError, TaskFn};

type Handler = Box<dyn Fn(&Job, Json) -> Result<Json, TaskError>>;

/// A named kind of work, and the function that does it.
///
/// The attribute `#[task]` makes one of a function; this is the builder without the macro. A plugin lists its
/// tasks for every attempt, so that a `Task` borrows static text and makes its schemas only when the host asks for them.
pub struct Task {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) input_schema: Option<Schema>,
    pub(crate) output_schema: Option<Schema>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) queue: Option<&'static str>,
    handler: Handler,
}

impl Task {
    /// The task of a function with the attribute `#[task]`.
    pub fn of<F: TaskFn>() -> Self {
        F::task()
    }

    /// A task whose input and output are Rust types, which its JSON Schemas come from.
    ///
    /// An input that does not parse fails the job permanently, because it would not parse the next time either.
    pub fn new<I, O>(name: &'static str, run: impl Fn(&Job, I) -> Result<O, TaskError> + 'static) -> Self
    where
        I: DeserializeOwned + JsonSchema,
        O: Serialize + JsonSchema,
    {
        let task = Self::without_schemas(name, run);
        let (input, output) = (Schema::of_input::<I>(), Schema::of_output::<O>());
        Self { input_schema: Some(input), output_schema: Some(output), ..task }
    }

    /// A task whose input and output are Rust types that have no JSON Schemas.
    pub fn without_schemas<I, O>(
        name: &'static str,
        run: impl Fn(&Job, I) -> Result<O, TaskError> + 'static,
    ) -> Self
    where
        I: DeserializeOwned,
        O: Serialize,
    {
        Self::raw(name, move |job, input| {
            let input = serde_json::from_str(&input).or_permanent("the input of this job does not fit")?;
            let output = run(job, input)?;
            serde_json::to_string(&output).or_permanent("the output of this job is not JSON")
        })
    }

    /// A task that takes and returns JSON text.
    pub fn raw(name: &'static str, run: impl Fn(&Job, Json) -> Result<Json, TaskError> + 'static) -> Self {
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

    /// One sentence for the people who submit such jobs, at most 1,000 bytes.
    pub fn description(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// JSON Schema of the input, in place of the one of its type: draft 2020-12 or 7, at most 64 KiB.
    pub fn input_schema(mut self, schema: &'static str) -> Self {
        self.input_schema = Some(Schema::Text(schema));
        self
    }

    /// JSON Schema of the output, in place of the one of its type.
    pub fn output_schema(mut self, schema: &'static str) -> Self {
        self.output_schema = Some(Schema::Text(schema));
        self
    }

    /// Default number of attempts of a job, 1 to 1000.
    pub fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }

    /// Default wall time of one attempt, at most what the grant allows; the upload is refused beyond that.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Default queue of jobs.
    pub fn queue(mut self, queue: &'static str) -> Self {
        self.queue = Some(queue);
        self
    }

    pub(crate) fn run(&self, job: &Job, input: Json) -> Result<Json, TaskError> {
        (self.handler)(job, input)
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("name", &self.name).finish_non_exhaustive()
    }
}
