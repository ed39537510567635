//! The contract of a plugin, in terms that are the same for all its versions.
//!
//! One module for each version that is linked, with the bindings of its WIT package. Nothing else in the host names a
//! version: a new one becomes a module beside the others, and a variant of [`Plugin`].

mod v0_1;

use std::time::Duration;

use wasmtime::component::{Component, InstancePre, Linker};
use wasmtime::{Engine, Store};

use super::state::AttemptState;
use crate::ports::Assignment;

/// The newest version of the contract.
pub(super) const VERSION: &str = v0_1::VERSION;

/// Whether a version is linked. Versions of the same minor one are compatible.
pub(super) fn is_linked(version: &str) -> bool {
    version.starts_with(v0_1::COMPATIBLE)
}

/// An error that a guest returned.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum TaskError {
    /// Another attempt may succeed.
    Retryable(String),
    /// Another attempt may succeed, after this time.
    RetryAfter(Duration, String),
    /// No other attempt can succeed.
    Permanent(String),
    /// The guest has seen that its job is cancelled.
    Cancelled,
    /// Not yet: another run after this time, which counts no attempt.
    Snooze(Duration),
    /// Another run when the event of this name is there, or after this time, which counts no attempt.
    Wait {
        /// The name.
        event: String,
        /// The steps whose jobs bring the event when they are final.
        steps: Vec<String>,
        /// The longest wait.
        timeout: Duration,
    },
}

/// A task as a guest describes it, unchecked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct DescribedTask {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) input_schema: Option<String>,
    pub(super) output_schema: Option<String>,
    pub(super) max_attempts: Option<u32>,
    pub(super) timeout: Option<Duration>,
    pub(super) queue: Option<String>,
}

/// A plugin that is linked and ready for instances, by the version of its contract.
pub(super) enum Plugin {
    V0_1(v0_1::PluginPre<AttemptState>),
}

impl Plugin {
    /// The plugin of a linked component. Fails if the component does not export the contract.
    pub(super) fn new(linked: InstancePre<AttemptState>) -> wasmtime::Result<Self> {
        v0_1::PluginPre::new(linked).map(Self::V0_1)
    }

    /// Its engine.
    pub(super) fn engine(&self) -> &Engine {
        let Self::V0_1(plugin) = self;
        plugin.engine()
    }

    /// Its component.
    pub(super) fn component(&self) -> &Component {
        let Self::V0_1(plugin) = self;
        plugin.instance_pre().component()
    }

    /// Runs a task in a new instance. Returns the output, or the error of the guest.
    pub(super) async fn run(
        &self,
        store: &mut Store<AttemptState>,
        assignment: &Assignment,
    ) -> wasmtime::Result<Result<String, TaskError>> {
        let Self::V0_1(plugin) = self;
        v0_1::run(plugin, store, assignment).await
    }

    /// Asks a new instance for its tasks.
    pub(super) async fn describe(
        &self,
        store: &mut Store<AttemptState>,
    ) -> wasmtime::Result<Vec<DescribedTask>> {
        let Self::V0_1(plugin) = self;
        v0_1::describe(plugin, store).await
    }
}

/// Links the interfaces of the contract, of every version.
pub(super) fn link(linker: &mut Linker<AttemptState>) -> wasmtime::Result<()> {
    v0_1::link(linker)
}
