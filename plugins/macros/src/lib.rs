//! The attribute `#[task]`, which `taskbox-task` exports.

mod arguments;
mod expand;

use proc_macro::TokenStream;

/// Makes a task of a function, for `plugin!`.
///
/// ```text
/// /// Greets a person by name.
/// #[task(max_attempts = 3, timeout = "30s")]
/// fn greet(job: &Job, input: Input) -> Result<Output, TaskError> { .. }
/// ```
///
/// | Argument | Meaning | Without it |
/// |---|---|---|
/// | `name = "greet"` | 1 to 64 characters of `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter | the name of the function, with `-` for `_` |
/// | `description = ".."` | at most 1,000 bytes | the first paragraph of the doc comment |
/// | `max_attempts = 3` | 1 to 1000 | the default of the host |
/// | `timeout = "30s"` | of one attempt, in `ms`, `s`, `m`, `h` or `d`, at most 7 days | the default of the host |
/// | `queue = "mail"` | 1 to 64 characters, as those of a name | the queue `default` |
/// | `crate = my_kit` | the path of a crate that exports this one again | `::taskbox_task` |
/// | `without_schemas` | the task has no JSON Schemas | they come from the types of the input and the output, which implement `schemars::JsonSchema` |
///
/// Beside the function there is then a type of the same name, which `plugin!` and `Task::of` name. In a module with the
/// name of the function, name it by its path (`plugin!(greet::greet)`), and do not import it.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expand::expand(arguments.into(), function.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
