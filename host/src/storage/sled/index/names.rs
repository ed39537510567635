//! Queues and tasks by name: their settings and numbers, and which names are in use.
//!
//! A name is in use while it has jobs or settings. One that is not is forgotten when the request that
//! changed it has succeeded: until then it may be taken back.

use super::super::codec::{QueueRecord, TaskRecord};
use super::{Index, TaskCounts};
use crate::domain::claim::Symbol;
use crate::domain::{Gate, NamesInUse, QueueName, TaskName, Timestamp};
use crate::ports::{QueueStats, TaskStats};

impl NamesInUse for Index {
    fn has_queue(&self, name: &QueueName) -> bool {
        self.claims.queue_names().find(name).is_some_and(|queue| self.uses_queue(queue))
    }

    fn has_task(&self, name: &TaskName) -> bool {
        self.claims.task_names().find(name).is_some_and(|task| self.uses_task(task))
    }

    fn queues(&self) -> usize {
        self.used.queues
    }

    fn tasks(&self) -> usize {
        self.used.tasks
    }
}

/// Number of names in use.
#[derive(Default)]
pub struct Used {
    queues: usize,
    tasks: usize,
}

/// Queues and tasks that may be in use no longer.
#[derive(Default)]
pub struct Idle {
    queues: Vec<Symbol>,
    tasks: Vec<Symbol>,
}

impl Index {
    /// The symbol of a queue, which is counted from now on.
    pub(super) fn queue_symbol(&mut self, name: &QueueName) -> Symbol {
        let queue = self.claims.queue_symbol(name);
        if self.queues.len() <= queue.index() {
            self.queues.resize_with(queue.index() + 1, Default::default);
        }
        queue
    }

    /// The symbol of a task, which is counted from now on.
    pub(super) fn task_symbol(&mut self, name: &TaskName) -> Symbol {
        let task = self.claims.task_symbol(name);
        if self.tasks.len() <= task.index() {
            self.tasks.resize_with(task.index() + 1, Default::default);
        }
        task
    }

    /// Follows what was written about a queue; gives back what was before.
    pub(super) fn set_queue(&mut self, queue: Symbol, record: QueueRecord) -> QueueRecord {
        let (settings, rate_state) = self.claims.queue_settings(queue);
        let was_used = self.uses_queue(queue);
        self.claims.set_queue(queue, record.settings, record.rate_state);
        self.used.queues -= usize::from(was_used);
        self.note_queue(queue);
        QueueRecord { settings, rate_state }
    }

    /// Follows what was written about a task; gives back what was before.
    pub(super) fn set_task(&mut self, task: Symbol, record: TaskRecord) -> TaskRecord {
        let (settings, rate_state) = self.claims.task_settings(task);
        let was_used = self.uses_task(task);
        self.claims.set_task(task, record.settings, record.rate_state);
        self.used.tasks -= usize::from(was_used);
        self.note_task(task);
        TaskRecord { settings, rate_state }
    }

    /// Counts a queue and a task no longer, before one of their jobs changes.
    pub(super) fn uncount_names(&mut self, queue: Symbol, task: Symbol) {
        self.used.queues -= usize::from(self.uses_queue(queue));
        self.used.tasks -= usize::from(self.uses_task(task));
    }

    /// Counts a queue and a task again, after one of their jobs changed.
    pub(super) fn count_names(&mut self, queue: Symbol, task: Symbol) {
        self.note_queue(queue);
        self.note_task(task);
    }

    /// Counts a queue if it is in use, and else remembers that it may be forgotten.
    fn note_queue(&mut self, queue: Symbol) {
        match self.uses_queue(queue) {
            true => self.used.queues += 1,
            false => self.idle.queues.push(queue),
        }
    }

    /// Counts a task if it is in use, and else remembers that it may be forgotten.
    fn note_task(&mut self, task: Symbol) {
        match self.uses_task(task) {
            true => self.used.tasks += 1,
            false => self.idle.tasks.push(task),
        }
    }

