//! The `taskbox` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    taskbox::cli::main()
}
