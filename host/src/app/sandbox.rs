//! The sandbox of a host, by its settings.

use std::sync::Arc;

use super::{Settings, StartError};
use crate::egress::HttpEgress;
use crate::memory::HostMemory;
use crate::ports::{Egress, Runner};
use crate::sandbox::{CompilerConfig, SandboxConfig, WasmRunner};
use crate::trial::{MockNetwork, TrialEgress};

/// The sandbox, and the runner that runs attempts in it.
pub(super) struct Sandbox {
    pub(super) sandbox: Arc<WasmRunner>,
    pub(super) runner: Arc<dyn Runner>,
}

/// The sandbox of a host, which sends through this egress.
pub(super) fn of_host(
    settings: &Settings,
    egress: &Arc<dyn Egress>,
    memory: &Arc<HostMemory>,
) -> Result<Sandbox, StartError> {
    let config = config(settings, settings.compiler());
    let sandbox = Arc::new(WasmRunner::new(config, Arc::clone(egress), memory.clone())?);
    Ok(Sandbox { runner: sandbox.clone(), sandbox })
}

/// The configuration of a sandbox whose components are compiled so.
pub(super) fn config(settings: &Settings, compiler: CompilerConfig) -> SandboxConfig {
    let config = SandboxConfig::new(settings.data.join("compiled"), compiler, settings.concurrency);
    config.within(settings.memory())
}

/// An egress of which mocks answer what they know, in the place of servers.
pub(super) fn trial_egress() -> Result<Arc<TrialEgress>, StartError> {
    let egress = HttpEgress::new()?.intercepted_by(Arc::new(MockNetwork));
    Ok(Arc::new(TrialEgress::around(Arc::new(egress))))
}
