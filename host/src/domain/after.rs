//! Jobs that a job waits for.

use std::collections::{HashMap, HashSet};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Job, JobId};

/// For which jobs a job waits before it is due. They are called its parents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct After {
    /// The parents, at least one, each once.
    pub jobs: Vec<JobId>,
    /// How many of them must be final.
    pub when: AfterWhen,
    /// What becomes of it when one of them is discarded, cancelled or deleted.
    pub on_failed: AfterFailed,
}

/// How many parents must be final.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum AfterWhen {
    /// All of them.
    #[default]
    All,
    /// The first of them.
    Any,
}

/// What becomes of a job when a parent is discarded, cancelled or deleted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum AfterFailed {
    /// It is discarded too.
    #[default]
    Discard,
    /// It runs all the same, as if the parent had completed.
    Run,
    /// It goes on waiting, until somebody retries the parent and it completes. When a parent is deleted
    /// that nobody can retry any more, it is discarded.
    Wait,
}

impl After {
    /// How many parents there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.jobs.len()).unwrap_or(u32::MAX)
    }
}

/// Jobs that stand for others, which met them by their unique keys.
pub type StandIns = HashMap<JobId, JobId>;

impl Job {
    /// Waits for those that stand for its parents, for each once. It was not stored yet. Returns whether it
    /// waits for others now.
    pub fn redirect(&mut self, stand_ins: &StandIns) -> bool {
        let Some(after) = &mut self.spec.after else { return false };
        if !after.jobs.iter().any(|parent| stand_ins.contains_key(parent)) {
            return false;
        }
        let mut seen = HashSet::new();
        after.jobs.iter_mut().for_each(|parent| *parent = *stand_ins.get(parent).unwrap_or(parent));
        after.jobs.retain(|parent| seen.insert(*parent));
        self.state.waits_for = after.count();
        true
    }
}

impl AfterWhen {
    /// All of them, as they are written outside.
    pub const ALL: [AfterWhen; 2] = [AfterWhen::All, AfterWhen::Any];

    /// The name shown outside.
    pub fn as_str(self) -> &'static str {
        match self {
            AfterWhen::All => "all",
            AfterWhen::Any => "any",
        }
    }
}

impl FromStr for AfterWhen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|choice| choice.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is neither all nor any"))
    }
}

impl AfterFailed {
    /// All of them, as they are written outside.
    pub const ALL: [AfterFailed; 3] = [AfterFailed::Discard, AfterFailed::Run, AfterFailed::Wait];

    /// The name shown outside.
    pub fn as_str(self) -> &'static str {
        match self {
            AfterFailed::Discard => "discard",
            AfterFailed::Run => "run",
            AfterFailed::Wait => "wait",
        }
    }
}

impl FromStr for AfterFailed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|choice| choice.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is not one of discard, run and wait"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_reads_what_it_writes_and_refuses_the_rest() {
        for choice in AfterWhen::ALL {
            assert_eq!(choice.as_str().parse(), Ok(choice));
        }
        for choice in AfterFailed::ALL {
            assert_eq!(choice.as_str().parse(), Ok(choice));
        }
        assert!("some".parse::<AfterWhen>().unwrap_err().contains("all nor any"));
        assert!("fail".parse::<AfterFailed>().unwrap_err().contains("discard, run and wait"));
    }
}
