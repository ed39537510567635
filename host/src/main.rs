//! The `taskbox` program.

use std::process::ExitCode;

/// A host allocates and frees small things on one thread after another, which the system's allocator does
/// slowly: with this one a job takes a seventh less CPU time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    taskbox::cli::main()
}
