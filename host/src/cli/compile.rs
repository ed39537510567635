//! `taskbox compile-component`: the process that a host starts to compile one component.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::app::{CompileOrder, compile_component};
use crate::domain::ByteSize;

/// The limits of the process, and how it compiles. It reads the component from stdin and writes the code to stdout.
#[derive(Debug, Args)]
pub(super) struct CompileArgs {
    /// Most memory to allocate, such as 1GiB.
    #[arg(long, value_name = "SIZE")]
    memory: ByteSize,
    /// Most CPU time, in milliseconds.
    #[arg(long, value_name = "COUNT")]
    cpu_millis: u64,
    /// Whether the code is for a host that maps images of memories.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    images: bool,
    /// File of the functions that were compiled before, for those that stayed the same.
    #[arg(long, value_name = "FILE")]
    functions: Option<PathBuf>,
}

/// Compiles in this process. The limits that it sets stay for the rest of the process, which ends afterwards.
pub(super) fn run(args: CompileArgs) -> ExitCode {
    let CompileArgs { memory, cpu_millis, images, functions } = args;
    compile_component(&CompileOrder { memory, cpu: Duration::from_millis(cpu_millis), images, functions })
}
