//! `taskbox compile-component`: what a host starts to compile one component. It is no command for people.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::app::{CompileOrder, compile_component};
use crate::domain::ByteSize;

/// What the process may take, and how it compiles. The component comes on stdin, the code goes to stdout.
#[derive(Debug, Args)]
pub(super) struct CompileArgs {
    /// Memory that it may allocate, such as 1GiB.
    #[arg(long, value_name = "SIZE")]
    memory: ByteSize,
    /// CPU time in milliseconds.
    #[arg(long, value_name = "COUNT")]
    cpu_millis: u64,
    /// Whether the code is for a host that maps images of memories.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    images: bool,
}

/// Compiles in this process, on which limits are set that stay: nothing else can be done in it afterwards.
pub(super) fn run(args: &CompileArgs) -> ExitCode {
    let CompileArgs { memory, cpu_millis, images } = *args;
    compile_component(&CompileOrder { memory, cpu: Duration::from_millis(cpu_millis), images })
}
