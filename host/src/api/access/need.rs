//! The access that an operation requires, declared beside its route: see [`Routes`](crate::api::routes::Routes).

use super::Scope;

/// The access that an operation requires of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Need {
    /// No token: probes, the description of the API, the assets of the pages.
    Nothing,
    /// To submit.
    Submit,
    /// To see a job or an order by its id: its own with `submit`, any with `read`.
    SeeOne,
    /// To act on jobs by their ids: its own with `submit`, any with `operate`.
    ActById,
    /// To see everything: lists, plugins, queues, schedules.
    Read,
    /// To change shared resources: plugins, grants, secrets, queues, tasks, schedules.
    Operate,
}

impl Need {
    /// The scopes of which a token must have one; empty if no token is required.
    pub(in crate::api) fn scopes(self) -> &'static [Scope] {
        use Scope::{Operate, Read, Submit};
        match self {
            Need::Nothing => &[],
            Need::Submit => &[Submit],
            Need::SeeOne => &[Submit, Read, Operate],
            Need::ActById => &[Submit, Operate],
            Need::Read => &[Read, Operate],
            Need::Operate => &[Operate],
        }
    }

    /// The same as a sentence for the description of the API.
    pub(in crate::api) fn in_words(self) -> &'static str {
        match self {
            Need::Nothing => "Requires no token.",
            Need::Submit => "Requires a token with the scope `submit`.",
            Need::SeeOne => {
                "Requires a token with the scope `submit`, which gives access to what the same token submitted, or \
                 with `read` or `operate`, which give access to everything."
            }
            Need::ActById => {
                "Requires a token with the scope `submit`, which gives access to what the same token submitted, or \
                 with `operate`, which gives access to everything."
            }
            Need::Read => "Requires a token with the scope `read` or `operate`.",
            Need::Operate => "Requires a token with the scope `operate`.",
        }
    }
}
