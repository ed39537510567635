//! From bytes to compiled code, off the threads that run attempts.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::cache::CodeCache;
use super::fit::{malformed, unfit};
use crate::domain::Digest;
use crate::ports::Unfit;

/// Compiles components, and keeps what it compiled.
pub(super) struct Compiler {
    inner: Arc<Inner>,
    /// One at a time: a compilation already uses every core.
    turn: Semaphore,
}

struct Inner {
    engine: Engine,
    cache: CodeCache,
}

impl Compiler {
    pub(super) fn new(engine: Engine, cache: CodeCache) -> Self {
        Self { inner: Arc::new(Inner { engine, cache }), turn: Semaphore::new(1) }
    }

    /// The compiled component, from the cache if it is there.
    pub(super) async fn component(&self, digest: Digest, bytes: Bytes) -> Result<Component, Unfit> {
        // Whoever waits for its turn finds in the cache what another compiled meanwhile.
        let _turn = self.turn.acquire().await.map_err(|_| stopped())?;
        let inner = Arc::clone(&self.inner);
        let compiled = tokio::task::spawn_blocking(move || inner.load_or_compile(&digest, &bytes));
        compiled.await.map_err(|_| stopped())?
    }

    /// Forgets the code of a component that turned out not to fit, or that was taken out.
    pub(super) fn forget(&self, digest: &Digest) {
        self.inner.cache.remove(digest);
    }
}

impl Inner {
    fn load_or_compile(&self, digest: &Digest, bytes: &[u8]) -> Result<Component, Unfit> {
        if let Some(component) = self.cache.load(digest) {
            return Ok(component);
        }
        // What is compiled is kept under its digest for ever, so here is the place to be sure of it.
        if Digest::of(bytes) != *digest {
            return Err(unfit(
                format!("these bytes are not those of digest {digest}"),
                "upload the plugin again: its stored copy is damaged",
            ));
        }
        let code = self.engine.precompile_component(bytes).map_err(|error| invalid(&error))?;
        if let Err(error) = self.cache.store(digest, &code) {
            tracing::warn!(%digest, %error, "compiled code could not be kept; the next start compiles it again");
        }
        // Code is only ever loaded from the cache, so without one it has to be made once more.
        match self.cache.load(digest) {
            Some(component) => Ok(component),
            None => Component::new(&self.engine, bytes).map_err(|error| invalid(&error)),
        }
    }
}

fn invalid(error: &wasmtime::Error) -> Unfit {
    malformed(&format_args!("{error:#}"))
}

fn stopped() -> Unfit {
    unfit("the host is stopping", "try again when it runs")
}
