//! The parents of a job, in its request.

use std::collections::HashSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{After, AfterFailed, AfterWhen, JobId, RequestProblem};

/// The most jobs that one job waits for.
const PARENTS_MAX: usize = 10_000;

/// The jobs to wait for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AfterRequest {
    /// The parents.
    pub jobs: Vec<ParentName>,
    /// How many of them must be final.
    pub when: AfterWhen,
    /// The effect on the job when one of them is discarded, cancelled or deleted.
    pub on_failed: AfterFailed,
}

/// The name of a parent in a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ParentName {
    /// The id of a stored job.
    Job(JobId),
    /// An earlier job of the same submission, by its index from 0.
    Index(usize),
}

impl FromStr for ParentName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            let right = "the id of a job, or in a batch \"$0\" for its first job, \"$1\" for its second";
            format!("{text:?} is not {right}")
        };
        match text.strip_prefix('$') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map(ParentName::Index).map_err(|_| wrong())
            }
            Some(_) => Err(wrong()),
            None => text.parse().map(ParentName::Job).map_err(|_| wrong()),
        }
    }
}

impl AfterRequest {
    /// The problems of the fields, for the job at this index of its submission.
    pub fn problems(&self, index: usize) -> Vec<RequestProblem> {
        let problem = |pointer: String, detail: String| RequestProblem { pointer, detail };
        if self.jobs.is_empty() || self.jobs.len() > PARENTS_MAX {
            let detail = format!("must name 1 to {PARENTS_MAX} jobs, or be left out");
            return vec![problem("/after".to_owned(), detail)];
        }
        let mut seen = HashSet::new();
        let detail = |name: &ParentName| match name {
            ParentName::Index(_) if index == 0 => {
                Some("names a job of the same batch before this one, and there is none".to_owned())
            }
            ParentName::Index(number) if *number >= index => {
                Some(format!("must name a job before this one, \"$0\" to \"${}\"", index - 1))
            }
            name if !seen.insert(*name) => Some("is given twice".to_owned()),
            _ => None,
        };
        let details = self.jobs.iter().map(detail).enumerate();
        let wrong = details.filter_map(|(index, detail)| Some(problem(format!("/after/{index}"), detail?)));
        wrong.collect()
    }

    /// The same with the ids of the submission's jobs for their indices.
    pub fn resolve(self, ids: &[JobId]) -> After {
        let resolve = |name| match name {
            ParentName::Job(id) => Some(id),
            ParentName::Index(index) => ids.get(index).copied(),
        };
        let jobs = self.jobs.into_iter().filter_map(resolve).collect();
        After { jobs, when: self.when, on_failed: self.on_failed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(names: &[&str]) -> AfterRequest {
        let jobs = names.iter().map(|name| name.parse().unwrap()).collect();
        AfterRequest { jobs, when: AfterWhen::All, on_failed: AfterFailed::Discard }
    }

    fn wrong(names: &[&str], index: usize) -> Vec<String> {
        after(names).problems(index).into_iter().map(|problem| problem.pointer).collect()
    }

    #[test]
    fn a_parent_is_named_by_its_id_or_its_index() {
        let id = JobId::from_bytes([7; 16]);
        assert_eq!(id.to_string().parse(), Ok(ParentName::Job(id)));
        assert_eq!("$12".parse(), Ok(ParentName::Index(12)));
        for text in ["", "$", "$-1", "$+1", "$1x", "12", "$99999999999999999999999"] {
            assert!(text.parse::<ParentName>().unwrap_err().contains("the id of a job"), "{text}");
        }
    }

    #[test]
    fn only_earlier_jobs_are_named_and_each_once() {
        assert_eq!(wrong(&["$0", "$1"], 2), [""; 0]);
        assert_eq!(wrong(&["$0", "$2", "$1", "$0"], 2), ["/after/1", "/after/3"]);
        assert_eq!(wrong(&["$0"], 0), ["/after/0"]);
        assert_eq!(wrong(&[], 2), ["/after"]);
    }

    #[test]
    fn indices_become_the_ids_of_the_submission() {
        let ids = [JobId::from_bytes([1; 16]), JobId::from_bytes([2; 16])];
        assert_eq!(after(&["$1", "$0"]).resolve(&ids).jobs, [ids[1], ids[0]]);
    }
}
