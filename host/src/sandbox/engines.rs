//! The engines of a host: one for most plugins, and where mappings are scarce a second one, which maps the initial data
//! of those that have much of it.
//!
//! To copy the data of an interpreter into each sandbox takes longer than most tasks, and as much memory. To map it takes
//! neither, but mappings, of which a process has only so many.

use std::sync::Arc;

use tokio::sync::Semaphore;
use wasmtime::component::Linker;

use super::cache::CodeDir;
use super::compiler::{ChildCompiler, CodeSource};
use super::config::{SandboxConfig, SandboxError};
use super::pool::{self, Division};
use super::state::AttemptState;
use super::{engine, linker, ticker};
use crate::domain::ByteSize;

/// Initial data of a component that is better mapped than copied. A plugin in Rust has some ten KiB, one in Python 12 MiB.
const MUCH_DATA: u64 = 1 << 20;

/// The engines.
pub(super) struct Engines {
    first: Arc<SandboxEngine>,
    /// The one for plugins with much initial data, unless all run on the first.
    large: Option<Arc<SandboxEngine>>,
    /// Whether the first maps initial data.
    images: bool,
}

/// How sandboxes are allocated on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allocation {
    /// Whether they come from a pool; else each is allocated on demand, which is slower.
    pub pooled: bool,
    /// Attempts at the same time.
    pub attempts: usize,
    /// Whether the initial data of every plugin is mapped into its sandboxes; else that of most is copied.
    pub images: bool,
    /// Where it is copied: attempts at the same time of plugins with much initial data, which is mapped.
    pub attempts_with_images: usize,
}

/// An engine, and what belongs to it.
pub(super) struct SandboxEngine {
    pub(super) linker: Linker<AttemptState>,
    /// Where the code for it comes from.
    pub(super) code: Arc<CodeSource>,
    /// A slot of the pool for each attempt.
    pub(super) slots: Semaphore,
    /// The number of these slots.
    pub(super) attempts_max: usize,
}

impl Engines {
    /// Starts the engines and their tickers, with their compiled code in this directory.
    pub(super) fn start(config: &SandboxConfig, dir: &CodeDir) -> Result<Self, SandboxError> {
        let Division { images, large, wanted } = pool::divide(config.attempts_max);
        let start = |images, attempts| SandboxEngine::start(config, dir, images, attempts).map(Arc::new);
        let first = start(images, config.attempts_max)?;
        let large = (large > 0).then(|| start(true, large)).transpose()?;
        if !images {
            tracing::info!(
                attempts = config.attempts_max,
                with_much_data = large.as_ref().map_or(0, |engine| engine.attempts_max),
                "few memory mappings: the data of most plugins is copied into each sandbox; with \
                 vm.max_map_count = {wanted} it is mapped"
            );
        }
        Ok(Self { first, large, images })
    }

    /// The engine for a component with so much initial data. It is the same one as long as the host runs.
    pub(super) fn for_data(&self, data: ByteSize) -> &Arc<SandboxEngine> {
        self.large.as_ref().filter(|_| data.0 > MUCH_DATA).unwrap_or(&self.first)
    }

    /// How they allocate.
    pub(super) fn allocation(&self) -> Allocation {
        Allocation {
            pooled: self.first.linker.engine().pooling_allocator_metrics().is_some(),
            attempts: self.first.attempts_max,
            images: self.images,
            attempts_with_images: self.large.as_ref().map_or(0, |engine| engine.attempts_max),
        }
    }

    /// Memory that ended attempts left behind for the next ones to use, in bytes.
    pub(super) fn reusable_bytes(&self) -> u64 {
        let all = [Some(&self.first), self.large.as_ref()].into_iter().flatten();
        all.map(|engine| pool::unused_resident_bytes(engine.linker.engine())).sum()
    }
}

impl SandboxEngine {
    fn start(
        config: &SandboxConfig,
        dir: &CodeDir,
        images: bool,
        attempts_max: usize,
    ) -> Result<Self, SandboxError> {
        let engine = engine::build(images, attempts_max, config.keep_resident)?;
        ticker::start(&engine, if config.is_profiled { ticker::TICK_PROFILED } else { ticker::TICK })?;
        let compiler = ChildCompiler::new(config.compiler.clone(), images);
        Ok(Self {
            linker: linker::build(&engine)?,
            code: Arc::new(CodeSource::new(dir.cache(&engine, images)?, compiler)),
            slots: Semaphore::new(attempts_max),
            attempts_max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::config::CompilerConfig;

    #[test]
    fn much_data_is_for_the_second_engine_if_there_is_one() {
        let root = tempfile::tempdir().unwrap();
        let compiler = CompilerConfig::new("/nowhere/taskbox");
        let config = SandboxConfig::new(root.path(), compiler, 4);
        let dir = CodeDir::open(root.path()).unwrap();
        let few = Engines::start(&config, &dir).unwrap();
        assert!(few.large.is_none() && Arc::ptr_eq(few.for_data(ByteSize(u64::MAX)), &few.first));
        let second = SandboxEngine::start(&config, &dir, true, 2).unwrap();
        let both = Engines { large: Some(Arc::new(second)), ..few };
        assert!(Arc::ptr_eq(both.for_data(ByteSize::mib(1)), &both.first));
        assert!(!Arc::ptr_eq(both.for_data(ByteSize(MUCH_DATA + 1)), &both.first));
    }
}
