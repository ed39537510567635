//! Watches of jobs: all events in order, until the job is final.
//!
//! Events contain the changes in their order; storage has the job. A watcher that starts late gets the lines so far and
//! the present job, and all events from there on.

mod begin;
mod lines;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Queue;
use crate::domain::{JobDetails, JobId, JobState, LeaseToken, Phase, Progress, StateName, Timestamp};
use crate::ports::{Bookmark, Event, EventId, EventStream, Heard, Lines, StorageResult};
use crate::watching::{Known, LOOK_EVERY, Notice};
use lines::LineReader;

/// An event for the watcher of a job.
#[derive(Debug)]
pub enum JobNews {
    /// The job.
    State(Box<JobDetails>),
    /// Progress of its attempt.
    Progress(Progress),
    /// An attempt printed a line.
    Line {
        /// Number of the attempt.
        attempt: u32,
        /// The line, without its end.
        line: String,
    },
    /// The number of events that are missing here, because they are no longer kept. `None` if the number is unknown: the
    /// stream then starts again with the present job.
    Gap(Option<u64>),
}

/// The watcher of a job.
pub struct JobWatch {
    queue: Arc<Queue>,
    stream: Box<dyn EventStream>,
    /// Events to return before the stream is read further.
    ready: VecDeque<Ready>,
    details: JobDetails,
    /// The state of the job that the watcher knows.
    known: Known<SeenState>,
    /// The lines of the running attempt that were returned at the start of the watch.
    printed: Option<(LeaseToken, u64)>,
    /// Whether to read storage as soon as no event is left.
    look_soon: bool,
    is_over: bool,
}

enum Ready {
    One(Notice<JobNews>),
    Lines(LineReader),
}

/// The parts of a state that matter to a watcher, unlike a renewed lease.
#[derive(PartialEq, Eq)]
struct SeenState {
    name: StateName,
    attempt: u32,
    attempted_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    waits_for: u32,
    cancel_requested: bool,
}

impl SeenState {
    fn of(state: &JobState, now: Timestamp) -> Self {
        let &JobState { attempt, attempted_at, waits_for, cancel_requested, .. } = state;
        Self {
            name: state.name(now),
            attempt,
            attempted_at,
            due_at: state.due_at(),
            waits_for,
            cancel_requested,
        }
    }
}

impl Queue {
    /// Watches a job from now on, or from after an event of an earlier watch.
    pub async fn watch(
        self: &Arc<Self>,
        id: JobId,
        after: Option<Bookmark>,
    ) -> StorageResult<Option<JobWatch>> {
        begin::begin(self, id, after).await
    }
}

impl JobWatch {
    /// Whether there are no more events, now or later.
    pub fn is_over(&self) -> bool {
        self.is_over && self.ready.is_empty()
    }

    /// The next event; `None` after the last one, or when the job was deleted.
    pub async fn next(&mut self) -> Option<Notice<JobNews>> {
        loop {
            if let Some(notice) = self.take_ready() {
                return Some(notice);
            }
            if self.is_over {
                return None;
            }
            let look_at =
                self.queue.clock.now().plus(if self.look_soon { Duration::ZERO } else { LOOK_EVERY });
            let heard = tokio::select! {
                biased;
                heard = self.stream.next() => Some(heard),
                () = self.queue.clock.sleep_until(look_at) => self.look().await,
            };
            if let Some(heard) = heard {
                self.hear(heard, self.stream.position()).await;
            }
        }
    }

    fn take_ready(&mut self) -> Option<Notice<JobNews>> {
        while let Some(front) = self.ready.front_mut() {
            match front {
                Ready::Lines(lines) => match lines.next() {
                    Some(notice) => return Some(notice),
                    None => drop(self.ready.pop_front()),
                },
                Ready::One(_) => {
                    let Some(Ready::One(notice)) = self.ready.pop_front() else { break };
                    return Some(notice);
                }
            }
        }
        None
    }

    async fn hear(&mut self, heard: Heard, id: EventId) {
        match heard {
            Heard::Event(Event::State(_, state)) => self.hear_state(*state, id).await,
            Heard::Event(Event::Progress(_, progress)) => self.push(JobNews::Progress(progress), id),
            Heard::Event(Event::Lines(_, lines)) => self.hear_lines(lines, id),
            Heard::Event(Event::Order(_)) => {}
            Heard::Missed(count) => {
                self.push(JobNews::Gap(Some(count)), id);
                // One of them may be a state.
                self.known.miss();
                self.look_soon = true;
            }
        }
    }

    /// The job at a state. Storage may have a later one by now; it has the errors and the result.
    async fn hear_state(&mut self, state: JobState, id: EventId) {
        if self.known.was_sent(&SeenState::of(&state, self.queue.clock.now())) {
            return;
        }
        // Without storage, or when the job is gone, the state alone is returned.
        if let Ok(Some(found)) = self.queue.job(self.details.job.spec.id).await {
            self.details = found;
        }
        if !matches!(state.phase, Phase::Completed { .. }) {
            self.details.output = None;
        }
        self.details.job.state = state;
        self.push_state(Some(id));
    }

    fn hear_lines(&mut self, lines: Lines, id: EventId) {
        let known = self.printed.filter(|(lease, _)| *lease == lines.lease).map_or(0, |(_, count)| count);
        let new = lines.without(known.saturating_sub(lines.first).min(lines.count()));
        self.ready.push_back(Ready::Lines(LineReader::heard(new, id)));
    }

    /// Reads the job, in case of a change without an event here. Events come before the job of storage: one that arrived
    /// meanwhile is returned first.
    async fn look(&mut self) -> Option<Heard> {
        self.look_soon = false;
        let found = self.queue.job(self.details.job.spec.id).await;
        let heard = self.stream.try_next();
        match found {
            _ if heard.is_some() => {}
            Ok(Some(found)) => self.take_found(found),
            Ok(None) => self.is_over = true,
            // The error may be gone at the next read.
            Err(_) => {}
        }
        heard
    }

    fn take_found(&mut self, found: JobDetails) {
        self.details = found;
        if !self.known.is_known(&self.seen_state()) {
            self.push_state(None);
        }
    }

    fn seen_state(&self) -> SeenState {
        SeenState::of(&self.details.job.state, self.queue.clock.now())
    }

    /// Returns the job, with the id of its event if it is of one. The last event always has an id: a client that reconnects
    /// with it has all events.
    fn push_state(&mut self, id: Option<EventId>) {
        self.known.sent(self.seen_state());
        self.is_over = self.details.job.state.phase.is_final();
        let id = id.or_else(|| self.is_over.then(|| self.stream.position()));
        let id = id.map(|event| Bookmark { event, is_end: self.is_over });
        let news = JobNews::State(Box::new(self.details.clone()));
        self.ready.push_back(Ready::One(Notice { news, id }));
    }

    fn push(&mut self, news: JobNews, id: EventId) {
        self.ready.push_back(Ready::One(Notice { news, id: Some(Bookmark::at(id)) }));
    }
}
