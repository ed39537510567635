//! The steps that a job has taken, and what it may submit in the next one.

use std::collections::{HashMap, HashSet};

use super::transition::repeat_step;
use super::{
    AfterRequest, Digest, Grant, JobId, JobRequest, ParentName, RequestProblem, SubmittedStep,
    check_step_count, check_step_name,
};

/// The steps of a job, by name.
#[derive(Debug, Default)]
pub struct TakenSteps(HashMap<String, SubmittedStep>);

impl TakenSteps {
    /// These steps.
    pub fn new(steps: impl IntoIterator<Item = SubmittedStep>) -> Self {
        Self(steps.into_iter().map(|step| (step.name.clone(), step)).collect())
    }

    /// The step of this name, if it was taken.
    pub fn get(&self, name: &str) -> Option<&SubmittedStep> {
        self.0.get(name)
    }

    /// Adds a step.
    pub fn take(&mut self, step: SubmittedStep) {
        self.0.insert(step.name.clone(), step);
    }

    /// The first of these steps that was not taken.
    pub fn missing<'a>(&self, steps: &'a [String]) -> Option<&'a str> {
        steps.iter().find(|step| !self.0.contains_key(*step)).map(String::as_str)
    }

    /// The job of this step, if it was taken with the same submission. Refuses a wrong name, and another submission.
    pub fn repeat(&self, name: &str, fingerprint: &Digest) -> Result<Option<JobId>, String> {
        check_step_name(name)?;
        let taken = self.0.get(name).map(|taken| repeat_step(taken, fingerprint));
        taken.transpose().map_err(|refusal| refusal.to_string())
    }

    /// Refuses what the job may not submit in another step: by the grant of its plugin, by the steps before it, and by their
    /// number.
    pub fn check(&self, request: &JobRequest, grant: &Grant) -> Result<(), String> {
        grant.allow_submission(&request.task)?;
        if let Some(after) = &request.after {
            check_parents(after, &self.0.values().map(|step| step.job).collect())?;
        }
        check_step_count(self.0.len())?;
        request.options.callback_url.as_deref().map_or(Ok(()), |url| grant.allow_callback(url))
    }
}

/// Refuses parents that the job did not submit.
fn check_parents(after: &AfterRequest, own: &HashSet<JobId>) -> Result<(), String> {
    RequestProblem::refuse(after.problems(0))?;
    let is_own = |name: &&ParentName| matches!(name, ParentName::Job(id) if own.contains(id));
    match after.jobs.iter().position(|name| !is_own(&name)) {
        Some(index) => Err(format!("/after/{index}: must name a job that this job submitted")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AfterFailed, AfterWhen};

    fn step(name: &str, job: JobId) -> SubmittedStep {
        SubmittedStep { name: name.to_owned(), job, is_own: true, fingerprint: Digest::of(name.as_bytes()) }
    }

    #[test]
    fn only_jobs_that_were_submitted_by_this_one_are_waited_for() {
        let [own, other] = [[1; 16], [2; 16]].map(JobId::from_bytes);
        let after = |jobs: Vec<ParentName>| AfterRequest {
            jobs,
            when: AfterWhen::default(),
            on_failed: AfterFailed::default(),
        };
        let check = |jobs| check_parents(&after(jobs), &[own].into());
        assert_eq!(check(vec![ParentName::Job(own)]), Ok(()));
        let refused = check(vec![ParentName::Job(own), ParentName::Job(other)]).unwrap_err();
        assert!(refused.starts_with("/after/1: must name a job that this job submitted"), "{refused}");
        assert!(check(vec![ParentName::Index(0)]).is_err());
        assert!(check(Vec::new()).unwrap_err().contains("/after"));
    }

    #[test]
    fn a_step_submits_once_and_is_missing_until_then() {
        let job = JobId::from_bytes([1; 16]);
        let mut steps = TakenSteps::new([step("a", job)]);
        let same = |steps: &TakenSteps, name: &str| steps.repeat(name, &Digest::of(name.as_bytes()));
        assert_eq!((same(&steps, "a"), same(&steps, "b")), (Ok(Some(job)), Ok(None)));
        assert!(steps.repeat("a", &Digest::of(b"another")).is_err());
        assert!(same(&steps, "").unwrap_err().contains("1 to 128 bytes"));
        let wanted = ["a", "b"].map(str::to_owned);
        assert_eq!(steps.missing(&wanted), Some("b"));
        steps.take(step("b", job));
        assert_eq!((steps.missing(&wanted), steps.get("b").map(|step| step.job)), (None, Some(job)));
    }
}
