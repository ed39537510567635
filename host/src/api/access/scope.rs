//! What a token allows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::Reach;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Submitting jobs and placing orders; seeing, cancelling, retrying and deleting those by their ids.
    Submit,
    /// Seeing orders, jobs, plugins, queues, tasks and schedules, whoever made them.
    Read,
    /// Seeing the same, acting on jobs of others, and changing plugins, grants, secrets, queues, tasks and
    /// schedules.
    Operate,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Scope; 3] = [Scope::Submit, Scope::Read, Scope::Operate];

    /// The name of the scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Submit => "submit",
            Scope::Read => "read",
            Scope::Operate => "operate",
        }
    }

    /// How far it reaches to what others submitted.
    pub(super) fn reach(self) -> Reach {
        match self {
            Scope::Submit => Reach::Own,
            Scope::Read => Reach::Read,
            Scope::Operate => Reach::Operate,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is not a scope; the scopes are submit, read and operate"))
    }
}
