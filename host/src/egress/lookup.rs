//! Name resolution by the operating system, one lookup at a time for each name.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

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
}

impl Lookup {
    pub(super) fn new() -> Self {
        Self { running: Mutex::default() }
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
        let lookup = ask_system(name.to_owned()).boxed().shared();
        running.retain(|_, lookup| lookup.upgrade().is_some());
        running.extend(lookup.downgrade().map(|weak| (name.to_owned(), weak)));
        lookup
    }
}

async fn ask_system(name: String) -> Addresses {
    // The port is the connector's affair; the system only wants one.
    let found = tokio::net::lookup_host((name.as_str(), 0)).await;
    let found = found.map_err(|error| NoAddress(format!("{name}: {error}")))?;
    let addresses: Arc<[IpAddr]> = found.map(|address| address.ip()).collect();
    if addresses.is_empty() { Err(NoAddress(format!("{name} has no address"))) } else { Ok(addresses) }
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
}
