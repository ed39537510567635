//! The order of compilations: a bounded number at a time, one for each component, and no caller waits for ever.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared, WeakShared};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::Digest;
use crate::ports::Unready;
use crate::sandbox::code::Compiled;

/// Time that a bounded lane lets its callers wait for a turn: time for two compilations at the default limit.
const PATIENCE: Duration = Duration::from_secs(120);

type Compiling = BoxFuture<'static, Result<Compiled, Unready>>;

/// A lane in which components are compiled.
pub(super) struct Lane {
    permits: Arc<Semaphore>,
    /// Places to wait in; `None` when all may wait, for as long as it takes.
    queue: Option<Arc<Semaphore>>,
    /// What is compiled or waits. A compilation lives as long as a caller waits for it.
    under_way: Mutex<HashMap<Digest, WeakShared<Compiling>>>,
}

/// The right to wait for a permit in a lane.
pub(super) struct Turn {
    permits: Arc<Semaphore>,
    queue: Option<Arc<Semaphore>>,
}

impl Lane {
    /// A lane of so many at once, in which so many more may wait.
    pub(super) fn bounded(at_once: usize, waiting: usize) -> Self {
        let queue = Some(Arc::new(Semaphore::new(at_once + waiting)));
        Self { permits: Arc::new(Semaphore::new(at_once)), queue, under_way: Mutex::default() }
    }

    /// A lane of one at a time, in which all callers may wait: for those whose number has a bound already.
    pub(super) fn of_one() -> Self {
        Self { permits: Arc::new(Semaphore::new(1)), queue: None, under_way: Mutex::default() }
    }

    /// What comes of compiling this component. Callers that ask for the same one at the same time share one
    /// compilation, which is dropped when the last of them is.
    pub(super) async fn once(
        &self,
        digest: Digest,
        compile: impl FnOnce(Turn) -> Compiling,
    ) -> Result<Compiled, Unready> {
        self.join(digest, compile).await
    }

    fn join(&self, digest: Digest, compile: impl FnOnce(Turn) -> Compiling) -> Shared<Compiling> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiling) = under_way.get(&digest).and_then(WeakShared::upgrade) {
            return compiling;
        }
        under_way.retain(|_, compiling| compiling.upgrade().is_some());
        let turn = Turn { permits: Arc::clone(&self.permits), queue: self.queue.clone() };
        let compiling = compile(turn).shared();
        under_way.extend(compiling.downgrade().map(|weak| (digest, weak)));
        compiling
    }
}

impl Turn {
    /// Waits for a permit, which is free again when what is returned is dropped.
    pub(super) async fn taken(self) -> Result<impl Send, Unready> {
        let Some(queue) = self.queue else {
            return Ok((permit(self.permits).await?, None));
        };
        let busy = |reason: &str| Unready::Later(reason.to_owned());
        let waiting = queue.try_acquire_owned();
        let waiting = waiting.map_err(|_| busy("too many uploads wait to be compiled"))?;
        let permit = tokio::time::timeout(PATIENCE, permit(self.permits)).await;
        let permit = permit.map_err(|_| busy("other uploads are still being compiled"))??;
        Ok((permit, Some(waiting)))
    }
}

async fn permit(permits: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Unready> {
    permits.acquire_owned().await.map_err(|_| Unready::Later("the host is stopping".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(text: &str) -> Unready {
        Unready::Later(text.to_owned())
    }

    /// A compilation that holds its turn until `end` is dropped, and fails then.
    fn held(end: tokio::sync::oneshot::Receiver<()>) -> impl FnOnce(Turn) -> Compiling {
        |turn| {
            async move {
                let _turn = turn.taken().await?;
                let _ = end.await;
                Err(later("held"))
            }
            .boxed()
        }
    }

    fn at_once(turn: Turn) -> Compiling {
        async move {
            let _turn = turn.taken().await?;
            Err(later("at once"))
        }
        .boxed()
    }

    fn reason(answer: Option<Result<Compiled, Unready>>) -> Option<String> {
        answer.map(|answer| answer.expect_err("nothing is compiled here").to_string())
    }

    #[tokio::test]
    async fn callers_of_one_component_share_one_compilation_that_ends_with_the_last() {
        let lane = Lane::bounded(1, 0);
        let (end, ended) = tokio::sync::oneshot::channel();
        let mut first = Box::pin(lane.once(Digest::of(b"a"), held(ended)));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(lane.once(Digest::of(b"a"), at_once));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
        drop(first);
        assert!(!end.is_closed(), "one still waits");
        drop(second);
        assert!(end.is_closed());
    }

    #[tokio::test]
    async fn one_more_than_may_wait_is_refused_and_a_place_is_free_again_afterwards() {
        let lane = Lane::bounded(1, 1);
        let (end, ended) = tokio::sync::oneshot::channel();
        let mut first = Box::pin(lane.once(Digest::of(b"a"), held(ended)));
        assert!(first.as_mut().now_or_never().is_none());
        let mut second = Box::pin(lane.once(Digest::of(b"b"), at_once));
        assert!(second.as_mut().now_or_never().is_none());
        let third = reason(lane.once(Digest::of(b"c"), at_once).now_or_never());
        assert!(third.unwrap().contains("too many uploads"));
        drop(end);
        assert!(reason(first.now_or_never()).unwrap().contains("held"));
        assert!(reason(second.now_or_never()).unwrap().contains("at once"));
    }
}
