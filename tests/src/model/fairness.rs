//! Whose turn it is, in the model.

use std::collections::BTreeMap;

use taskbox::domain::claim::CallerDigest;
use taskbox::domain::{self, FlowControl, Job, QueueName};

use super::Everything;

/// A fairness key; the jobs that name none share one.
type FairKey = Option<String>;

/// By whose turns a job starts.
type Share = (CallerDigest, FairKey);

/// A queue and a concurrency key in it.
pub(super) type KeyName = (QueueName, String);

/// Fair queueing of callers and their fairness keys.
pub(super) type FairQueues = domain::FairQueues<CallerDigest, FairKey>;

/// All turns, and how many jobs of each share and concurrency key were waiting.
#[derive(Clone, Default)]
pub(super) struct Fairness {
    /// Those over all jobs.
    pub(super) overall: FairQueues,
    /// Those within each concurrency key.
    within: BTreeMap<KeyName, FairQueues>,
    waiting: BTreeMap<(Share, Option<KeyName>), usize>,
}

impl Fairness {
    /// Those within a concurrency key.
    pub(super) fn within(&self, key: &KeyName) -> Option<&FairQueues> {
        self.within.get(key)
    }

    /// Lets a job start.
    pub(super) fn start(&mut self, job: &Job) {
        let (share, weight) = (share(job), weight(&job.spec.options.flow));
        self.each(key_name(job), |fair_queues| fair_queues.start(&share.0, &share.1, weight));
    }

    /// Changes the turns over all jobs, and those within a concurrency key.
    fn each(&mut self, key: Option<KeyName>, change: impl Fn(&mut FairQueues)) {
        change(&mut self.overall);
        key.into_iter().for_each(|key| change(self.within.entry(key).or_insert_with(FairQueues::in_rounds)));
    }
}

/// The concurrency key of a job.
pub(super) fn key_name(job: &Job) -> Option<KeyName> {
    Some((job.spec.queue.clone(), job.spec.options.flow.concurrency_key.clone()?))
}

/// By whose turns a job starts.
pub(super) fn share(job: &Job) -> Share {
    (job.spec.submitter.digest(), job.spec.options.flow.fairness_key.clone())
}

/// The weight of a job's fairness key; those that name none share one of weight 1.
fn weight(flow: &FlowControl) -> u16 {
    if flow.fairness_key.is_some() { flow.fairness_weight } else { 1 }
}

impl Everything {
    /// Lets the turns know who began and who ended to wait. Called after each change of one job.
    pub(super) fn follow_fairness(&mut self) {
        let mut waiting = BTreeMap::new();
        for row in self.jobs.values().filter(|row| row.job.state.due_at().is_some()) {
            *waiting.entry((share(&row.job), key_name(&row.job))).or_default() += 1;
        }
        let before = std::mem::take(&mut self.fairness.waiting);
        let count = |counts: &BTreeMap<_, usize>, of| counts.get(of).copied().unwrap_or(0);
        for (of @ ((caller, fair), key), now) in &waiting {
            let wait = |_| self.fairness.each(key.clone(), |fair_queues| fair_queues.wait(caller, fair));
            (count(&before, of)..*now).for_each(wait);
        }
        for (of @ ((caller, fair), key), then) in &before {
            let leave = |_| self.fairness.each(key.clone(), |fair_queues| fair_queues.leave(caller, fair));
            (count(&waiting, of)..*then).for_each(leave);
        }
        self.fairness.waiting = waiting;
    }
}
