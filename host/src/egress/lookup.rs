//! Name resolution by the operating system, one lookup at a time for each name.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::sync::Semaphore;

/// Lookups at the same time. Each keeps one of the threads that storage reads on as well, for as long as a
/// name server is silent; there are 512 of them.
const LOOKUPS_MAX: usize = 64;

/// The addresses of a name, or why there are none.
pub(super) type Addresses = Result<Arc<[IpAddr]>, NoAddress>;

/// A name that could not be resolved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct NoAddress(String);

/// Resolves names. Requests that ask for a name while it is being looked up share the answer: thousands of
/// jobs that start together would otherwise each keep a thread waiting for the same question. Answers are not
/// kept: open connections are, and the system has a cache of its own.
pub(super) struct Lookup {
    /// Weak, so that a lookup is gone with the last request that waits for it.
    running: Mutex<HashMap<String, WeakShared<BoxFuture<'static, Addresses>>>>,
    threads: Arc<Semaphore>,
}

impl Lookup {
    pub(super) fn new() -> Self {
        Self { running: Mutex::default(), threads: Arc::new(Semaphore::new(LOOKUPS_MAX)) }
    }

    /// The addresses of this name, in the system's order of preference.
    pub(super) async fn resolve(&self, name: &str) -> Addresses {
        self.join_or_start(name).await
    }

    fn join_or_start(&self, name: &str) -> Shared<BoxFuture<'static, Addresses>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has its answer belongs to those who waited for it: for others the answer may be too old.
        if let Some(lookup) = running.get(name).and_then(WeakShared::upgrade)
            && lookup.peek().is_none()
        {
            return lookup;
        }
        let lookup = ask(Arc::clone(&self.threads), name.to_owned(), ask_system).boxed().shared();
        running.retain(|_, lookup| lookup.upgrade().is_some());
        running.extend(lookup.downgrade().map(|weak| (name.to_owned(), weak)));
        lookup
    }
}

/// The system's lookup of a name.
type Question = fn(&str) -> io::Result<Vec<IpAddr>>;

/// Asks on a thread of its own, once one of those for lookups is free.
async fn ask(threads: Arc<Semaphore>, name: String, question: Question) -> Addresses {
    let stopped = || NoAddress("the host is stopping".to_owned());
    let thread = threads.acquire_owned().await.map_err(|_| stopped())?;
    let asked = tokio::task::spawn_blocking(move || {
        // Held here and not by the caller: a caller that gives up leaves the thread waiting none the less.
        let _thread = thread;
        let found = question(&name).map_err(|error| NoAddress(format!("{name}: {error}")))?;
        if found.is_empty() { Err(NoAddress(format!("{name} has no address"))) } else { Ok(found.into()) }
    });
    asked.await.map_err(|_| stopped())?
}

fn ask_system(name: &str) -> io::Result<Vec<IpAddr>> {
    // The port is the connector's affair; the system only wants one.
    Ok((name, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_at_the_same_time_share_one_lookup_and_the_next_starts_its_own() {
        let lookup = Lookup::new();
        let first = lookup.join_or_start("localhost");
        assert!(first.ptr_eq(&lookup.join_or_start("localhost")));
        assert!(!first.ptr_eq(&lookup.join_or_start("127.0.0.1")));
        assert!(first.clone().await.unwrap().iter().all(IpAddr::is_loopback));
        assert!(!first.ptr_eq(&lookup.join_or_start("localhost")));
    }

    #[tokio::test]
    async fn a_name_without_an_address_is_named() {
        let error = Lookup::new().resolve("nowhere.invalid").await.unwrap_err();
        assert!(error.to_string().starts_with("nowhere.invalid"), "{error}");
    }

    #[tokio::test]
    async fn a_lookup_that_nobody_waits_for_keeps_its_thread() {
        fn slow(_: &str) -> io::Result<Vec<IpAddr>> {
            std::thread::sleep(std::time::Duration::from_millis(50));
            Ok(Vec::new())
        }
        let threads = Arc::new(Semaphore::new(1));
        let abandoned = ask(Arc::clone(&threads), "slow.example".to_owned(), slow);
        assert!(abandoned.now_or_never().is_none());
        assert_eq!(threads.available_permits(), 0);
        let next = ask(Arc::clone(&threads), "localhost".to_owned(), ask_system).await;
        assert!(next.unwrap().iter().all(IpAddr::is_loopback));
        assert_eq!(threads.available_permits(), 1);
    }
}
