//! The scopes of tokens.

use crate::domain::{Reach, closed_set};

closed_set! {
    /// A part of the API that a token may use.
    pub enum Scope {
        /// Submit jobs and place orders; see, cancel, retry and delete those by their ids.
        Submit = "submit",
        /// See all orders, jobs, plugins, queues, tasks and schedules.
        Read = "read",
        /// See the same, act on all jobs, and change plugins, grants, secrets, queues, tasks and schedules.
        Operate = "operate",
    }
}

impl Scope {
    /// The access that it gives to what others submitted.
    pub(super) fn reach(self) -> Reach {
        match self {
            Scope::Submit => Reach::Own,
            Scope::Read => Reach::Read,
            Scope::Operate => Reach::Operate,
        }
    }
}
