//! The [`Runner`] of the host: looks at components, keeps them ready, and gives each attempt a place.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use wasmtime::component::{Component, Linker};

use super::cache::CodeCache;
use super::compile::Compiler;
use super::config::{SandboxConfig, SandboxError};
use super::contract::v0_1::PluginPre;
use super::fit::{self, unfit};
use super::run::Surroundings;
use super::state::AttemptState;
use super::{describe, engine, linker, pool, run, surface, ticker};
use crate::domain::{ByteSize, Digest, Failure, FailureKind, Outcome};
use crate::ports::{
    Assignment, AttemptHost, AttemptReport, Budget, ComponentInfo, Egress, Runner, Share, Unfit,
};

/// A component, compiled and linked: a fresh instance of it takes some ten microseconds.
type Ready = Arc<PluginPre<AttemptState>>;

/// Runs attempts in wasmtime.
pub struct WasmRunner {
    linker: Linker<AttemptState>,
    compiler: Compiler,
    egress: Arc<dyn Egress>,
    /// What guests are charged to.
    memory: Arc<dyn Budget>,
    component_bytes_max: ByteSize,
    ready: RwLock<HashMap<Digest, Ready>>,
    /// A place of the pool for each attempt.
    places: Semaphore,
    inspections: Semaphore,
}

impl WasmRunner {
    /// Starts the engine and its ticker. Takes some milliseconds, and no memory to speak of. What guests
    /// need of it later is charged to `memory`.
    pub fn new(
        config: SandboxConfig,
        egress: Arc<dyn Egress>,
        memory: Arc<dyn Budget>,
    ) -> Result<Self, SandboxError> {
        let engine = engine::build(config.attempts_max, config.keep_resident)?;
        ticker::start(&engine)?;
        let cache = CodeCache::open(&engine, &config.cache_dir)?;
        Ok(Self {
            linker: linker::build(&engine)?,
            compiler: Compiler::new(engine, cache),
            egress,
            memory,
            component_bytes_max: config.component_bytes_max,
            ready: RwLock::default(),
            places: Semaphore::new(config.attempts_max),
            inspections: Semaphore::new(pool::INSPECTIONS_MAX as usize),
        })
    }

    /// Memory that ended attempts left behind for the next ones to use, in bytes.
    pub fn reusable_bytes(&self) -> u64 {
        pool::unused_resident_bytes(self.linker.engine())
    }

    /// Compiles and links a component whose surface fits.
    async fn link(&self, digest: Digest, bytes: Bytes) -> Result<Ready, Unfit> {
        let component = self.compiler.component(digest, bytes).await?;
        self.pre(&component).map(Arc::new).map_err(|error| {
            unfit(
                format!("the component does not fit the host's interfaces: {error:#}"),
                "build it against the published WIT files, and WASI 0.2",
            )
        })
    }

    fn pre(&self, component: &Component) -> wasmtime::Result<PluginPre<AttemptState>> {
        PluginPre::new(self.linker.instantiate_pre(component)?)
    }

    fn ready(&self, digest: &Digest) -> Option<Ready> {
        self.ready.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn keep_ready(&self, digest: Digest, ready: Ready) {
        self.ready.write().unwrap_or_else(PoisonError::into_inner).insert(digest, ready);
    }
}

#[async_trait]
impl Runner for WasmRunner {
    async fn inspect(&self, component: Bytes) -> Result<ComponentInfo, Unfit> {
        let mut found = fit::look(&component, self.component_bytes_max)?;
        surface::check(&found)?;
        let digest = Digest::of(&component);
        let ready = self.link(digest, component).await?;
        let _place =
            self.inspections.acquire().await.map_err(|_| unfit("the host is stopping", "try again"))?;
        let tasks =
            describe::describe(&ready, Share::of(Arc::clone(&self.memory))).await.inspect_err(|_| {
                // Nobody will run it, unless it is the code of a plugin that is already stored.
                if !self.is_ready(&digest) {
                    self.compiler.forget(&digest);
                }
            })?;
        found.imports.sort();
        Ok(ComponentInfo { tasks, imports: found.imports })
    }

    async fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), Unfit> {
        if self.is_ready(&digest) {
            return Ok(());
        }
        let ready = self.link(digest, component).await?;
        self.keep_ready(digest, ready);
        Ok(())
    }

    fn is_ready(&self, digest: &Digest) -> bool {
        self.ready(digest).is_some()
    }

    fn forget(&self, digest: &Digest) {
        self.ready.write().unwrap_or_else(PoisonError::into_inner).remove(digest);
        self.compiler.forget(digest);
    }

    async fn run(
        &self,
        assignment: Assignment,
        host: Arc<dyn AttemptHost>,
        stop: CancellationToken,
    ) -> AttemptReport {
        let Some(plugin) = self.ready(&assignment.component) else {
            return unstarted(Outcome::Failed(not_ready(&assignment.component)));
        };
        let place = tokio::select! {
            biased;
            place = self.places.acquire() => place,
            () = stop.cancelled() => return unstarted(Outcome::Interrupted),
        };
        let Ok(_place) = place else { return unstarted(Outcome::Interrupted) };
        let memory = Share::of(Arc::clone(&self.memory));
        let around = Surroundings { egress: Arc::clone(&self.egress), memory };
        run::run(&plugin, around, assignment, host, stop).await
    }
}

fn not_ready(digest: &Digest) -> Failure {
    let message = format!("the code {digest} was not made ready on this host");
    Failure::retryable(FailureKind::Failed, message)
}

/// The report of an attempt that never began.
fn unstarted(outcome: Outcome) -> AttemptReport {
    AttemptReport { outcome, cpu: Duration::ZERO, peak_memory_bytes: 0 }
}
