//! The [`Runner`] of the host: looks at components, keeps them ready, and gives each attempt a slot.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::cache::CodeDir;
use super::code::Compiled;
use super::compiler::Compiler;
use super::config::{SandboxConfig, SandboxError};
use super::contract::Plugin;
use super::engines::{Allocation, Engines, SandboxEngine};
use super::fit::{self, Surface, unfit};
use super::run::{LatestProfile, Prepared, Surroundings};
use super::{describe, pool, run, surface, wanted, weigh};
use crate::domain::{ByteSize, Code, Digest, Failure, FailureKind, Grant, Outcome};
use crate::metering::Stopwatch;
use crate::metering::catalog::{SANDBOX_CPU, SANDBOX_MEMORY, SANDBOX_TIME};
use crate::ports::{
    Assignment, AttemptHost, AttemptReport, Budget, ComponentInfo, Components, Egress, Runner, Share, Unfit,
    Unready,
};

/// A component, compiled and linked for its engine.
struct Ready {
    code: Prepared,
    engine: Arc<SandboxEngine>,
}

/// Runs attempts in wasmtime.
pub struct WasmRunner {
    engines: Engines,
    code: CodeDir,
    compiler: Compiler,
    egress: Arc<dyn Egress>,
    /// What guests are charged to.
    memory: Arc<dyn Budget>,
    component_bytes_max: ByteSize,
    ready: RwLock<HashMap<Digest, Arc<Ready>>>,
    /// Looks at uploads at the same time: each takes a core, the more so the larger the component is.
    looks: Arc<Semaphore>,
    inspections: Semaphore,
    /// None but for trials.
    profile: Option<Arc<LatestProfile>>,
}

/// Uploads that are looked at, counted and hashed at the same time.
const LOOKS_MAX: usize = 2;

/// What the bytes of a component say by themselves.
struct Looked {
    digest: Digest,
    surface: Surface,
    data: ByteSize,
    wanted: Option<Grant>,
}

impl WasmRunner {
    /// Starts the engines and their tickers. Takes some milliseconds, and no memory to speak of. What guests
    /// need of it later is charged to `memory`.
    pub fn new(
        config: SandboxConfig,
        egress: Arc<dyn Egress>,
        memory: Arc<dyn Budget>,
    ) -> Result<Self, SandboxError> {
        let code = CodeDir::open(&config.cache_dir)?;
        Ok(Self {
            engines: Engines::start(&config, &code)?,
            code,
            compiler: Compiler::new(),
            egress,
            memory,
            component_bytes_max: config.component_bytes_max,
            ready: RwLock::default(),
            looks: Arc::new(Semaphore::new(LOOKS_MAX)),
            inspections: Semaphore::new(pool::INSPECTIONS_MAX as usize),
            profile: config.is_profiled.then(Arc::default),
        })
    }

    /// How sandboxes are allocated.
    pub fn allocation(&self) -> Allocation {
        self.engines.allocation()
    }

    /// Memory that ended attempts left behind for the next ones to use, in bytes.
    pub fn reusable_bytes(&self) -> u64 {
        self.engines.reusable_bytes()
    }

    /// Removes the compiled code of all components but so many from the disk. Those that were compiled last stay.
    pub fn keep_newest(&self, count: usize) {
        self.code.keep_newest(count);
    }

    /// Takes the profile of the attempt that ended last, if attempts are profiled: a file of the Firefox profiler.
    pub fn take_profile(&self) -> Option<Vec<u8>> {
        self.profile.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Looks at a component without compiling it, on a thread that may block.
    async fn look(&self, component: Bytes) -> Result<Looked, Unready> {
        let stopping = || Unready::Later("the host is stopping".to_owned());
        let slot = Arc::clone(&self.looks).acquire_owned().await.map_err(|_| stopping())?;
        let bytes_max = self.component_bytes_max;
        let looking = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            let found = fit::look(&component, bytes_max)?;
            surface::check(&found)?;
            let weight = weigh::check(&component)?;
            tracing::debug!(?weight, "upload counted");
            let (digest, data) = (Digest::of(&component), ByteSize(weight.data));
            let wanted = wanted::read(&component)?;
            Ok::<_, Unfit>(Looked { digest, surface: found, data, wanted })
        });
        Ok(looking.await.map_err(|_| stopping())??)
    }

    fn ready(&self, digest: &Digest) -> Option<Arc<Ready>> {
        self.ready.read().unwrap_or_else(PoisonError::into_inner).get(digest).cloned()
    }

    fn keep_ready(&self, digest: Digest, ready: Ready) {
        self.ready.write().unwrap_or_else(PoisonError::into_inner).insert(digest, Arc::new(ready));
    }
}

