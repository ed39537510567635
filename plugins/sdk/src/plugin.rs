//! The exports `describe` and `run` of the contract, by the tasks of a plugin.

use std::marker::PhantomData;

use crate::bindings::exports::taskbox::task::task as wire;
use crate::{JobContext, Json, Task, TaskError, TaskSpec};

/// A plugin, which [`export!`](crate::export) exports to the host.
pub trait Plugin {
    /// The tasks of this plugin.
    ///
    /// Called at upload, without any capability, and again at the start of every attempt: it should only list them.
    fn tasks() -> Vec<Task>;
}

/// A plugin in the form of the generated bindings.
#[doc(hidden)]
pub struct Exported<P>(PhantomData<P>);

impl<P: Plugin> wire::Guest for Exported<P> {
    fn describe() -> Vec<TaskSpec> {
        P::tasks().iter().map(Task::spec).collect()
    }

    fn run(context: JobContext, input: Json) -> Result<Json, wire::TaskError> {
        run_one_of(&P::tasks(), &context, input).map_err(Into::into)
    }
}

fn run_one_of(tasks: &[Task], context: &JobContext, input: Json) -> Result<Json, TaskError> {
    match tasks.iter().find(|task| task.name() == context.task) {
        Some(task) => task.run(context, input),
        None => Err(TaskError::permanent(format!("this plugin offers no task named {:?}", context.task))),
    }
}

/// Exports a [`Plugin`] from this crate.
///
/// Use it exactly once in the crate of a plugin. It exports only on WebAssembly: on other targets it only checks that
/// the type is a plugin, so that unit tests run anywhere.
#[macro_export]
macro_rules! export {
    ($plugin:ty) => {
        const _: fn() -> ::std::vec::Vec<$crate::Task> = <$plugin as $crate::Plugin>::tasks;

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, reason = "exporting a function by name is unsafe in Rust 2024")]
        const _: () = {
            type TaskboxPlugin = $crate::Exported<$plugin>;
    $crate::bindings::export_component!(TaskboxPlugin with_types_in $crate::bindings);
        };
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(task: &str) -> JobContext {
        JobContext {
            job_id: "job".into(),
            task: task.into(),
            attempt: 1,
            max_attempts: 1,
            idempotency_key: "key".into(),
            deadline_ms: 0,
            tags: Vec::new(),
            metadata: "{}".into(),
            traceparent: None,
        }
    }

    fn double(_: &JobContext, number: u32) -> Result<u32, TaskError> {
        Ok(number * 2)
    }

    fn run(task: &str, input: &str) -> Result<Json, TaskError> {
        run_one_of(&[Task::new("double", double)], &context(task), input.into())
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
            .timeout(std::time::Duration::from_secs(1));
        let spec = task.spec();
        assert_eq!((spec.name.as_str(), spec.description.as_str()), ("double", "doubles"));
        assert_eq!((spec.max_attempts, spec.timeout_ms), (Some(3), Some(1_000)));
        assert_eq!((spec.input_schema.as_deref(), spec.output_schema), (Some("{}"), None));
    }
}
