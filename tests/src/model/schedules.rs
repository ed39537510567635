//! Schedules in the model.

use async_trait::async_trait;
use taskbox::domain::{Schedule, ScheduleName, ScheduleSpec, Timestamp};
use taskbox::ports::{DueSchedules, Fired, Firing, ScheduleStore, StorageResult};

use super::ModelStorage;

#[async_trait]
impl ScheduleStore for ModelStorage {
    async fn put_schedule(
        &self,
        name: ScheduleName,
        spec: ScheduleSpec,
        now: Timestamp,
    ) -> StorageResult<Schedule> {
        self.write(|all| {
            let schedule = Schedule::written(name.clone(), spec, all.schedules.get(&name), now);
            all.schedules.insert(name, schedule.clone());
            Ok(schedule)
        })
    }

    async fn remove_schedule(&self, name: ScheduleName) -> StorageResult<bool> {
        self.write(|all| Ok(all.schedules.remove(&name).is_some()))
    }

    async fn schedule(&self, name: ScheduleName) -> StorageResult<Option<Schedule>> {
        Ok(self.read(|all| all.schedules.get(&name).cloned()))
    }

    async fn schedules(&self) -> StorageResult<Vec<Schedule>> {
        Ok(self.read(|all| all.schedules.values().cloned().collect()))
    }

    async fn due_schedules(&self, now: Timestamp, limit: usize) -> StorageResult<DueSchedules> {
        Ok(self.read(|all| {
            let tick = |schedule: &Schedule| Some((schedule.state.next_at?, schedule.name.clone()));
            let mut ticks: Vec<_> = all.schedules.values().filter_map(tick).collect();
            ticks.sort();
            let due = ticks.iter().take_while(|(at, _)| *at <= now).take(limit);
            let schedules: Vec<_> = due.map(|(_, name)| all.schedules[name].clone()).collect();
            let next_at = ticks.get(schedules.len()).map(|(at, _)| *at);
            DueSchedules { schedules, next_at }
        }))
    }

    async fn fire(&self, firing: Firing) -> StorageResult<Fired> {
        self.write(|all| {
            if firing.expected.is_outdated(all.schedules.get(&firing.expected.name)) {
                return Ok(Fired::Taken);
            }
            let submitted = all.submit(firing.submission.clone())?;
            let moved_on = firing.moved_on(&submitted);
            all.schedules.insert(moved_on.name.clone(), moved_on);
            Ok(Fired::Done(submitted))
        })
    }
}
