//! What a call needs. It is declared beside the call's route: see [`Routes`](crate::api::routes::Routes).

use super::Scope;

/// What a call needs of the token that comes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Need {
    /// No token: probes, the API's description, the looks of the pages.
    Nothing,
    /// To submit.
    Submit,
    /// To see one job or order by its id: its own with `submit`, every one with `read`.
    SeeOne,
    /// To act on jobs by their ids: its own with `submit`, every one with `operate`.
    ActById,
    /// To see what is there: lists, plugins, queues, schedules.
    Read,
    /// To change what everybody works with: plugins, grants, secrets, queues, tasks, schedules.
    Operate,
}

impl Need {
    /// The scopes of which a token must have one; none where no token is needed.
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

    /// The same for those who read the API's description.
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
