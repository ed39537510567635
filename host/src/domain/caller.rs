//! The caller of an operation, and its rights.

use super::transition::Action;
use super::{Job, Submitter, TokenBounds};

/// The caller of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The owner of its submissions.
    pub submitter: Submitter,
    /// Its rights on the jobs and orders of others.
    pub reach: Reach,
    /// Actions beyond these rights that it may take on jobs of others.
    acts: Vec<Action>,
    /// The queues and tasks that it is bound to.
    pub bounds: TokenBounds,
}

/// The rights on jobs and orders of others. Each includes the previous ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// See the id and the state of a job.
    Own,
    /// See them in full.
    Read,
    /// Act on them.
    Operate,
}

impl Caller {
    /// A caller with these rights.
    pub fn new(submitter: Submitter, reach: Reach) -> Self {
        Self { submitter, reach, acts: Vec::new(), bounds: TokenBounds::default() }
    }

    /// The same caller, who may also take these actions on jobs of others.
    pub fn acting(self, acts: impl IntoIterator<Item = Action>) -> Self {
        Self { acts: acts.into_iter().collect(), ..self }
    }

    /// A caller with all rights, such as any caller of a host without tokens.
    pub fn unrestricted(submitter: Submitter) -> Self {
        Self::new(submitter, Reach::Operate)
    }

    /// Whether it may see the jobs and orders of this submitter.
    pub fn may_read(&self, owner: &Submitter) -> bool {
        self.reach >= Reach::Read || self.submitter == *owner
    }

    /// The same caller, bound to these queues and tasks.
    pub fn bound(self, bounds: &TokenBounds) -> Self {
        Self { bounds: bounds.clone(), ..self }
    }

    /// Whether it may see this job in full.
    pub fn may_see(&self, job: &Job) -> bool {
        self.may_read(&job.spec.submitter) && self.is_within_bounds(job)
    }

    /// Whether the job is in a queue and of a task that the caller is bound to, if it is bound.
    pub fn is_within_bounds(&self, job: &Job) -> bool {
        self.bounds.admit(&job.spec.queue, &job.spec.task)
    }

    /// Whether it may take this action on all jobs.
    pub fn may_act_on_all(&self, action: Action) -> bool {
        self.reach >= Reach::Operate || self.acts.contains(&action)
    }

    /// Whether it may act on the jobs and orders of this submitter.
    pub fn may_act_on(&self, owner: &Submitter) -> bool {
        self.reach >= Reach::Operate || self.submitter == *owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_reaches_what_is_its_own_and_what_its_rights_allow() {
        let (own, foreign) = (Submitter::token("shop"), Submitter::token("mail"));
        let may = |reach, owner| {
            let caller = Caller::new(own.clone(), reach);
            (caller.may_read(owner), caller.may_act_on(owner))
        };
        for reach in [Reach::Own, Reach::Read, Reach::Operate] {
            assert_eq!(may(reach, &own), (true, true), "{reach:?}");
        }
        assert_eq!(may(Reach::Own, &foreign), (false, false));
        assert_eq!(may(Reach::Read, &foreign), (true, false));
        assert_eq!(may(Reach::Operate, &foreign), (true, true));
    }

    #[test]
    fn what_no_token_submitted_is_foreign_to_every_token() {
        let caller = Caller::new(Submitter::token("shop"), Reach::Own);
        assert!(!caller.may_read(&Submitter::default()));
    }
}
