//! Use cases of schedules: writing and showing them, and the ticker that makes their jobs. It submits
//! jobs by the storage port and never runs one.

mod fire;
mod ticker;
mod write;

use std::sync::Arc;

use tokio::sync::Notify;

use crate::domain::{RequestProblem, Schedule, ScheduleName, TaskName};
use crate::ports::{Clock, Directory, Events, Ids, Storage, StorageError, StorageResult};

pub use ticker::Ticker;

/// Why a schedule was not written.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Fields are wrong.
    #[error("the schedule is not valid")]
    Invalid(Vec<RequestProblem>),
    /// Nobody offers the task of its job, and the writer did not insist.
    #[error("no active plugin offers the task {task}")]
    UnknownTask {
        /// The task that was asked for.
        task: TaskName,
        /// The tasks on offer.
        known: Vec<TaskName>,
    },
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The ports that schedules need.
pub struct SchedulePorts {
    /// Where they are, and their jobs.
    pub storage: Arc<dyn Storage>,
    /// What their tasks want.
    pub directory: Arc<dyn Directory>,
    /// Who wakes the dispatcher.
    pub events: Arc<dyn Events>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids of jobs.
    pub ids: Arc<dyn Ids>,
}

/// Schedules: writing, showing, ticking.
pub struct Schedules {
    ports: SchedulePorts,
    /// Tells the ticker that a schedule was written.
    written: Notify,
}

impl Schedules {
    /// The use cases over these ports.
    pub fn new(ports: SchedulePorts) -> Self {
        Self { ports, written: Notify::new() }
    }

    /// One schedule.
    pub async fn schedule(&self, name: ScheduleName) -> StorageResult<Option<Schedule>> {
        self.ports.storage.schedule(name).await
    }

    /// All schedules, by name.
    pub async fn schedules(&self) -> StorageResult<Vec<Schedule>> {
        self.ports.storage.schedules().await
    }
}
