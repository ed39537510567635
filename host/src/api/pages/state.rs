//! The mark of a state: its name, its colour, its picture.

use askama::Template;

use crate::domain::StateName;

/// The mark of a job's state.
#[derive(Template)]
#[template(path = "parts/state.html")]
pub(super) struct StateMark {
    /// The name of the state.
    pub(super) name: &'static str,
    /// The style that stands for it, one of those of orders.
    style: &'static str,
}

impl StateMark {
    /// The mark of a state.
    pub(super) fn of(state: StateName) -> Self {
        let style = match state {
            StateName::Scheduled | StateName::Available => "waiting",
            StateName::Running => "loading",
            StateName::Retryable => "retrying",
            StateName::Completed => "completed",
            StateName::Discarded => "failed",
            StateName::Cancelled => "cancelled",
        };
        Self { name: state.as_str(), style }
    }
}
