//! Claims due jobs and starts their attempts, never more than there are permits for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::capacity::Reserved;
use super::{WorkerContext, attempt};
use crate::domain::{Holder, LeaseToken, Timestamp};
use crate::ports::{ClaimRequest, Claimed, FollowedOn};
use crate::watching::news;

/// The most jobs of one claim: enough to share a sync, few enough that the first start while the next
/// are claimed. Measured: with 256 a fifth fewer jobs a second, with 1024 a third.
const CLAIM_MAX: usize = 64;

/// Period in which the memory is checked while there is none for another attempt.
const MEMORY_POLL: Duration = Duration::from_millis(100);

/// The most claims under way at once: as long as jobs are there, others are claimed while the disk syncs.
const CLAIMS_MAX: usize = 8;

/// Claims until `closing`. A permit is taken before its job is claimed and travels with the attempt.
pub(super) async fn run(
    context: Arc<WorkerContext>,
    permits: Arc<Semaphore>,
    attempts: TaskTracker,
    closing: CancellationToken,
) {
    let mut claims = FuturesUnordered::new();
    let mut claims_max = 1;
    loop {
        let found = tokio::select! {
            biased;
            () = closing.cancelled() => break,
            taken = take_permits(&context, &permits), if claims.len() < claims_max => {
                claims.push(claim(Arc::clone(&context), taken));
                continue;
            }
            Some(found) = claims.next() => found,
        };
        if claims.is_empty() {
            context.held.store(found.claimed.held, Ordering::SeqCst);
        }
        let unfinished = found.claimed.unfinished;
        let (found_all, next_due) = start(&context, found, &attempts);
        if unfinished && follow_on(&context, &closing).await {
            continue;
        }
        claims_max = if found_all { (claims_max + 1).min(CLAIMS_MAX) } else { 1 };
        if !found_all && claims.is_empty() {
            wait(&context, next_due, &closing).await;
        }
    }
    // What is claimed by now is started, and given back with all others.
    while let Some(found) = claims.next().await {
        start(&context, found, &attempts);
    }
}

/// What a claim came to.
struct Found {
    permits: Vec<OwnedSemaphorePermit>,
    reserved: Reserved,
    token: LeaseToken,
    claimed: Claimed,
}

/// Starts the attempts of a claim. Returns whether it found all that it asked for, and when the next job is due.
fn start(context: &Arc<WorkerContext>, found: Found, attempts: &TaskTracker) -> (bool, Option<Timestamp>) {
    let Found { mut permits, reserved, token, claimed } = found;
    let found_all = claimed.jobs.len() == permits.len();
    news::publish(&*context.events, claimed.expired);
    for job in claimed.jobs {
        let Some(permit) = permits.pop() else { break };
        let started = attempt::start(context, &job.job, token, permit);
        attempts.spawn(attempt::run(Arc::clone(context), job, started));
    }
    // Now that each attempt has taken a permit of its own.
    drop(reserved);
    (found_all, claimed.next_due)
}

/// Notifies the children that other transactions left, which the next claims may take. Returns whether that worked.
async fn follow_on(context: &WorkerContext, closing: &CancellationToken) -> bool {
    while !closing.is_cancelled() {
        match context.storage.follow_on(context.clock.now()).await {
            Ok(FollowedOn { jobs, more }) => {
                news::publish(&*context.events, jobs);
                if !more {
                    break;
                }
            }
            Err(error) => {
                warn!(%error, "could not notify the children of jobs that ended");
                return false;
            }
        }
    }
    true
}

/// Waits for a permit and for memory, and takes as many permits as a claim may fill.
async fn take_permits(context: &WorkerContext, permits: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
    let Ok(first) = Arc::clone(permits).acquire_owned().await else { return std::future::pending().await };
    let max = affordable(context).await;
    let more = std::iter::from_fn(|| Arc::clone(permits).try_acquire_owned().ok());
    std::iter::once(first).chain(more).take(max).collect()
}

/// Waits until there is memory for another attempt, and returns for how many at most. Meanwhile jobs wait in
/// storage. One alone may always run: a host that needs all its memory for itself still gets on.
async fn affordable(context: &WorkerContext) -> usize {
    loop {
        if context.memory.has_room() {
            return CLAIM_MAX;
        }
        if context.running.count() == 0 {
            return 1;
        }
        context.clock.sleep_until(context.clock.now().plus(MEMORY_POLL)).await;
    }
}

/// Claims a job for each of these permits; none when storage fails, which is tried again at the next poll.
async fn claim(context: Arc<WorkerContext>, permits: Vec<OwnedSemaphorePermit>) -> Found {
    let now = context.clock.now();
    let token = context.ids.lease_token(now);
    let reserved = context.capacity.reserve(&context.registry.concurrency(), permits.len());
    let request = ClaimRequest {
        limit: permits.len(),
        queues: Arc::clone(&context.config.queues),
        worker: context.id.clone(),
        holder: Holder::Host,
        token,
        lease_until: now.plus(context.config.lease),
        routes: context.registry.routes(),
        capacity: reserved.by_plugin().clone(),
        now,
    };
    // Before the claim: an attempt that ends while the claim is under way must not go unheard.
    context.held.store(true, Ordering::SeqCst);
    let claimed = context.storage.claim(request).await.unwrap_or_else(|error| {
        warn!(%error, "could not claim jobs");
        Claimed::default()
    });
    Found { permits, reserved, token, claimed }
}

/// Waits until jobs may be due: at a wake, when the next one falls due, or after a while.
async fn wait(context: &WorkerContext, next_due: Option<Timestamp>, closing: &CancellationToken) {
    let poll_at = context.clock.now().plus(context.config.poll);
    let wake_at = next_due.map_or(poll_at, |due| due.min(poll_at));
    tokio::select! {
        () = context.events.woken() => {}
        () = context.clock.sleep_until(wake_at) => {}
        () = closing.cancelled() => {}
    }
}
