//! Limits of the sandbox as a whole. Those of one attempt are its grant's.

use std::path::PathBuf;
use std::time::Duration;

use super::pool;
use crate::domain::{ByteSize, Distrust};

/// How components are compiled: in a process of its own for each.
#[derive(Clone, Debug)]
pub struct CompilerConfig {
    /// The `taskbox` program, which has the command `compile-component`.
    pub program: PathBuf,
    /// Memory that one compilation may take.
    pub memory: ByteSize,
    /// CPU time that one compilation may take, over all its threads; counted in whole seconds.
    pub cpu: Duration,
    /// File of the functions that were compiled last, which are not compiled again as long as they stay the same: for a
    /// host that has one plugin, of its own user.
    pub functions: Option<PathBuf>,
}

impl CompilerConfig {
    /// Compiling with this program, at most 1 GiB and 60 s of CPU time. A component of Python takes a third
    /// of either.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            memory: ByteSize::mib(1024),
            cpu: Duration::from_secs(60),
            functions: None,
        }
    }
}

/// Settings of a [`super::WasmRunner`].
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Directory of compiled code. The host makes it, and must own it alone.
    pub cache_dir: PathBuf,
    /// How components are compiled.
    pub compiler: CompilerConfig,
    /// Attempts at the same time; more wait for a free slot.
    pub attempts_max: usize,
    /// What stays in memory of the slot of an attempt that ended, for the next one to find warm.
    pub keep_resident: ByteSize,
    /// The largest component that may be uploaded.
    pub component_bytes_max: ByteSize,
    /// Whether the profile of each attempt is kept, until the next one ends. It slows attempts down, and is for one at a time.
    pub is_profiled: bool,
}

impl SandboxConfig {
    /// Code compiled so and kept in this directory, slots for so many attempts, and defaults for the rest.
    pub fn new(cache_dir: impl Into<PathBuf>, compiler: CompilerConfig, attempts_max: usize) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            compiler,
            attempts_max,
            keep_resident: pool::KEEP_RESIDENT_MAX,
            // A component of Python or JavaScript carries its interpreter: 10 to 40 MiB.
            component_bytes_max: ByteSize::mib(64),
            is_profiled: false,
        }
    }

    /// The same, with profiles of attempts.
    pub fn profiled(self, is_profiled: bool) -> Self {
        Self { is_profiled, ..self }
    }

    /// The same, with all that stays warm together at most a quarter of this memory, if each slot may keep
    /// what a small plugin needs.
    pub fn within(self, memory: ByteSize) -> Self {
        let share = memory.0 / 4 / self.attempts_max.max(1) as u64;
        let keep_resident = ByteSize(share).clamp(pool::KEEP_RESIDENT_MIN, pool::KEEP_RESIDENT_MAX);
        Self { keep_resident, ..self }
    }
}

/// Why there is no sandbox.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// wasmtime refused to start.
    #[error("the WebAssembly engine does not start: {0}")]
    Engine(String),
    /// The directory for compiled code cannot be used.
    #[error("compiled code cannot be kept in {path}: {reason}")]
    Cache {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Another user could have put code there.
    #[error("{} {distrust}; {}", path.display(), distrust.remedy(&path.display().to_string()))]
    Untrusted {
        /// The directory.
        path: PathBuf,
        /// Why it is not trusted.
        distrust: Distrust,
    },
    /// No thread for the epochs.
    #[error("no thread could be started: {0}")]
    Thread(#[from] std::io::Error),
}

impl From<wasmtime::Error> for SandboxError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Engine(format!("{error:#}"))
    }
}
