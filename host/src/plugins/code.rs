//! Which compiled code is needed: that of every stored plugin, and that of components which are being worked on.
//! What is no longer needed is forgotten, on disk as well.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::{Catalog, Digest};
use crate::ports::Components;

/// The code of this host's plugins.
pub(super) struct CompiledCode {
    components: Arc<dyn Components>,
    needed: Mutex<Needed>,
}

struct Needed {
    stored: HashSet<Digest>,
    /// By how many each is worked on.
    held: HashMap<Digest, usize>,
}

impl Needed {
    fn contains(&self, digest: &Digest) -> bool {
        self.stored.contains(digest) || self.held.contains_key(digest)
    }
}

impl CompiledCode {
    /// The code of what is stored at the start. What a host before this one left beside it is forgotten.
    pub(super) fn of(catalog: &Catalog, components: Arc<dyn Components>) -> Self {
        let stored = digests(catalog);
        components.keep_only(&stored);
        Self { components, needed: Mutex::new(Needed { stored, held: HashMap::new() }) }
    }

    /// Forgets the code of what is stored no longer.
    pub(super) fn follow(&self, catalog: &Catalog) {
        let mut needed = self.lock();
        let before = std::mem::replace(&mut needed.stored, digests(catalog));
        for digest in before.iter().filter(|digest| !needed.contains(digest)) {
            self.components.forget(digest);
        }
    }

    /// Keeps the code of a component from being forgotten until what is returned is dropped. Then it is forgotten,
    /// unless the component is stored or another one holds it.
    pub(super) fn hold(self: &Arc<Self>, digest: Digest) -> Held {
        *self.lock().held.entry(digest).or_default() += 1;
        Held { code: Arc::clone(self), digest }
    }

    /// What is known is good also after a panic elsewhere.
    fn lock(&self) -> MutexGuard<'_, Needed> {
        self.needed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The code of one component that is worked on.
pub(super) struct Held {
    code: Arc<CompiledCode>,
    digest: Digest,
}

impl Held {
    /// Takes note that the component is stored, before the catalog is read anew.
    pub(super) fn note_stored(&self) {
        self.code.lock().stored.insert(self.digest);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut needed = self.code.lock();
        if let Some(count) = needed.held.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                needed.held.remove(&self.digest);
            }
        }
        if !needed.contains(&self.digest) {
            self.code.components.forget(&self.digest);
        }
    }
}

fn digests(catalog: &Catalog) -> HashSet<Digest> {
    catalog.plugins().flat_map(|plugin| &plugin.versions).map(|version| version.digest).collect()
}
