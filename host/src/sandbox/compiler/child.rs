//! Starts the child process that compiles one component, and takes over what it made.

use std::ffi::OsStr;
use std::fs::File;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use std::{io, thread};

use rustix::fs::{MemfdFlags, memfd_create};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, Command};

use super::program::CompileOrder;
use super::verdict::NoCode;
use super::{lifeline, verdict};
use crate::domain::Digest;
use crate::ports::Unready;
use crate::sandbox::config::CompilerConfig;

/// Time beyond its CPU time that a compilation may take, at its low priority on a machine that is busy
/// with other things: so many times as long, and so much on top, for a limit of seconds.
const WALL_PER_CPU: u32 = 4;
const WALL_SLACK: Duration = Duration::from_secs(120);

/// Bytes that are kept of a child's output. There may be more: an error repeats names of the component.
const SAID_BYTES_MAX: u64 = 4096;

/// Machine code as a child made it: not yet checked, and in memory only.
pub(in crate::sandbox) struct MadeCode {
    pub(in crate::sandbox) file: File,
    /// The digest by the child.
    pub(in crate::sandbox) digest: Digest,
}

/// Compiles in child processes.
pub(in crate::sandbox) struct ChildCompiler {
    program: PathBuf,
    order: CompileOrder,
}

impl ChildCompiler {
    /// For engines that map images of memories, or copy them.
    pub(in crate::sandbox) fn new(config: CompilerConfig, images: bool) -> Self {
        let CompilerConfig { program, memory, cpu, functions } = config;
        Self { program, order: CompileOrder { memory, cpu, images, functions } }
    }

    /// Compiles a component. Dropping the future kills the child.
    pub(super) async fn compile(&self, component: &[u8]) -> Result<MadeCode, NoCode> {
        let failed = |error: io::Error| Unready::Later(format!("the compiler cannot be run: {error}"));
        let file = File::from(
            memfd_create("taskbox-code", MemfdFlags::CLOEXEC).map_err(|error| failed(error.into()))?,
        );
        let child = self.start(&file).map_err(failed)?;
        let patience = self.order.cpu * WALL_PER_CPU + WALL_SLACK;
        let digest = tokio::time::timeout(patience, self.attend(child, component)).await;
        let digest = digest.map_err(|_| too_slow())??;
        Ok(MadeCode { file, digest })
    }

    /// The same program, with nothing of this one: no variable, no open file but the three standard ones, no
    /// terminal whose Ctrl-C would reach it before the host has decided.
    fn start(&self, code: &File) -> io::Result<Child> {
        let order = &self.order;
        let mut command = Command::new(&self.program);
        command
            .arg("compile-component")
            .args(["--memory", &order.memory.to_string()])
            .args(["--cpu-millis", &order.cpu.as_millis().to_string()])
            .args(["--images", &order.images.to_string()])
            .args(order.functions.iter().flat_map(|file| [OsStr::new("--functions"), file.as_os_str()]))
            .current_dir("/")
            .env_clear()
            .env("RAYON_NUM_THREADS", threads(order).to_string())
            // The allocator reserves a gibibyte at its start. It shall count only what is used of it.
            .env("MIMALLOC_ARENA_EAGER_COMMIT", "0")
            .stdin(Stdio::piped())
            .stdout(code.try_clone()?)
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command.spawn()
    }

    /// Hands the component over and waits for the end.
    async fn attend(&self, mut child: Child, component: &[u8]) -> Result<Digest, NoCode> {
        let (Some(stdin), Some(stderr)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(Unready::Later("the compiler has no pipes".to_owned()).into());
        };
        // A child that ended early does not read all; its end says why.
        let (_lifeline, said, ended) =
            tokio::join!(lifeline::send(stdin, component), listen(stderr), child.wait());
        let ended = ended.map_err(|error| Unready::Later(format!("the compiler is lost: {error}")))?;
        verdict::of(ended, &String::from_utf8_lossy(&said), &self.order)
    }
}

/// The beginning of what a child says. The rest is taken from it too: a child whose pipe is full waits, and
/// never ends.
async fn listen(mut stderr: ChildStderr) -> Vec<u8> {
    let mut said = Vec::new();
    // What cannot be read was not said.
    let _ = (&mut stderr).take(SAID_BYTES_MAX).read_to_end(&mut said).await;
    let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
    said
}

/// Half of the cores, so that jobs and the host itself have the other half; all where a developer waits.
fn threads(order: &CompileOrder) -> usize {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if order.is_awaited() { cores } else { (cores / 2).max(1) }
}

fn too_slow() -> Unready {
    Unready::Later("the machine is too busy to compile it in time".to_owned())
}
