//! From bytes to compiled code: from the cache, or by a child process that may take so much and no more.
//!
//! A compiler's work is not bounded by the size of what it compiles, and no compiler can be stopped in the
//! middle. A process can: it has limits that the system keeps, and it dies with whoever waits for it.

mod child;
mod lane;
mod lifeline;
mod program;
mod verdict;

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use wasmtime::Engine;

use super::cache::CodeCache;
use super::code::Compiled;
use super::config::CompilerConfig;
use super::fit::unfit;
use crate::domain::Digest;
use crate::ports::Unready;
use child::ChildCompiler;
use lane::Lane;
use verdict::NoCode;

pub(super) use child::MadeCode;
pub use program::{CompileOrder, compile_component};

/// Uploads that are compiled at the same time. Each takes up to half of the cores and `compile_memory`.
const UPLOADS_AT_ONCE: usize = 2;

/// Uploads that wait for their turn; each holds its component in memory.
const UPLOADS_WAITING: usize = 16;

/// Compiles components, and keeps what it compiled.
pub(super) struct Compiler {
    inner: Arc<Inner>,
    uploads: Lane,
    /// Of its own, so that jobs whose code has to be made ready never wait behind uploads.
    stored: Lane,
}

struct Inner {
    cache: CodeCache,
    child: ChildCompiler,
}

impl Compiler {
    pub(super) fn new(engine: &Engine, cache: CodeCache, config: CompilerConfig) -> Self {
        let child = ChildCompiler::new(config, super::engine::maps_images(engine));
        Self {
            inner: Arc::new(Inner { cache, child }),
            uploads: Lane::bounded(UPLOADS_AT_ONCE, UPLOADS_WAITING),
            stored: Lane::of_one(),
        }
    }

    /// The compiled component of an upload. Dropping the future ends the compilation, unless another caller
    /// waits for the same bytes.
    pub(super) async fn upload(&self, digest: Digest, bytes: Bytes) -> Result<Compiled, Unready> {
        self.component(&self.uploads, NoCode::of_upload, digest, bytes).await
    }

    /// The compiled component of a plugin that is stored.
    pub(super) async fn stored(&self, digest: Digest, bytes: Bytes) -> Result<Compiled, Unready> {
        self.component(&self.stored, NoCode::of_stored, digest, bytes).await
    }

    async fn component(
        &self,
        lane: &Lane,
        unready: fn(NoCode) -> Unready,
        digest: Digest,
        bytes: Bytes,
    ) -> Result<Compiled, Unready> {
        if let Some(component) = self.inner.load(digest).await? {
            return Ok(component);
        }
        let inner = Arc::clone(&self.inner);
        let compile = |turn: lane::Turn| {
            async move {
                let _turn = turn.taken().await?;
                inner.compile(digest, bytes).await.map_err(unready)
            }
            .boxed()
        };
        lane.once(digest, compile).await
    }

    /// Forgets the code of a component that turned out not to fit, or that was taken out.
    pub(super) fn forget(&self, digest: &Digest) {
        self.inner.cache.remove(digest);
    }

    /// Forgets the code of all components but so many, those that were compiled last.
    pub(super) fn keep_newest(&self, count: usize) {
        self.inner.cache.keep_newest(count);
    }

    /// Forgets the code of all components but these.
    pub(super) fn keep_only(&self, digests: &HashSet<Digest>) {
        self.inner.cache.keep_only(digests);
    }
}

impl Inner {
    async fn load(self: &Arc<Self>, digest: Digest) -> Result<Option<Compiled>, Unready> {
        self.blocking(move |inner| Ok(inner.cache.load(&digest))).await
    }

    async fn compile(self: &Arc<Self>, digest: Digest, bytes: Bytes) -> Result<Compiled, NoCode> {
        // Whoever waited for its turn finds what another compiled meanwhile.
        if let Some(component) = self.load(digest).await? {
            return Ok(component);
        }
        let checked = bytes.clone();
        // What is compiled is kept under its digest for ever, so here is the place to be sure of it.
        let is_same = self.blocking(move |_| Ok(Digest::of(&checked) == digest)).await?;
        if !is_same {
            let reason = format!("these bytes are not those of digest {digest}");
            return Err(unfit(reason, "upload the plugin again: its stored copy is damaged").into());
        }
        let code = self.child.compile(&bytes).await?;
        let adopt = move |inner: &Self| {
            let adopted = inner.cache.adopt(&digest, &code);
            adopted.map_err(|error| Unready::Later(format!("its compiled code cannot be used: {error}")))
        };
        Ok(self.blocking(adopt).await?)
    }

    /// Runs what blocks on a thread that may.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Unready> + Send + 'static,
    ) -> Result<T, Unready> {
        let inner = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&inner));
        done.await.map_err(|_| Unready::Later("the host is stopping".to_owned()))?
    }
}
