//! The result of a trial.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::job::TrialJob;
use super::journal::{Entry, Happening, Journal, SentRequest, SubmittedJob};
use super::mock::MockEntry;
use super::network::Traffic;
use super::{Ended, Trial};
use crate::domain::{Json, Outcome};

/// The result of a trial.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its attempts, at least one.
    pub attempts: Vec<Ended>,
    /// What happened, in its order.
    pub entries: Vec<Entry>,
    /// The checkpoints at the end.
    pub checkpoints: BTreeMap<String, Json>,
    /// What is wrong, whatever the outcome.
    pub problems: Vec<Problem>,
    /// Entries of the mock file that have answered nothing: number and URL of each.
    pub unused_mocks: Vec<(usize, String)>,
    /// Answers of servers, if they are recorded.
    pub recorded: Vec<MockEntry>,
    /// Its wall time.
    pub wall: Duration,
}

/// What is wrong with a trial, whatever its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Nothing answered a request. This line of a mock file would.
    Unanswered(String),
    /// An attempt did again what one before it had done.
    Repeated {
        /// The attempt.
        attempt: u32,
        /// What it did.
        what: String,
    },
    /// No attempt reached the step after which it was to be killed.
    NotReached {
        /// The step.
        step: String,
        /// The steps there were.
        steps: Vec<String>,
    },
}

impl Report {
    /// The outcome of the last attempt.
    pub fn outcome(&self) -> &Outcome {
        let last = self.attempts.last().expect("a trial has an attempt");
        &last.outcome
    }

    /// The requests, in the order of their answers.
    pub fn requests(&self) -> impl Iterator<Item = &SentRequest> {
        self.entries.iter().filter_map(|entry| match &entry.happening {
            Happening::Request(request) => Some(request),
            _ => None,
        })
    }

    /// The jobs that it submitted.
    pub fn submitted(&self) -> impl Iterator<Item = &SubmittedJob> {
        self.entries.iter().filter_map(|entry| match &entry.happening {
            Happening::Submitted(job) => Some(job),
            _ => None,
        })
    }
}

pub(super) fn report(
    trial: &Trial,
    attempts: Vec<Ended>,
    job: &TrialJob,
    journal: &Journal,
    traffic: &Traffic,
) -> Report {
    let entries = journal.entries();
    let mut problems: Vec<_> = unanswered(&entries).map(Problem::Unanswered).collect();
    problems.extend(repeated(&entries));
    if let Some(step) = trial.surroundings.fail_at.clone().filter(|_| job.killed_after().is_none()) {
        let steps = entries.iter().filter_map(|entry| step_of(&entry.happening)).map(str::to_owned).collect();
        problems.push(Problem::NotReached { step, steps });
    }
    Report {
        attempts,
        checkpoints: job.checkpoints(),
        problems,
        unused_mocks: traffic.rules().mocks.as_ref().map(|mocks| mocks.unused()).unwrap_or_default(),
        recorded: traffic.recorded(),
        wall: journal.elapsed(),
        entries,
    }
}

/// The lines of a mock file for requests that nothing answered, each once.
fn unanswered(entries: &[Entry]) -> impl Iterator<Item = String> {
    let mut seen = BTreeSet::new();
    entries.iter().filter_map(move |entry| match &entry.happening {
        Happening::Unanswered(line) if seen.insert(line) => Some(line.clone()),
        _ => None,
    })
}

/// The step that was taken by this.
fn step_of(happening: &Happening) -> Option<&str> {
    match happening {
        Happening::Checkpoint { name, .. } => Some(name),
        Happening::Submitted(job) => Some(&job.step),
        _ => None,
    }
}

/// What attempts did again: checkpoints that were there, and requests that were answered and may change something.
fn repeated(entries: &[Entry]) -> Vec<Problem> {
    let mut done: BTreeMap<String, u32> = BTreeMap::new();
    let mut problems = Vec::new();
    for Entry { attempt, happening, .. } in entries {
        let Some((key, what)) = effect(happening) else { continue };
        let first = *done.entry(key).or_insert(*attempt);
        if first != *attempt {
            problems.push(Problem::Repeated { attempt: *attempt, what });
        }
    }
    problems
}

/// What must not happen twice: a key to compare it by, and words for it.
fn effect(happening: &Happening) -> Option<(String, String)> {
    match happening {
        Happening::Checkpoint { name, .. } => Some((format!("step {name}"), format!("step {name}"))),
        Happening::Request(SentRequest { method, url, body, answer, .. }) => {
            let changes = !["GET", "HEAD", "OPTIONS"].contains(&method.as_str());
            let succeeded = matches!(answer, Ok(200..=299));
            let what = format!("{method} {url}");
            (changes && succeeded).then(|| (format!("{what} {}", String::from_utf8_lossy(body)), what))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::trial::AnsweredBy;

    fn request(attempt: u32, method: &str, body: &'static str, status: u16) -> Entry {
        let request = SentRequest {
            method: method.to_owned(),
            url: "https://a/".to_owned(),
            body: Bytes::from(body),
            by: AnsweredBy::Server,
            answer: Ok(status),
            took: Duration::ZERO,
        };
        Entry { attempt, at: Duration::ZERO, happening: Happening::Request(request) }
    }

    #[test]
    fn what_an_attempt_repeats_is_found_and_what_it_may_repeat_is_not() {
        let fine = [
            request(1, "POST", "a", 200),
            request(1, "POST", "a", 200),
            request(1, "GET", "", 200),
            request(1, "POST", "c", 503),
            request(2, "POST", "b", 200),
            request(2, "GET", "", 200),
            request(2, "POST", "c", 200),
        ];
        assert_eq!(repeated(&fine), []);
        let found = repeated(&[request(1, "POST", "a", 200), request(2, "POST", "a", 200)]);
        assert_eq!(found, [Problem::Repeated { attempt: 2, what: "POST https://a/".to_owned() }]);
    }
}
