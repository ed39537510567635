//! Queues and tasks in the model: their settings and their numbers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use taskbox::domain::{NamesInUse, Phase, QueueChange, QueueName, TaskChange, TaskName, Timestamp};
use taskbox::ports::{NamePageRequest, QueueStats, QueueStore, StorageResult, TaskStats, TaskStore};

use super::{Everything, ModelStorage};

#[async_trait]
impl QueueStore for ModelStorage {
    async fn configure_queue(
        &self,
        name: QueueName,
        change: QueueChange,
        now: Timestamp,
    ) -> StorageResult<()> {
        self.write(|all| {
            let gate = all.queue_gate(&name).changed(&change.gate, now);
            let settings = all.queues.get(&name).copied().unwrap_or_default().0.changed(&change);
            all.queues.insert(name, (settings, gate.rate_state));
            Ok(())
        })
    }

    async fn queue(&self, name: QueueName, now: Timestamp) -> StorageResult<Option<QueueStats>> {
        Ok(self.read(|all| all.queue_stats(now).into_iter().find(|stats| stats.name == name)))
    }

    async fn queues(
        &self,
        page: NamePageRequest<QueueName>,
        now: Timestamp,
    ) -> StorageResult<Vec<QueueStats>> {
        Ok(cut(self.read(|all| all.queue_stats(now)), page, |stats| &stats.name))
    }
}

#[async_trait]
impl TaskStore for ModelStorage {
    async fn configure_task(&self, name: TaskName, change: TaskChange, now: Timestamp) -> StorageResult<()> {
        self.write(|all| {
            let gate = all.task_gate(&name).changed(&change.gate, now);
            let settings = all.tasks.get(&name).copied().unwrap_or_default().0.changed(&change);
            all.tasks.insert(name, (settings, gate.rate_state));
            Ok(())
        })
    }

    async fn task(&self, name: TaskName) -> StorageResult<Option<TaskStats>> {
        Ok(self.read(Everything::task_stats).into_iter().find(|stats| stats.name == name))
    }

    async fn tasks(&self, page: NamePageRequest<TaskName>) -> StorageResult<Vec<TaskStats>> {
        Ok(cut(self.read(Everything::task_stats), page, |stats| &stats.name))
    }
}

fn cut<Row, Name: Ord>(
    rows: Vec<Row>,
    page: NamePageRequest<Name>,
    name: impl Fn(&Row) -> &Name,
) -> Vec<Row> {
    let is_behind = |row: &Row| page.after.as_ref().is_none_or(|after| name(row) > after);
    rows.into_iter().filter(is_behind).take(page.limit).collect()
}

impl NamesInUse for Everything {
    fn has_queue(&self, name: &QueueName) -> bool {
        self.queue_stats(Timestamp::default()).iter().any(|stats| stats.name == *name)
    }

    fn has_task(&self, name: &TaskName) -> bool {
        self.task_stats().iter().any(|stats| stats.name == *name)
    }

    fn queues(&self) -> usize {
        self.queue_stats(Timestamp::default()).len()
    }

    fn tasks(&self) -> usize {
        self.task_stats().len()
    }
}

impl Everything {
    fn queue_stats(&self, now: Timestamp) -> Vec<QueueStats> {
        let mut queues = BTreeMap::new();
        for (name, (settings, _)) in self.queues.iter().filter(|(_, said)| said.0 != Default::default()) {
            let stats = QueueStats { settings: *settings, ..QueueStats::empty(name.clone()) };
            queues.insert(name.clone(), stats);
        }
        for row in self.jobs.values() {
            let name = row.job.spec.queue.clone();
            let stats = queues.entry(name.clone()).or_insert_with(|| QueueStats::empty(name));
            let state = row.job.state_name(now);
            let counts = if state.is_final() { &mut stats.finals } else { &mut stats.live };
            *counts.entry(state).or_default() += 1;
            if let Some(due_at) = row.job.state.due_at().filter(|due_at| *due_at <= now) {
                stats.oldest_due = Some(stats.oldest_due.map_or(due_at, |oldest| oldest.min(due_at)));
            }
        }
        queues.into_values().collect()
    }

    fn task_stats(&self) -> Vec<TaskStats> {
        let mut tasks = BTreeMap::new();
        for (name, (settings, _)) in self.tasks.iter().filter(|(_, said)| said.0 != Default::default()) {
            tasks.insert(name.clone(), TaskStats { settings: *settings, ..TaskStats::empty(name.clone()) });
        }
        for row in self.jobs.values() {
            let name = row.job.spec.task.clone();
            let stats = tasks.entry(name.clone()).or_insert_with(|| TaskStats::empty(name));
            *(if row.job.state.phase.is_final() { &mut stats.finals } else { &mut stats.live }) += 1;
            stats.running += u64::from(matches!(row.job.state.phase, Phase::Running { .. }));
        }
        tasks.into_values().collect()
    }
}
