//! One claim as it goes on: which job is next, and what is left behind.
//!
//! Each start changes the index before the next job is looked for, so that the order is that of claims of
//! one job each.

use std::collections::HashMap;

use super::ClaimIndex;
use super::behind::Behind;
use super::scope::Scope;
use super::symbols::Symbol;
use crate::domain::{Admission, Code, JobId, PluginName, QueueChoice, TaskName, Timestamp};

/// A claimant: what it may and can run.
#[derive(Clone, Copy)]
pub struct Claimant<'a> {
    /// The queues that it works.
    pub queues: &'a QueueChoice,
    /// The tasks that it runs, and by which code.
    pub routes: &'a HashMap<TaskName, Code>,
    /// Number of attempts of a plugin that it has capacity for; of one that is not named, any number.
    pub capacity: &'a HashMap<PluginName, usize>,
    /// The time.
    pub now: Timestamp,
}

/// A claim as it goes on.
pub struct ClaimPlan<'a> {
    now: Timestamp,
    scope: Scope,
    /// The tasks that the claimant runs and that are known, and their plugins.
    tasks: Vec<(Symbol, &'a PluginName)>,
    /// Number of attempts of a plugin that it has capacity for.
    capacity: HashMap<&'a PluginName, usize>,
    /// The plugin of the job that is next.
    next: Option<&'a PluginName>,
}

impl<'a> ClaimPlan<'a> {
    /// Begins a claim.
    pub fn new(claimant: Claimant<'a>, index: &mut ClaimIndex) -> Self {
        let Claimant { queues, routes, capacity, now } = claimant;
        index.move_to(now);
        index.settle_turns();
        let scope = Scope::new(queues, &index.queue_names);
        scope.named().for_each(|queue| index.choose(queue));
        let known =
            |(name, code): (&TaskName, &'a Code)| Some((index.task_names.find(name)?, code.grantee()));
        let tasks: Vec<_> = routes.iter().filter_map(known).collect();
        tasks.iter().for_each(|(task, _)| index.offer(*task));
        let capacity = capacity.iter().map(|(name, free)| (name, *free)).collect();
        Self { now, scope, tasks, capacity, next: None }
    }

    /// The due job that should start next. The caller lets the index follow it before it asks again.
    pub fn next(&mut self, index: &mut ClaimIndex) -> Option<JobId> {
        let (tasks, mut scan) = index.scan(self.now);
        let mut best = None;
        for (task, plugin) in &self.tasks {
            let jobs = &mut tasks[task.index()];
            if jobs.is_empty()
                || free_of(&self.capacity, plugin) == 0
                || jobs.gate().admission(self.now).room() == 0
            {
                continue;
            }
            let first = jobs.look(&self.scope, &mut scan).first.map(|rank| (rank, *plugin));
            best = best.into_iter().chain(first).min();
        }
        let (rank, plugin) = best?;
        self.next = Some(plugin);
        Some(rank.head().position.1)
    }

    /// Counts the start of the job that was next.
    pub fn count_start(&mut self) {
        if let Some(free) = self.next.and_then(|plugin| self.capacity.get_mut(plugin)) {
            *free = free.saturating_sub(1);
        }
    }

    /// When those may start that were not taken.
    pub fn behind(&self, index: &mut ClaimIndex) -> Behind {
        let held = self.scope.of(&index.holding).next().is_some();
        let mut behind = Behind { next_due: None, held };
        let (tasks, mut scan) = index.scan(self.now);
        for (task, plugin) in &self.tasks {
            let jobs = &mut tasks[task.index()];
            if jobs.is_empty() {
                continue;
            }
            let places = Admission::of_places(free_of(&self.capacity, plugin));
            let admission = places.and(jobs.gate().admission(self.now));
            let of_task = jobs.behind(admission, &self.scope, &mut scan);
            behind.held |= of_task.held;
            behind.next_due = behind.next_due.into_iter().chain(of_task.next_due).min();
        }
        behind
    }
}

fn free_of(capacity: &HashMap<&PluginName, usize>, plugin: &PluginName) -> usize {
    capacity.get(plugin).copied().unwrap_or(usize::MAX)
}
