//! Who asks for something, and how far its rights reach.

use super::Submitter;

/// Who asks for something.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// To whom belongs what it submits.
    pub submitter: Submitter,
    /// What it may do with the jobs and orders of others.
    pub reach: Reach,
}

/// What a caller may do with the jobs and orders of others. Each includes those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reach {
    /// Learn the id and the state of a job that it meets.
    Own,
    /// See them.
    Read,
    /// Act on them.
    Operate,
}

impl Caller {
    /// A caller that may do everything: a host without tokens asks nobody who it is.
    pub fn unrestricted(submitter: Submitter) -> Self {
        Self { submitter, reach: Reach::Operate }
    }

    /// Whether it may see what this submitter submitted.
    pub fn may_read(&self, owner: &Submitter) -> bool {
        self.reach >= Reach::Read || self.submitter == *owner
    }

    /// Whether it may act on what this submitter submitted.
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
            let caller = Caller { submitter: own.clone(), reach };
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
        let caller = Caller { submitter: Submitter::token("shop"), reach: Reach::Own };
        assert!(!caller.may_read(&Submitter::default()));
    }
}
