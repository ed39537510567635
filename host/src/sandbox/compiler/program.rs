//! The child process: it bounds itself, reads one component, compiles it, writes the code, ends.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};

use super::lifeline;
use crate::domain::{ByteSize, Digest};
use crate::sandbox::functions::FunctionCache;
use crate::sandbox::{engine, lines};

/// The largest machine code of one component: some four times that of a component with an interpreter.
pub(in crate::sandbox) const CODE_BYTES_MAX: ByteSize = ByteSize::mib(256);

/// The niceness of a compilation: it gets less of a busy machine than the host and its jobs.
const NICENESS: i32 = 10;

/// Limits of one child process, and how it compiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileOrder {
    /// Memory that it may allocate.
    pub memory: ByteSize,
    /// CPU time of all its threads together; counted in whole seconds.
    pub cpu: Duration,
    /// Whether the host maps images of memories instead of copying them, which the code must be made for.
    pub images: bool,
    /// File of functions that were compiled before.
    pub functions: Option<PathBuf>,
}

impl CompileOrder {
    /// Whether a developer waits for it, before all else that the machine does.
    pub(super) fn is_awaited(&self) -> bool {
        self.functions.is_some()
    }
}

/// The exit status of a process whose component is not valid.
pub(super) const INVALID: u8 = 1;

/// The exit status of a process that failed for another reason.
const FAILED: u8 = 3;

/// Why there is no code.
enum Failure {
    Invalid(wasmtime::Error),
    System(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Runs as the child process: the component comes on stdin, its code goes to stdout. On stderr is the code's
/// digest, or why there is none.
pub fn compile_component(order: &CompileOrder) -> ExitCode {
    let (said, status) = match bound(order).map_err(Failure::from).and_then(|()| compile(order)) {
        Ok(digest) => (digest.to_string(), 0),
        Err(Failure::Invalid(error)) => (format!("{error:#}"), INVALID),
        Err(Failure::System(error)) => (error.to_string(), FAILED),
    };
    // A host that cannot read it does not take the code.
    let _ = writeln!(io::stderr(), "{said}");
    ExitCode::from(status)
}

/// Takes the rights away that compiling does not need. Before a byte of the component is read.
fn bound(order: &CompileOrder) -> io::Result<()> {
    if !order.is_awaited() {
        nice(NICENESS)?;
    }
    // Where memory runs out nevertheless, this process is to go and not the host. It is a wish.
    let _ = fs::write("/proc/self/oom_score_adj", "1000");
    let seconds = order.cpu.as_secs() + u64::from(order.cpu.subsec_nanos() > 0);
    limit(Resource::Core, 0, 0)?;
    limit(Resource::Data, order.memory.0, order.memory.0)?;
    limit(Resource::Fsize, CODE_BYTES_MAX.0, CODE_BYTES_MAX.0)?;
    // The first ends it with a signal that says why, the second in any case.
    limit(Resource::Cpu, seconds, seconds + 1)
}

/// Sets a limit, unless a narrower one is there already.
fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let most = getrlimit(resource).maximum.unwrap_or(u64::MAX);
    let new = Rlimit { current: Some(soft.min(most)), maximum: Some(hard.min(most)) };
    Ok(setrlimit(resource, new)?)
}

/// Starts the threads that compile before the component takes any memory. Where one of them does not start,
/// it is for want of threads and not of memory, which the system tells apart in no other way.
fn start_threads() -> io::Result<()> {
    rayon::ThreadPoolBuilder::new().build_global().map_err(io::Error::other)
}

fn compile(order: &CompileOrder) -> Result<Digest, Failure> {
    start_threads()?;
    let component = lifeline::receive(io::stdin())?;
    let code = machine_code(order, &component).map_err(Failure::Invalid)?;
    let table = lines::collect(&component);
    let parts = [&code[..], &table, &lines::trailer(&table)];
    // Not by way of the buffer of `Stdout`.
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    parts.iter().try_for_each(|part| out.write_all(part))?;
    Ok(Digest::of_chunks(parts.into_iter().map(io::Result::Ok))?)
}

fn machine_code(order: &CompileOrder, component: &[u8]) -> wasmtime::Result<Vec<u8>> {
    let Some(file) = &order.functions else {
        return engine::for_compiling(order.images)?.precompile_component(component);
    };
    let functions = FunctionCache::open(file);
    let engine = engine::for_compiling_again(order.images, Arc::clone(&functions))?;
    let code = engine.precompile_component(component)?;
    // Functions that cannot be kept are compiled again.
    let _ = functions.store();
    Ok(code)
}
