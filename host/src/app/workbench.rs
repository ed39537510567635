//! The sandbox and the egress of a host, without storage and API, for trials of plugins.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use super::sandbox::trial_egress;
use super::{Settings, StartError};
use crate::api;
use crate::clock::SystemClock;
use crate::domain::{Digest, JobId, PluginName, PluginRef, TaskSpec};
use crate::ids::IdGenerator;
use crate::memory::HostMemory;
use crate::ports::{Clock, Components, Egress, Ids, Runner, Unready};
use crate::sandbox::{CompilerConfig, SandboxConfig, WasmRunner};
use crate::trial::{Report, Trial, TrialPorts, Trials, Watcher};

/// Components whose compiled code is kept for the next time.
const COMPILED_MAX: usize = 16;

/// A sandbox for trials.
pub struct Workbench {
    sandbox: Arc<WasmRunner>,
    trials: Trials,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// A plugin that is ready for trials.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The plugin.
    pub plugin: PluginRef,
    /// Its tasks, by its `describe`.
    pub tasks: Vec<TaskSpec>,
}

impl Workbench {
    /// A workbench that keeps compiled code in this directory, and the functions of the component that is tested in this
    /// file, if there is one. It profiles attempts if it is to.
    pub fn new(compiled: PathBuf, functions: Option<PathBuf>, is_profiled: bool) -> Result<Self, StartError> {
        let settings = Settings::default();
        let egress = trial_egress()?;
        let memory = Arc::new(HostMemory::new(settings.memory()));
        let compiler = CompilerConfig { functions, ..settings.compiler() };
        let config = SandboxConfig::new(compiled, compiler, 1).profiled(is_profiled);
        let sandbox = Arc::new(WasmRunner::new(config, Arc::clone(&egress) as Arc<dyn Egress>, memory)?);
        let (clock, ids): (Arc<dyn Clock>, Arc<dyn Ids>) =
            (Arc::new(SystemClock), Arc::new(IdGenerator::new()));
        let trials = Trials::new(TrialPorts {
            runner: Arc::clone(&sandbox) as Arc<dyn Runner>,
            egress,
            clock: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            read_step: api::read_step,
        });
        Ok(Self { sandbox, trials, clock, ids })
    }

    /// Checks and compiles a component, and asks it for its tasks.
    pub async fn load(&self, name: PluginName, component: Bytes) -> Result<Loaded, Unready> {
        let digest = Digest::of(&component);
        let info = self.sandbox.inspect(component.clone()).await?;
        self.sandbox.prepare(digest, component).await?;
        self.sandbox.keep_newest(COMPILED_MAX);
        Ok(Loaded { plugin: PluginRef { name, version: 1, digest }, tasks: info.tasks })
    }

    /// Runs a trial of a plugin that was loaded.
    pub async fn run(&self, trial: Trial, watcher: Arc<dyn Watcher>) -> Result<Report, String> {
        self.trials.run(trial, watcher).await
    }

    /// Takes the profile of the attempt that ended last, if attempts are profiled: a file of the Firefox profiler.
    pub fn take_profile(&self) -> Option<Vec<u8>> {
        self.sandbox.take_profile()
    }

    /// The id of a new job.
    pub fn job_id(&self) -> JobId {
        self.ids.job_id(self.clock.now())
    }
}
