//! The jobs that run, as this process knows them: a claim writes one row for all that it starts, and a
//! renewal writes none.
//!
//! So the state of a job that runs is read from here and not from its row, and its result is written without
//! reading anything. At open the jobs of the claims that are there are read once.

use std::collections::HashMap;

use super::codec::StateRecord;
use crate::domain::{JobId, JobSpec, Phase};

/// A job that runs.
#[derive(Clone)]
pub struct RunningJob {
    /// The specification.
    pub spec: JobSpec,
    /// Its state.
    pub record: StateRecord,
}

/// The undo of a change.
pub enum Undo {
    /// This was known of the job.
    Job(JobId, Option<Box<RunningJob>>),
}

/// The jobs that run, and of each claim how many.
#[derive(Default)]
pub struct Running {
    jobs: HashMap<JobId, Box<RunningJob>>,
    claims: HashMap<u64, usize>,
    latest: u64,
}

impl Running {
    /// A job that runs.
    pub fn get(&self, id: JobId) -> Option<&RunningJob> {
        self.jobs.get(&id).map(|job| &**job)
    }

    /// All jobs that run.
    pub fn all(&self) -> Vec<(JobSpec, StateRecord)> {
        self.jobs.values().map(|job| (job.spec.clone(), job.record.clone())).collect()
    }

    /// A number for a new claim, or for a job in strict order: larger than all before.
    pub fn next_number(&mut self) -> u64 {
        self.latest += 1;
        self.latest
    }

    /// Takes note of a number that was given before.
    pub fn saw(&mut self, number: u64) {
        self.latest = self.latest.max(number);
    }

    /// Number of running jobs of a claim.
    pub fn of_claim(&self, run: u64) -> usize {
        self.claims.get(&run).copied().unwrap_or(0)
    }

    /// Keeps a job in this state, or forgets it if it does not run. Returns the undo,
    /// and the claim of which this was the last running job.
    pub fn follow(&mut self, spec: &JobSpec, record: &StateRecord) -> (Undo, Option<u64>) {
        let runs = matches!(record.state.phase, Phase::Running { .. });
        let job = runs.then(|| Box::new(RunningJob { spec: spec.clone(), record: record.clone() }));
        self.replace(spec.id, job)
    }

    /// Forgets a job.
    pub fn forget(&mut self, id: JobId) -> (Undo, Option<u64>) {
        self.replace(id, None)
    }

    /// Takes a change back; of several, the last one first.
    pub fn undo(&mut self, Undo::Job(id, job): Undo) {
        self.replace(id, job);
    }

    fn replace(&mut self, id: JobId, job: Option<Box<RunningJob>>) -> (Undo, Option<u64>) {
        let come = job.as_ref().map(|job| job.record.run);
        let before = match job {
            Some(job) => self.jobs.insert(id, job),
            None => self.jobs.remove(&id),
        };
        come.into_iter().for_each(|run| *self.claims.entry(run).or_default() += 1);
        let gone = before.as_ref().map(|job| job.record.run);
        let ended = gone.filter(|run| self.leave(*run));
        (Undo::Job(id, before), ended)
    }

    /// Counts a job of a claim less; returns whether it was the last one.
    fn leave(&mut self, run: u64) -> bool {
        let Some(count) = self.claims.get_mut(&run) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.claims.remove(&run);
        }
        is_last
    }
}
