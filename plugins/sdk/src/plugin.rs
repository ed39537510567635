//! The tasks of a plugin, and the macros that export them.

use crate::Task;

/// A plugin as a type, without the attribute macro: [`export!`](crate::export) exports it. [`Task::of`] is the task of a
/// function that has the attribute.
///
/// ```
/// use taskbox_task::{Job, Plugin, Task, TaskError};
///
/// struct Doubler;
///
/// impl Plugin for Doubler {
///     fn tasks() -> Vec<Task> {
///         vec![Task::new("double", double).description("Doubles a number").max_attempts(3)]
///     }
/// }
///
/// fn double(_job: &Job, number: u32) -> Result<u32, TaskError> {
///     Ok(number * 2)
/// }
///
/// taskbox_task::export!(Doubler);
/// ```
pub trait Plugin {
    /// The tasks of this plugin.
    ///
    /// Called at upload, without any capability, and again at the start of every attempt: it should only list them.
    fn tasks() -> Vec<Task>;
}

/// What the attribute `#[task]` makes of a function, under the name of the function.
pub trait TaskFn {
    /// The task with its defaults.
    fn task() -> Task;
}

/// Exports functions with the attribute `#[task]` as a plugin.
///
/// Use it exactly once in the crate of a plugin. A function of another module is named by its path.
///
/// ```
/// mod greeting {
///     use taskbox_task::{Job, TaskError, task};
///
///     /// Greets a person by name.
///     #[task(max_attempts = 3)]
///     pub fn greet(_job: &Job, name: String) -> Result<String, TaskError> {
///         Ok(format!("Hello, {name}"))
///     }
/// }
///
/// taskbox_task::plugin!(greeting::greet);
/// ```
///
/// A crate that exports this one again, with things of its own beside it, is named to the attribute:
///
/// ```
/// mod kit {
///     pub use taskbox_task::*;
/// }
///
/// mod greeting {
///     use crate::kit::{Job, TaskError, task};
///
///     #[task(crate = crate::kit)]
///     pub fn greet(_job: &Job, name: String) -> Result<String, TaskError> {
///         Ok(format!("Hello, {name}"))
///     }
/// }
///
/// kit::plugin!(greeting::greet);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! plugin {
    ($($task:ty),+ $(,)?) => {
        const _: () = {
            struct TaskboxTasks;

            impl $crate::Plugin for TaskboxTasks {
                fn tasks() -> ::std::vec::Vec<$crate::Task> {
                    ::std::vec![$($crate::Task::of::<$task>()),+]
                }
            }

            $crate::export!(TaskboxTasks);
        };
    };
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
        const _: () = {
            type TaskboxPlugin = $crate::component::Exported<$plugin>;
    $crate::component::bindings::export_component!(TaskboxPlugin with_types_in $crate::component::bindings);
        };
    };
}
