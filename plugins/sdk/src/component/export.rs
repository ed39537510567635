//! The exports `describe` and `run` of the contract, by the tasks of a plugin.

use std::marker::PhantomData;

use super::bindings::exports::taskbox::task::task as exports;
use super::{Component, wire};
use crate::{Job, Json, Plugin, Task, TaskError};

/// A plugin in the form of the generated bindings.
#[derive(Debug)]
pub struct Exported<P>(PhantomData<P>);

impl<P: Plugin> exports::Guest for Exported<P> {
    fn describe() -> Vec<exports::TaskSpec> {
        P::tasks().iter().map(spec).collect()
    }

    fn run(context: exports::JobContext, input: Json) -> Result<Json, exports::TaskError> {
        let job = Job::new(wire::context(context), Box::new(Component));
        run_one_of(&P::tasks(), &job, input).map_err(wire::task_error)
    }
}

fn spec(task: &Task) -> exports::TaskSpec {
    exports::TaskSpec {
        name: task.name.to_owned(),
        description: task.description.to_owned(),
        input_schema: task.input_schema.map(|schema| schema.text()),
        output_schema: task.output_schema.map(|schema| schema.text()),
        max_attempts: task.max_attempts,
        timeout_ms: task.timeout.map(wire::to_ms),
        queue: task.queue.map(str::to_owned),
    }
}

fn run_one_of(tasks: &[Task], job: &Job, input: Json) -> Result<Json, TaskError> {
    match tasks.iter().find(|task| task.name == job.task()) {
        Some(task) => task.run(job, input),
        None => Err(TaskError::permanent(format!("this plugin offers no task named {:?}", job.task()))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn double(_: &Job, number: u32) -> Result<u32, TaskError> {
        Ok(number * 2)
    }

    fn run(task: &str, input: &str) -> Result<Json, TaskError> {
        run_one_of(&[Task::new("double", double)], &Job::for_test().with_task(task), input.into())
    }

    #[test]
    fn a_task_is_found_by_its_name() {
        assert_eq!(run("double", "21"), Ok("42".into()));
    }

    #[test]
    fn an_input_that_does_not_fit_is_permanent() {
        let Err(TaskError::Permanent(message)) = run("double", "\"x\"") else {
            panic!("a text was taken for a number");
        };
        assert!(message.contains("does not fit"), "{message}");
    }

    #[test]
    fn an_unknown_task_is_permanent() {
        assert!(matches!(run("halve", "1"), Err(TaskError::Permanent(_))));
    }

    #[test]
    fn what_a_task_wants_reaches_the_host() {
        let task = Task::new("double", double)
            .description("doubles")
            .input_schema("{}")
            .max_attempts(3)
            .timeout(Duration::from_secs(1));
        let spec = spec(&task);
        assert_eq!((spec.name.as_str(), spec.description.as_str()), ("double", "doubles"));
        assert_eq!((spec.max_attempts, spec.timeout_ms), (Some(3), Some(1_000)));
        assert_eq!(spec.input_schema.as_deref(), Some("{}"));
        assert!(spec.output_schema.is_some_and(|schema| schema.contains("integer")));
    }
}