impl Ready {
    /// Links a component that was compiled for this engine.
    fn link(code: Compiled, engine: &Arc<SandboxEngine>) -> Result<Self, Unfit> {
        let linked = engine.linker.instantiate_pre(&code.component).and_then(Plugin::new);
        let plugin = linked.map_err(|error| {
            unfit(
                format!("the component does not fit the host's interfaces: {error:#}"),
                "build it against the published WIT files, and WASI 0.2",
            )
        })?;
        let code = Prepared { plugin, lines: code.lines };
        Ok(Self { code, engine: Arc::clone(engine) })
    }
}

#[async_trait]
impl Components for WasmRunner {
    async fn inspect(&self, component: Bytes) -> Result<ComponentInfo, Unready> {
        let Looked { digest, surface: mut found, data, wanted } = self.look(component.clone()).await?;
        let engine = self.engines.for_data(data);
        let ready = Ready::link(self.compiler.upload(&engine.code, digest, component).await?, engine)?;
        let stopping = |_| Unready::Later("the host is stopping".to_owned());
        let _slot = self.inspections.acquire().await.map_err(stopping)?;
        let tasks = describe::describe(&ready.code, Share::of(Arc::clone(&self.memory))).await?;
        found.imports.sort();
        Ok(ComponentInfo { tasks, imports: found.imports, wanted })
    }

    async fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), Unready> {
        if self.is_ready(&digest) {
            return Ok(());
        }
        let engine = self.engines.for_data(initial_data(component.clone()).await?);
        let ready = Ready::link(self.compiler.stored(&engine.code, digest, component).await?, engine)?;
        self.keep_ready(digest, ready);
        Ok(())
    }

    fn is_ready(&self, digest: &Digest) -> bool {
        self.ready(digest).is_some()
    }

    fn attempts_max(&self, digest: &Digest) -> u32 {
        let slots = self.ready(digest).map_or(0, |ready| ready.engine.attempts_max);
        u32::try_from(slots).unwrap_or(u32::MAX)
    }

    fn forget(&self, digest: &Digest) {
        self.ready.write().unwrap_or_else(PoisonError::into_inner).remove(digest);
        self.code.remove(digest);
    }

    fn keep_only(&self, digests: &HashSet<Digest>) {
        self.ready
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|digest, _| digests.contains(digest));
        self.code.keep_only(digests);
    }
}

#[async_trait]
impl Runner for WasmRunner {
    async fn run(
        &self,
        assignment: Assignment,
        host: Arc<dyn AttemptHost>,
        stop: CancellationToken,
    ) -> AttemptReport {
        let ready = assignment.code.plugin().and_then(|plugin| self.ready(&plugin.digest));
        let Some(ready) = ready else {
            return unstarted(Outcome::Failed(not_ready(&assignment.code)));
        };
        let slot = tokio::select! {
            biased;
            slot = ready.engine.slots.acquire() => slot,
            () = stop.cancelled() => return unstarted(Outcome::Interrupted),
        };
        let Ok(_slot) = slot else { return unstarted(Outcome::Interrupted) };
        let memory = Share::of(Arc::clone(&self.memory));
        let around = Surroundings { egress: Arc::clone(&self.egress), memory, profile: self.profile.clone() };
        let (plugin, stopwatch) = (assignment.egress.plugin.clone(), Stopwatch::start());
        let report = run::run(&ready.code, around, assignment, host, stop).await;
        stopwatch.record(&SANDBOX_TIME.with([plugin.as_str()]));
        SANDBOX_CPU.with([plugin.as_str()]).record(report.cpu);
        SANDBOX_MEMORY.with([plugin.as_str()]).record(report.peak_memory_bytes as f64);
        report
    }
}

/// The initial data of a stored component, counted on a thread that may block.
async fn initial_data(component: Bytes) -> Result<ByteSize, Unready> {
    let counting = tokio::task::spawn_blocking(move || weigh::initial_data(&component));
    let stopping = |_| Unready::Later("the host is stopping".to_owned());
    counting.await.map_err(stopping)
}

fn not_ready(code: &Code) -> Failure {
    let message = format!("the code of {code} was not made ready on this host");
    Failure::retryable(FailureKind::Failed, message)
}

/// The report of an attempt that never began.
fn unstarted(outcome: Outcome) -> AttemptReport {
    AttemptReport { outcome, cpu: Duration::ZERO, peak_memory_bytes: 0 }
}
