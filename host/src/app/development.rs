//! A host on which a plugin is developed: its attempts are watched, mocks may answer their requests, and functions of the
//! plugin that stayed the same are not compiled again.

use std::path::PathBuf;
use std::sync::Arc;

use super::sandbox::{self, Sandbox};
use super::{Settings, StartError};
use crate::memory::HostMemory;
use crate::sandbox::{CompilerConfig, WasmRunner};
use crate::trial::{Observer, WatchedRunner};

/// What such a host has besides its settings.
pub struct Development {
    /// Hears of all attempts.
    pub observer: Arc<dyn Observer>,
    /// File of the plugin's compiled functions, if they can be kept.
    pub functions: Option<PathBuf>,
}

impl Development {
    pub(super) fn sandbox(
        self,
        settings: &Settings,
        memory: &Arc<HostMemory>,
    ) -> Result<Sandbox, StartError> {
        let Self { observer, functions } = self;
        let egress = sandbox::trial_egress()?;
        let compiler = CompilerConfig { functions, ..settings.compiler() };
        let config = sandbox::config(settings, compiler);
        let sandbox = Arc::new(WasmRunner::new(config, egress.clone(), memory.clone())?);
        let runner = Arc::new(WatchedRunner { inner: sandbox.clone(), egress, observer });
        Ok(Sandbox { sandbox, runner })
    }
}
