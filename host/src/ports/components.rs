//! The code of plugins: inspected when it is uploaded, made ready to run, and kept compiled.

use std::collections::HashSet;

use async_trait::async_trait;
use bytes::Bytes;

use crate::domain::{Digest, Grant, TaskSpec};

/// The result of the inspection of a component.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComponentInfo {
    /// Its tasks, by its `describe`.
    pub tasks: Vec<TaskSpec>,
    /// The interfaces it imports, such as `wasi:http/outgoing-handler@0.2.6`, sorted.
    pub imports: Vec<String>,
    /// The grant that it asks for, if it carries one.
    pub wanted: Option<Grant>,
}

/// The reason why a component is unfit, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {advice}")]
pub struct Unfit {
    /// The reason.
    pub reason: String,
    /// The remedy.
    pub advice: String,
}

/// The reason why a component is not ready to run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unready {
    /// It is unfit for this host.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The failure is transient: the same component may be ready at a retry.
    #[error("{0}")]
    Later(String),
}

/// The components of a host.
#[async_trait]
pub trait Components: Send + Sync {
    /// Checks that these bytes are a fit component, compiles it, and calls its `describe`. When the future is dropped the
    /// work ends, unless another caller waits for the same bytes. Compiled code stays, even of an unfit component, until it
    /// is forgotten.
    async fn inspect(&self, component: Bytes) -> Result<ComponentInfo, Unready>;

    /// Prepares a stored component; quick if it was compiled before. Never waits for an inspection.
    async fn prepare(&self, digest: Digest, component: Bytes) -> Result<(), Unready>;

    /// Whether a component is ready to run.
    fn is_ready(&self, digest: &Digest) -> bool;

    /// The most attempts of a ready component at the same time. More of them would wait in memory for others to end.
    fn attempts_max(&self, digest: &Digest) -> u32;

    /// Forgets a component that no plugin has. Running attempts keep it until they end.
    fn forget(&self, digest: &Digest);

    /// Forgets all compiled code except that of these components. Called before any inspection.
    fn keep_only(&self, digests: &HashSet<Digest>);
}
