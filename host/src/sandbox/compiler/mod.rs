//! From bytes to compiled code: from the cache, or by a child process that may take so much and no more.
//!
//! A compiler's work is not bounded by the size of what it compiles, and no compiler can be stopped in the
//! middle. A process can: it has limits that the system keeps, and it dies with whoever waits for it.

mod child;
mod lane;
mod lifeline;
mod program;
mod verdict;

use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;

use super::cache::CodeCache;
use super::code::Compiled;
use super::fit::unfit;
use crate::domain::Digest;
use crate::ports::Unready;
use lane::Lane;
use verdict::NoCode;

pub(super) use child::{ChildCompiler, MadeCode};
pub use program::{CompileOrder, compile_component};

/// Uploads that are compiled at the same time. Each takes up to half of the cores and `compile_memory`.
const UPLOADS_AT_ONCE: usize = 2;

/// Uploads that wait for their turn; each holds its component in memory.
const UPLOADS_WAITING: usize = 16;

/// Compiles components in their order.
pub(super) struct Compiler {
    uploads: Lane,
    /// Of its own, so that jobs whose code has to be made ready never wait behind uploads.
    stored: Lane,
}

/// Where the code for one engine comes from.
pub(super) struct CodeSource {
    cache: CodeCache,
    child: ChildCompiler,
}

impl Compiler {
    pub(super) fn new() -> Self {
        Self { uploads: Lane::bounded(UPLOADS_AT_ONCE, UPLOADS_WAITING), stored: Lane::of_one() }
    }

    /// The compiled component of an upload. Dropping the future ends the compilation, unless another caller
    /// waits for the same bytes.
    pub(super) async fn upload(
        &self,
        source: &Arc<CodeSource>,
        digest: Digest,
        bytes: Bytes,
    ) -> Result<Compiled, Unready> {
        component(source, &self.uploads, NoCode::of_upload, digest, bytes).await
    }

    /// The compiled component of a plugin that is stored.
    pub(super) async fn stored(
        &self,
        source: &Arc<CodeSource>,
        digest: Digest,
        bytes: Bytes,
    ) -> Result<Compiled, Unready> {
        component(source, &self.stored, NoCode::of_stored, digest, bytes).await
    }
}

async fn component(
    source: &Arc<CodeSource>,
    lane: &Lane,
    unready: fn(NoCode) -> Unready,
    digest: Digest,
    bytes: Bytes,
) -> Result<Compiled, Unready> {
    if let Some(component) = source.load(digest).await? {
        return Ok(component);
    }
    let source = Arc::clone(source);
    let compile = |turn: lane::Turn| {
        async move {
            let _turn = turn.taken().await?;
            source.compile(digest, bytes).await.map_err(unready)
        }
        .boxed()
    };
    lane.once(digest, compile).await
}

impl CodeSource {
    pub(super) fn new(cache: CodeCache, child: ChildCompiler) -> Self {
        Self { cache, child }
    }

    async fn load(self: &Arc<Self>, digest: Digest) -> Result<Option<Compiled>, Unready> {
        self.blocking(move |source| Ok(source.cache.load(&digest))).await
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
        let adopt = move |source: &Self| {
            let adopted = source.cache.adopt(&digest, &code);
            adopted.map_err(|error| Unready::Later(format!("its compiled code cannot be used: {error}")))
        };
        Ok(self.blocking(adopt).await?)
    }

    /// Runs what blocks on a thread that may.
    async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Unready> + Send + 'static,
    ) -> Result<T, Unready> {
        let source = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || work(&source));
        done.await.map_err(|_| Unready::Later("the host is stopping".to_owned()))?
    }
}
