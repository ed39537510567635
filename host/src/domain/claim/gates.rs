//! Opening and closing of queues, and the queues that are kept apart and in order.

use super::ClaimIndex;
use super::queue_access::QueueAccess;
use super::queue_jobs::QueueJobs;
use super::ready::Ready;
use super::scan::Scan;
use super::symbols::Symbol;
use super::task_jobs::TaskJobs;
use crate::domain::Timestamp;

impl ClaimIndex {
    /// Notifies the tasks whether a queue is open, after a change that may decide it.
    pub(super) fn refresh(&mut self, queue: Symbol) {
        let known = &mut self.queues[queue.index()];
        let opens_at = known.opens_at();
        if known.listed != opens_at {
            if let Some(time) = std::mem::replace(&mut known.listed, opens_at) {
                self.rated.remove(&(time, queue));
            }
            self.rated.extend(opens_at.map(|time| (time, queue)));
        }
        let access = known.access_at(self.as_of);
        self.set_access(queue, access);
    }

    fn set_access(&mut self, queue: Symbol, access: QueueAccess) {
        let known = &mut self.queues[queue.index()];
        let before = std::mem::replace(&mut known.access, access);
        if before == access {
            return;
        }
        let waiting: Vec<Symbol> = known.tasks.iter().copied().collect();
        let (tasks, steps) = (&mut self.tasks, &mut self.steps);
        let mut ready = Ready { queue, access, offered: &mut known.tasks, tasks, steps };
        waiting.into_iter().for_each(|task| ready.refit(task, before));
    }

    /// Opens and closes queues with a rate as it must be at this time.
    pub(super) fn move_to(&mut self, now: Timestamp) {
        let (from, to) = (self.as_of.min(now), self.as_of.max(now));
        self.as_of = now;
        if from == to {
            return;
        }
        let first = (from.plus(std::time::Duration::from_millis(1)), Symbol::FIRST);
        let between = self.rated.range(first..).take_while(|(time, _)| *time <= to);
        let queues: Vec<Symbol> = between.map(|(_, queue)| *queue).collect();
        queues.into_iter().for_each(|queue| self.refresh(queue));
    }

    /// Keeps a queue apart from the others: some host does.
    pub(super) fn choose(&mut self, queue: Symbol) {
        let access = self.queues[queue.index()].access;
        self.set_access(queue, QueueAccess { chosen: true, ..access });
    }

    /// Keeps the jobs of a task in order: some host runs it.
    pub(super) fn offer(&mut self, task: Symbol) {
        if self.tasks[task.index()].is_offered() {
            return;
        }
        self.tasks[task.index()].offer();
        for queue in self.tasks[task.index()].queues() {
            let waiting = self.tasks[task.index()].keys(queue);
            let QueueJobs { access, tasks: offered, keys, .. } = &mut self.queues[queue.index()];
            let (tasks, steps) = (&mut self.tasks, &mut self.steps);
            let mut ready = Ready { queue, access: *access, offered, tasks, steps };
            waiting.into_iter().for_each(|key| keys.offer(key, task, &mut ready));
            ready.refit(task, ready.access);
        }
    }

    /// All tasks, and a look for the next job.
    pub(super) fn scan(&mut self, now: Timestamp) -> (&mut [TaskJobs], Scan<'_>) {
        self.looks += 1;
        let Self { tasks, fair_queues, queues, steps, .. } = self;
        (tasks, Scan { fair_queues, of_keys: queues, now, steps })
    }
}
