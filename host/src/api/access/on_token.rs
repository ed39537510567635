//! What the server of a connection learns of its client.

use std::fmt;
use std::sync::Arc;

/// Called for every request that showed a valid token. The server puts one into the extensions of the requests
/// of each connection, and so learns which connections are those of strangers.
#[derive(Clone)]
pub struct OnToken(Arc<dyn Fn() + Send + Sync>);

impl OnToken {
    /// Calls this.
    pub fn new(call: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    /// A request showed a valid token.
    pub(super) fn seen(&self) {
        (self.0)();
    }
}

impl fmt::Debug for OnToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnToken")
    }
}
