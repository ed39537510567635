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
/// | `timeout = "30s"` | of one attempt, in `ms`, `s`, `m` or `h` | the default of the host |
/// | `queue = "mail"` | 1 to 64 characters, as those of a name | the queue `default` |
///
/// The JSON Schemas of the input and the output come from their types, which implement `schemars::JsonSchema`.
#[proc_macro_attribute]
pub fn task(arguments: TokenStream, function: TokenStream) -> TokenStream {
    expand::expand(arguments.into(), function.into()).unwrap_or_else(|error| error.to_compile_error()).into()
}
