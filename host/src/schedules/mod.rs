//! Use cases of schedules: write, show and remove them, and the ticker that makes their jobs. It submits jobs to the
//! storage port and never runs one.

mod fire;
mod run_now;
mod ticker;
mod write;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::domain::{RequestProblem, Schedule, ScheduleName};
use crate::intake::{Intake, UnknownTask};
use crate::ports::{Clock, Events, Ids, Registry, Storage, StorageError, StorageResult};

pub use ticker::Ticker;

/// The reason why a schedule was not written.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Fields are wrong.
    #[error("the schedule is not valid")]
    Invalid(Vec<RequestProblem>),
    /// No plugin offers the task of its job, and the job does not allow an unknown task.
    #[error(transparent)]
    UnknownTask(UnknownTask),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The ports that schedules need.
pub struct SchedulePorts {
    /// Storage of schedules and jobs.
    pub storage: Arc<dyn Storage>,
    /// The specifications of tasks.
    pub registry: Arc<dyn Registry>,
    /// Events, to wake the dispatcher.
    pub events: Arc<dyn Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of jobs.
    pub ids: Arc<dyn Ids>,
}

/// The use cases of schedules.
pub struct Schedules {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    intake: Arc<Intake>,
    /// Notifies the ticker that a schedule was written.
    written: Notify,
}

impl Schedules {
    /// The use cases over these ports.
    pub fn new(ports: SchedulePorts) -> Self {
        let SchedulePorts { storage, registry, events, clock, ids } = ports;
        let intake = Intake::new(storage.clone(), registry, events, ids.clone());
        Self { storage, clock, ids, intake, written: Notify::new() }
    }

    /// One schedule.
    pub async fn schedule(&self, name: ScheduleName) -> StorageResult<Option<Schedule>> {
        self.storage.schedule(name).await
    }

    /// All schedules, by name.
    pub async fn schedules(&self) -> StorageResult<Vec<Schedule>> {
        self.storage.schedules().await
    }
}
