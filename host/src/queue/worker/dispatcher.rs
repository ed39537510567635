//! Claims due jobs and starts their attempts, never more than there are places for.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::{Shared, attempt};
use crate::domain::{LeaseToken, Timestamp};
use crate::ports::{ClaimRequest, Claimed};
use crate::queue::news;

/// The most jobs of one claim: enough to share a sync, few enough that the first start while the next
/// are claimed. Measured: with 256 a fifth fewer jobs a second, with 1024 a third.
const CLAIM_MAX: usize = 64;

/// How often the memory is looked at while there is none for another attempt.
const MEMORY_POLL: Duration = Duration::from_millis(100);

/// Claims until `closing`. A place is taken before its job is claimed and travels with the attempt.
pub(super) async fn run(
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
    attempts: TaskTracker,
    closing: CancellationToken,
) {
    loop {
        let first_place = tokio::select! {
            biased;
            () = closing.cancelled() => return,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(first_place) = first_place else { return };
        let Some(room) = closing.run_until_cancelled(room(&shared)).await else { return };
        let mut taken = take_places(&places, first_place, room);
        let token = shared.ids.lease_token(shared.clock.now());
        let claimed = claim(&shared, taken.len(), token).await;
        let found_all = claimed.jobs.len() == taken.len();
        let next_due = claimed.next_due;
        news::publish(&*shared.events, claimed.expired);
        news::publish(&*shared.events, claimed.followed);
        for job in claimed.jobs {
            let Some(place) = taken.pop() else { break };
            let started = attempt::start(&shared, &job.job, token, place);
            attempts.spawn(attempt::run(Arc::clone(&shared), job, started));
        }
        drop(taken);
        if !found_all {
            wait(&shared, next_due, &closing).await;
        }
    }
}

/// Waits until there is memory for another attempt, and returns for how many at most. Meanwhile jobs wait in
/// storage. One alone may always run: a host that needs all its memory for itself still gets on.
async fn room(shared: &Shared) -> usize {
    loop {
        if shared.memory.has_room() {
            return CLAIM_MAX;
        }
        if shared.running.count() == 0 {
            return 1;
        }
        shared.clock.sleep_until(shared.clock.now().plus(MEMORY_POLL)).await;
    }
}

/// Takes free places, `max` at most, the first among them.
fn take_places(
    places: &Arc<Semaphore>,
    first: OwnedSemaphorePermit,
    max: usize,
) -> Vec<OwnedSemaphorePermit> {
    let mut taken = vec![first];
    while taken.len() < max {
        match Arc::clone(places).try_acquire_owned() {
            Ok(place) => taken.push(place),
            Err(_) => break,
        }
    }
    taken
}

/// Claims up to `limit` jobs; none when storage fails, which is tried again at the next poll.
async fn claim(shared: &Shared, limit: usize, token: LeaseToken) -> Claimed {
    let now = shared.clock.now();
    let request = ClaimRequest {
        limit,
        queues: Arc::clone(&shared.config.queues),
        worker: shared.id.clone(),
        token,
        lease_until: now.plus(shared.config.lease),
        routes: shared.directory.routes(),
        rooms: shared.rooms.free(&shared.directory.concurrency()),
        now,
    };
    // Before the claim: an attempt that ends while the claim is under way must not go unheard.
    shared.held.store(true, Ordering::SeqCst);
    let claimed = shared.storage.claim(request).await.unwrap_or_else(|error| {
        warn!(%error, "could not claim jobs");
        Claimed::default()
    });
    shared.held.store(claimed.held, Ordering::SeqCst);
    claimed
}

/// Waits until jobs may be due: when somebody says so, when the next one falls due, or after a while.
async fn wait(shared: &Shared, next_due: Option<Timestamp>, closing: &CancellationToken) {
    let poll_at = shared.clock.now().plus(shared.config.poll);
    let wake_at = next_due.map_or(poll_at, |due| due.min(poll_at));
    tokio::select! {
        () = shared.events.woken() => {}
        () = shared.clock.sleep_until(wake_at) => {}
        () = closing.cancelled() => {}
    }
}
