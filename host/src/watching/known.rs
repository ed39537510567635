//! The knowledge of a watcher.

/// The last state that a watcher knows, so that it is not sent twice.
#[derive(Debug)]
pub struct Known<State> {
    /// From the last event.
    sent: Option<State>,
    /// From storage, when a client reconnected and had no event to receive: it has received the state before, or receives
    /// it by the next event.
    found: Option<State>,
}

impl<State: PartialEq> Known<State> {
    /// A watcher that knows nothing.
    pub fn nothing() -> Self {
        Self { sent: None, found: None }
    }

    /// The state in storage when the client reconnected.
    pub fn found(&mut self, state: State) {
        self.found = Some(state);
    }

    /// Records the state that is sent.
    pub fn sent(&mut self, state: State) {
        self.sent = Some(state);
    }

    /// Records that events were missed, of which the state in storage may have been one.
    pub fn miss(&mut self) {
        self.found = None;
    }

    /// Whether an event repeats the last event. The state in storage is no reason to leave an event out, which may be the
    /// event of that very state.
    pub fn was_sent(&self, state: &State) -> bool {
        self.sent.as_ref() == Some(state)
    }

    /// Whether the watcher knows the state in storage.
    pub fn is_known(&self, state: &State) -> bool {
        self.sent.as_ref().or(self.found.as_ref()) == Some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_also_when_storage_said_so_before_and_storage_is_told_once() {
        let mut known = Known::nothing();
        assert!(!known.was_sent(&1) && !known.is_known(&1));
        known.found(1);
        assert!(!known.was_sent(&1) && known.is_known(&1));
        known.sent(2);
        assert!(known.was_sent(&2) && known.is_known(&2) && !known.is_known(&1));
    }

    #[test]
    fn nothing_is_known_by_storage_when_events_were_missed() {
        let mut known = Known::nothing();
        known.found(1);
        known.miss();
        assert!(!known.is_known(&1));
        known.sent(1);
        known.miss();
        assert!(known.is_known(&1), "the last state was sent");
    }
}