    /// Forgets the names that are in use no longer. What took them out of use cannot be taken back then.
    pub fn forget_idle(&mut self) {
        for queue in std::mem::take(&mut self.idle.queues) {
            if !self.uses_queue(queue) {
                self.claims.forget_queue(queue);
                self.queues[queue.index()] = Default::default();
            }
        }
        for task in std::mem::take(&mut self.idle.tasks) {
            if !self.uses_task(task) {
                self.claims.forget_task(task);
            }
        }
    }

    fn uses_queue(&self, queue: Symbol) -> bool {
        let (settings, rate_state) = self.claims.queue_settings(queue);
        !self.queues[queue.index()].is_empty()
            || QueueRecord { settings, rate_state } != QueueRecord::default()
    }

    fn uses_task(&self, task: Symbol) -> bool {
        let (settings, rate_state) = self.claims.task_settings(task);
        !self.tasks[task.index()].is_empty() || TaskRecord { settings, rate_state } != TaskRecord::default()
    }

    /// A queue's settings, and when its rate expects the next start.
    pub fn queue_record(&self, name: &QueueName) -> QueueRecord {
        let known = self.claims.queue_names().find(name).map(|queue| self.claims.queue_settings(queue));
        let (settings, rate_state) = known.unwrap_or_default();
        QueueRecord { settings, rate_state }
    }

    /// A task's settings, and when its rate expects the next start.
    pub fn task_record(&self, name: &TaskName) -> TaskRecord {
        let known = self.claims.task_names().find(name);
        known.map_or_else(TaskRecord::default, |task| {
            let (settings, rate_state) = self.claims.task_settings(task);
            TaskRecord { settings, rate_state }
        })
    }

    /// The gate before a queue.
    pub fn queue_gate(&self, name: &QueueName) -> Gate {
        let known = self.claims.queue_names().find(name);
        known.map(|queue| self.claims.queue_gate(queue)).unwrap_or_default()
    }

    /// The gate before a task.
    pub fn task_gate(&self, name: &TaskName) -> Gate {
        let known = self.claims.task_names().find(name);
        known.map(|task| self.claims.task_gate(task)).unwrap_or_default()
    }

    /// One queue in numbers, if it has jobs or settings.
    pub fn queue_stats(&mut self, name: &QueueName, now: Timestamp) -> Option<QueueStats> {
        let queue = self.claims.queue_names().find(name)?;
        self.stats_of_queue(name, queue, now)
    }

    /// The first `limit` queues behind this one, by name, that have jobs or settings.
    pub fn queues_after(
        &mut self,
        after: Option<&QueueName>,
        limit: usize,
        now: Timestamp,
    ) -> Vec<QueueStats> {
        let names = self.claims.queue_names().after(after).take(limit);
        let names: Vec<_> = names.map(|(name, queue)| (name.clone(), queue)).collect();
        names.into_iter().filter_map(|(name, queue)| self.stats_of_queue(&name, queue, now)).collect()
    }

    fn stats_of_queue(&mut self, name: &QueueName, queue: Symbol, now: Timestamp) -> Option<QueueStats> {
        let (settings, _) = self.claims.queue_settings(queue);
        let stats = self.uses_queue(queue).then(|| self.queues[queue.index()].stats(name, now))?;
        Some(QueueStats { settings, ..stats })
    }

    /// One task in numbers, if it has jobs or settings.
    pub fn task_stats(&self, name: &TaskName) -> Option<TaskStats> {
        let task = self.claims.task_names().find(name)?;
        self.stats_of_task(name, task)
    }

    /// The first `limit` tasks behind this one, by name, that have jobs or settings.
    pub fn tasks_after(&self, after: Option<&TaskName>, limit: usize) -> Vec<TaskStats> {
        let names = self.claims.task_names().after(after).take(limit);
        names.filter_map(|(name, task)| self.stats_of_task(name, task)).collect()
    }

    fn stats_of_task(&self, name: &TaskName, task: Symbol) -> Option<TaskStats> {
        let (settings, _) = self.claims.task_settings(task);
        let counts = &self.tasks[task.index()];
        let TaskCounts { live, running, finals } = *counts;
        self.uses_task(task).then(|| TaskStats { name: name.clone(), live, running, finals, settings })
    }
}
