//! What the watchers of jobs and of orders share: what they are told, and what they know already.

use std::time::Duration;

use crate::ports::Bookmark;

/// How often a watcher reads storage without any event, in case one did not come here.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// One thing that a watcher is told, and what to come back with to go on behind it.
#[derive(Debug)]
pub struct Told<News> {
    /// What happened.
    pub news: News,
    /// Nothing for what has no place in the order of events; then the last one goes on to hold.
    pub id: Option<Bookmark>,
}

/// What a watcher knows of where something stands, so that it is not told twice.
#[derive(Debug)]
pub struct Known<Standing> {
    /// By the last word.
    told: Option<Standing>,
    /// By storage, when a watcher came back that had no event to hear: it was told of it before, or is by the
    /// event that follows.
    found: Option<Standing>,
}

impl<Standing: PartialEq> Known<Standing> {
    /// A watcher that knows nothing.
    pub fn nothing() -> Self {
        Self { told: None, found: None }
    }

    /// Storage said so when the watcher came back.
    pub fn found(&mut self, standing: Standing) {
        self.found = Some(standing);
    }

    /// The watcher is told this.
    pub fn tell(&mut self, standing: Standing) {
        self.told = Some(standing);
    }

    /// Events were missed, and what storage said may have been among them.
    pub fn miss(&mut self) {
        self.found = None;
    }

    /// Whether an event says what the watcher was told last. What storage said is no reason to leave an event
    /// out: it may be the one that says so.
    pub fn was_told(&self, standing: &Standing) -> bool {
        self.told.as_ref() == Some(standing)
    }

    /// Whether storage says what the watcher knows.
    pub fn is_known(&self, standing: &Standing) -> bool {
        self.told.as_ref().or(self.found.as_ref()) == Some(standing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_also_when_storage_said_so_before_and_storage_is_told_once() {
        let mut known = Known::nothing();
        assert!(!known.was_told(&1) && !known.is_known(&1));
        known.found(1);
        assert!(!known.was_told(&1) && known.is_known(&1));
        known.tell(2);
        assert!(known.was_told(&2) && known.is_known(&2) && !known.is_known(&1));
    }

    #[test]
    fn nothing_is_known_by_storage_when_events_were_missed() {
        let mut known = Known::nothing();
        known.found(1);
        known.miss();
        assert!(!known.is_known(&1));
        known.tell(1);
        known.miss();
        assert!(known.is_known(&1), "the last word was told");
    }
}
