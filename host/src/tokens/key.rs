//! A token in memory, and its use.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::{AccessToken, Scope, Timestamp};

/// A token of this host.
#[derive(Debug)]
pub struct Key {
    /// The token.
    pub token: AccessToken,
    /// Whether it stands in the settings.
    pub is_fixed: bool,
    /// Milliseconds of its last use; 0 before the first.
    used_at: AtomicU64,
}

impl Key {
    pub(super) fn new(token: AccessToken, is_fixed: bool, used_at: Option<Timestamp>) -> Self {
        Self { token, is_fixed, used_at: AtomicU64::new(used_at.map_or(0, |at| at.as_millis())) }
    }

    /// Its last use: of one of the settings, since the start of the host.
    pub fn used_at(&self) -> Option<Timestamp> {
        Some(self.used_at.load(Ordering::Relaxed)).filter(|millis| *millis > 0).map(Timestamp::from_millis)
    }

    pub(super) fn note_use(&self, now: Timestamp) {
        self.used_at.fetch_max(now.as_millis(), Ordering::Relaxed);
    }

    /// Whether the token allows what this scope allows.
    pub fn may(&self, scope: Scope) -> bool {
        may(&self.token.scopes, scope)
    }
}

/// Whether these scopes allow what this one allows: `operate` includes all but `submit`.
pub(super) fn may(scopes: &[Scope], scope: Scope) -> bool {
    scopes.contains(&scope) || scope != Scope::Submit && scopes.contains(&Scope::Operate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operate_includes_all_scopes_but_submit() {
        for scope in Scope::ALL {
            assert_eq!(may(&[Scope::Operate], scope), scope != Scope::Submit, "{scope}");
            assert_eq!(may(&[Scope::Queues], scope), scope == Scope::Queues, "{scope}");
        }
    }
}
