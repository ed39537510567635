//! Watching a job: everything that happens to it, in order, until it is final.
//!
//! Events say what happened and in which order; storage says what the job is. A watcher who comes late is
//! told what was printed so far and where the job stands now, and everything from there on.

mod begin;
mod lines;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::Queue;
use crate::domain::{JobDetails, JobId, JobState, LeaseToken, Phase, Progress, StateName, Timestamp};
use crate::ports::{Bookmark, Event, EventId, EventStream, Heard, Lines, StorageResult};
use crate::watching::{Known, LOOK_EVERY, Told};
use lines::LineReader;

/// What the watcher of a job is told.
#[derive(Debug)]
pub enum JobNews {
    /// Where the job stands.
    State(Box<JobDetails>),
    /// How far its attempt says it is.
    Progress(Progress),
    /// An attempt printed a line.
    Line {
        /// Which attempt.
        attempt: u32,
        /// The line, without its end.
        line: String,
    },
    /// So many events are left out here, because they are no longer kept. `None` when it is not known how
    /// many: what follows begins with what is known now.
    Gap(Option<u64>),
}

/// The watcher of a job.
pub struct JobWatch {
    queue: Arc<Queue>,
    stream: Box<dyn EventStream>,
    /// What is told before the stream is read on.
    ready: VecDeque<Ready>,
    details: JobDetails,
    /// Where the job stands, as far as the watcher knows.
    known: Known<Standing>,
    /// What the running attempt printed and was told when the watch began.
    printed: Option<(LeaseToken, u64)>,
    /// Whether storage must be read as soon as no event is left.
    look_soon: bool,
    is_over: bool,
}

enum Ready {
    One(Told<JobNews>),
    Lines(LineReader),
}

/// What makes a state a different one for a watcher. A renewed lease does not.
#[derive(PartialEq, Eq)]
struct Standing {
    name: StateName,
    attempt: u32,
    attempted_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    waits_for: u32,
    cancel_requested: bool,
}

impl Standing {
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
    /// Watches a job, from now on or from behind an event that an earlier watch told of.
    pub async fn watch(
        self: &Arc<Self>,
        id: JobId,
        after: Option<Bookmark>,
    ) -> StorageResult<Option<JobWatch>> {
        begin::begin(self, id, after).await
    }
}

impl JobWatch {
    /// Whether nothing is left to be told, now or later.
    pub fn is_over(&self) -> bool {
        self.is_over && self.ready.is_empty()
    }

    /// What happened next; `None` when the job is final and that was told, or when it was deleted.
    pub async fn next(&mut self) -> Option<Told<JobNews>> {
        loop {
            if let Some(told) = self.take_ready() {
                return Some(told);
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

    fn take_ready(&mut self) -> Option<Told<JobNews>> {
        while let Some(front) = self.ready.front_mut() {
            match front {
                Ready::Lines(lines) => match lines.next() {
                    Some(told) => return Some(told),
                    None => drop(self.ready.pop_front()),
                },
                Ready::One(_) => {
                    let Some(Ready::One(told)) = self.ready.pop_front() else { break };
                    return Some(told);
                }
            }
        }
        None
    }

    async fn hear(&mut self, heard: Heard, id: EventId) {
        match heard {
            Heard::Event(Event::State(_, state)) => self.hear_state(*state, id).await,
            Heard::Event(Event::Progress(_, progress)) => self.tell(JobNews::Progress(progress), id),
            Heard::Event(Event::Lines(_, lines)) => self.hear_lines(lines, id),
            Heard::Event(Event::Order(_)) => {}
            Heard::Missed(count) => {
                self.tell(JobNews::Gap(Some(count)), id);
                // A state may be among them.
                self.known.miss();
                self.look_soon = true;
            }
        }
    }

    /// A state is told as it was. Storage may be further by now; it has the errors and the result.
    async fn hear_state(&mut self, state: JobState, id: EventId) {
        if self.known.was_told(&Standing::of(&state, self.queue.clock.now())) {
            return;
        }
        // Without storage, or when the job is gone, the state alone is told.
        if let Ok(Some(found)) = self.queue.job(self.details.job.spec.id).await {
            self.details = found;
        }
        if !matches!(state.phase, Phase::Completed { .. }) {
            self.details.output = None;
        }
        self.details.job.state = state;
        self.tell_state(Some(id));
    }

    fn hear_lines(&mut self, lines: Lines, id: EventId) {
        let known = self.printed.filter(|(lease, _)| *lease == lines.lease).map_or(0, |(_, count)| count);
        let new = lines.without(known.saturating_sub(lines.first).min(lines.count()));
        self.ready.push_back(Ready::Lines(LineReader::heard(new, id)));
    }

    /// Reads the job, in case something happened of which no event came here. What storage says comes after
    /// what the events say: one that came meanwhile is returned, and heard first.
    async fn look(&mut self) -> Option<Heard> {
        self.look_soon = false;
        let found = self.queue.job(self.details.job.spec.id).await;
        let heard = self.stream.try_next();
        match found {
            _ if heard.is_some() => {}
            Ok(Some(found)) => self.take_found(found),
            Ok(None) => self.is_over = true,
            // It may be gone at the next look.
            Err(_) => {}
        }
        heard
    }

    fn take_found(&mut self, found: JobDetails) {
        self.details = found;
        if !self.known.is_known(&self.standing()) {
            self.tell_state(None);
        }
    }

    fn standing(&self) -> Standing {
        Standing::of(&self.details.job.state, self.queue.clock.now())
    }

    /// Tells where the job stands, by the event of this id if it is of one. The last word has an id in any case:
    /// who comes back with it has all.
    fn tell_state(&mut self, id: Option<EventId>) {
        self.known.tell(self.standing());
        self.is_over = self.details.job.state.phase.is_final();
        let id = id.or_else(|| self.is_over.then(|| self.stream.position()));
        let id = id.map(|event| Bookmark { event, is_end: self.is_over });
        let news = JobNews::State(Box::new(self.details.clone()));
        self.ready.push_back(Ready::One(Told { news, id }));
    }

    fn tell(&mut self, news: JobNews, id: EventId) {
        self.ready.push_back(Ready::One(Told { news, id: Some(Bookmark::at(id)) }));
    }
}
