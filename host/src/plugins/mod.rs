//! Use cases of operators: uploading plugins, granting, keeping secrets; and the registry in which
//! the queue looks up who runs a task. It never runs a job.

mod catalog;
mod code;
mod error;
mod following;
mod grants;
mod host_tasks;
mod preparing;
mod registry;
mod schemas;
mod secrets;
mod snapshot;

use std::sync::{Arc, RwLock};

use bytes::Bytes;

use crate::domain::{Grant, Plugin, PluginRef, PluginVersion};
use crate::ports::{Clock, Components, Events, Share, Storage, StorageResult, Unfit};

pub use catalog::too_large;
use code::{CompiledCode, Held};
pub use error::PluginError;
use schemas::CompiledSchemas;
use snapshot::Snapshot;

/// The largest component that may be uploaded, in bytes.
pub const COMPONENT_BYTES_MAX: usize = 64 << 20;

/// The plugins of this host, with what operators say of them.
pub struct Plugins {
    storage: Arc<dyn Storage>,
    components: Arc<dyn Components>,
    code: Arc<CompiledCode>,
    schemas: CompiledSchemas,
    clock: Arc<dyn Clock>,
    events: Arc<dyn Events>,
    /// What storage holds, for the many reads of the queue; replaced as a whole after every change.
    snapshot: RwLock<Arc<Snapshot>>,
    /// One change at a time, so that snapshots are taken in the order of the changes.
    changing: tokio::sync::Mutex<()>,
    /// One stored component is made ready at a time.
    preparing: tokio::sync::Mutex<()>,
}

/// A component that fits and that is not stored yet. Its code is forgotten when it is dropped.
pub struct Checked {
    version: PluginVersion,
    component: Bytes,
    held: Held,
    wanted: Option<Grant>,
    /// The memory of the request that brought it.
    memory: Option<Share>,
}

impl Checked {
    /// The same, with the memory of the request that brought it, which is held until it is stored.
    pub fn holding(self, memory: Share) -> Self {
        Self { memory: Some(memory), ..self }
    }
}

/// The result of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The version of these bytes.
    pub version: PluginVersion,
    /// Whether they were new.
    pub new: bool,
    /// Whether this version is the one that new attempts use.
    pub active: bool,
    /// The grant that it asks for, and of that what its grant does not give.
    pub wanted: Option<Wanted>,
}

/// The grant that a component asks for. It is shown, and never given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// All that it asks for.
    pub grant: Grant,
    /// What of that the grant of its plugin does not give.
    pub lacking: Grant,
}

/// A plugin as its operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginView {
    /// The plugin and its versions.
    pub plugin: Plugin,
    /// What it may do.
    pub grant: Grant,
}

impl Plugins {
    /// Reads what storage holds, and forgets the code of all else. Components are made ready by
    /// [`Plugins::follow`].
    pub async fn load(
        storage: Arc<dyn Storage>,
        components: Arc<dyn Components>,
        clock: Arc<dyn Clock>,
        events: Arc<dyn Events>,
    ) -> StorageResult<Self> {
        let snapshot = Snapshot::read(&*storage, &*components).await?;
        Ok(Self {
            storage,
            code: Arc::new(CompiledCode::of(&snapshot.catalog, Arc::clone(&components))),
            components,
            schemas: CompiledSchemas::default(),
            clock,
            events,
            snapshot: RwLock::new(Arc::new(snapshot)),
            changing: Default::default(),
            preparing: Default::default(),
        })
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// Reads storage anew after a change, and lets the dispatcher look again: jobs may have waited for it. The
    /// caller holds `changing`.
    async fn refresh(&self) -> StorageResult<()> {
        let fresh = Arc::new(Snapshot::read(&*self.storage, &*self.components).await?);
        *self.snapshot.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = Arc::clone(&fresh);
        // Only now: nothing leads to the code of a plugin that is gone any more.
        self.code.follow(&fresh.catalog);
        self.schemas.follow(&fresh.catalog);
        self.events.wake();
        Ok(())
    }
}

fn removed(plugin: &PluginRef) -> Unfit {
    Unfit { reason: format!("plugin {plugin} was removed"), advice: "upload it again".to_owned() }
}
