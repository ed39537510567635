//! The access that an operation requires, declared beside its route: see [`Routes`](crate::api::routes::Routes).

use crate::domain::Scope;

/// The access that an operation requires of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Need {
    /// No token: probes, the description of the API, the assets of the pages.
    Nothing,
    /// To submit.
    Submit,
    /// To place orders.
    PlaceOrders,
    /// To see an order by its id: its own with `submit`, any with `read`.
    SeeOrder,
    /// To list jobs.
    ListJobs,
    /// To see a job by its id: its own with `submit`, any with `read`.
    SeeOne,
    /// To act on jobs by their ids: its own with `submit`, any with `operate`.
    ActById,
    /// To cancel jobs: its own with `submit`.
    CancelJobs,
    /// To retry jobs: its own with `submit`.
    RetryJobs,
    /// To delete jobs: its own with `submit`.
    DeleteJobs,
    /// To cancel, retry or delete many jobs; the handler checks which.
    ActOnMany,
    /// To see everything that no need below names.
    Read,
    /// To change what no need below names: many jobs at once by pages and operations, backups.
    Operate,
    /// To see plugins and grants.
    ReadPlugins,
    /// To change plugins and grants.
    Plugins,
    /// To list, write and remove secrets.
    Secrets,
    /// To see queues.
    ReadQueues,
    /// To change the settings of queues.
    Queues,
    /// To see tasks.
    ReadTasks,
    /// To change the settings of tasks.
    Tasks,
    /// To see schedules.
    ReadSchedules,
    /// To change schedules.
    Schedules,
    /// To list, make and revoke tokens.
    Tokens,
    /// To read the audit log.
    Audit,
}

impl Need {
    /// The scopes of which a token must have one; empty if no token is required.
    pub(in crate::api) fn scopes(self) -> &'static [Scope] {
        use Scope::{JobsCancel, JobsDelete, JobsRetry, Operate, Read, Submit};
        match self {
            Need::Nothing => &[],
            Need::Submit | Need::PlaceOrders => &[Submit],
            Need::SeeOne | Need::SeeOrder => &[Submit, Read, Operate],
            Need::ActById => &[Submit, Operate],
            Need::CancelJobs => &[Submit, Operate, JobsCancel],
            Need::RetryJobs => &[Submit, Operate, JobsRetry],
            Need::DeleteJobs => &[Submit, Operate, JobsDelete],
            Need::ActOnMany => &[Submit, Operate, JobsCancel, JobsRetry, JobsDelete],
            Need::Read | Need::ListJobs => &[Read, Operate],
            Need::Operate => &[Operate],
            Need::ReadPlugins => &[Read, Operate, Scope::Plugins],
            Need::Plugins => &[Operate, Scope::Plugins],
            Need::Secrets => &[Operate, Scope::Secrets],
            Need::ReadQueues | Need::ReadTasks => &[Read, Operate, Scope::Queues],
            Need::Queues | Need::Tasks => &[Operate, Scope::Queues],
            Need::ReadSchedules => &[Read, Operate, Scope::Schedules],
            Need::Schedules => &[Operate, Scope::Schedules],
            Need::Tokens => &[Operate, Scope::Tokens],
            Need::Audit => &[Operate, Scope::Audit],
        }
    }

    /// Whether what it opens can be kept within queues and tasks. All else is refused to a token that is bound to some.
    pub(in crate::api) fn fits_bounds(self) -> bool {
        use Need::{
            ActById, ActOnMany, CancelJobs, DeleteJobs, ListJobs, Nothing, Queues, ReadQueues, RetryJobs,
            SeeOne, Submit,
        };
        matches!(
            self,
            Nothing
                | Submit
                | SeeOne
                | ListJobs
                | ActById
                | CancelJobs
                | RetryJobs
                | DeleteJobs
                | ActOnMany
                | ReadQueues
                | Queues
        )
    }

    /// The same as a sentence for the description of the API.
    pub(in crate::api) fn in_words(self) -> String {
        let names: Vec<_> = self.scopes().iter().map(|scope| format!("`{scope}`")).collect();
        match names.as_slice() {
            [] => "Requires no token.".to_owned(),
            [only] => format!("Requires a token with the scope {only}."),
            [submit, rest @ ..] if *submit == "`submit`" => format!(
                "Requires a token with the scope `submit`, which gives access to what the same token submitted, or \
                 with {}, which {} access to everything.",
                alternatives(rest),
                if rest.len() == 1 { "gives" } else { "give" }
            ),
            names => format!("Requires a token with the scope {}.", alternatives(names)),
        }
    }
}

fn alternatives(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_list_the_scopes() {
        assert_eq!(Need::Nothing.in_words(), "Requires no token.");
        assert_eq!(
            Need::ReadQueues.in_words(),
            "Requires a token with the scope `read`, `operate` or `queues`."
        );
        assert!(Need::ActById.in_words().ends_with("or with `operate`, which gives access to everything."));
        assert!(Need::CancelJobs.in_words().contains("with `operate` or `jobs:cancel`, which give access"));
    }
}
