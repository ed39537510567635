//! The row of a job in lists.

use crate::api::Api;
use crate::api::pages::state::StateMark;
use crate::api::pages::time::When;
use crate::domain::{Job, Timestamp};

/// One job in a list.
pub(in crate::api::pages) struct JobRow {
    pub(in crate::api::pages) id: String,
    /// The end of its id, which tells jobs of one time apart.
    pub(in crate::api::pages) short_id: String,
    pub(in crate::api::pages) task: String,
    pub(in crate::api::pages) label: Option<String>,
    pub(in crate::api::pages) queue: String,
    pub(in crate::api::pages) tags: Vec<String>,
    pub(in crate::api::pages) state: StateMark,
    /// Why it waits, in a word or two.
    pub(in crate::api::pages) hold: Option<String>,
    pub(in crate::api::pages) attempt: u32,
    pub(in crate::api::pages) max_attempts: u32,
    /// The time of its state: when it is due, began, ended.
    pub(in crate::api::pages) when: When,
}

/// Characters of a short id.
const SHORT: usize = 8;

impl JobRow {
    /// The row of a job at this time.
    pub(in crate::api::pages) fn new(api: &Api, job: &Job, now: Timestamp) -> Self {
        let (spec, state) = (&job.spec, &job.state);
        let id = spec.id.to_string();
        let name = state.name(now);
        let hold = api.queue.hold(&spec.task).filter(|_| !name.is_final() && !state.is_running());
        let time = state.phase.finalized_at().or(state.due_at()).or(state.attempted_at);
        let time = if state.is_running() { state.attempted_at } else { time };
        Self {
            short_id: id[id.len() - SHORT..].to_owned(),
            id,
            task: spec.task.to_string(),
            label: spec.options.label.clone(),
            queue: spec.queue.to_string(),
            tags: spec.options.tags.clone(),
            state: StateMark::of(name),
            hold: hold.map(|hold| hold.to_string()),
            attempt: state.attempt,
            max_attempts: spec.max_attempts,
            when: When::new(time.unwrap_or(spec.created_at), now),
        }
    }
}
