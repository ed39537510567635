//! A callback by which the server of a connection learns that its client has a token.

use std::fmt;
use std::sync::Arc;

/// Called for every request with a valid token. The server puts one into the extensions of the requests of each
/// connection, which tells connections with a token from anonymous ones.
#[derive(Clone)]
pub struct OnToken(Arc<dyn Fn() + Send + Sync>);

impl OnToken {
    /// A callback of this function.
    pub fn new(call: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    /// Reports a request with a valid token.
    pub(super) fn seen(&self) {
        (self.0)();
    }
}

impl fmt::Debug for OnToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnToken")
    }
}
