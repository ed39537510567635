//! What the home page shows.

use askama::Template;

use super::chart::{Chart, Window};
use crate::api::Api;
use crate::api::pages::jobs::JobRow;
use crate::api::pages::plugins::size;
use crate::api::pages::state::StateMark;
use crate::api::pages::time::lasting;
use crate::domain::{GateSettings, JobFilter, StateName};
use crate::ports::{PageRequest, QueueStats, StorageError, StorageUsage};

/// Rows of each list.
const ROWS: usize = 10;

/// The host at a glance.
#[derive(Template)]
#[template(path = "home_view.html")]
pub(super) struct HomeView {
    states: Vec<StateCount>,
    window: Window,
    chart: Chart,
    queues: Vec<QueueLine>,
    more_queues: usize,
    running: Vec<JobRow>,
    failed: Vec<JobRow>,
    /// What storage takes of its disk, where it is known.
    disk: Option<Disk>,
}

struct Disk {
    used: String,
    free: String,
    /// Of a hundred.
    full: u64,
}

struct StateCount {
    mark: StateMark,
    count: u64,
    address: String,
}

/// A queue with jobs that wait or run, or that is held back.
struct QueueLine {
    name: String,
    waiting: u64,
    running: u64,
    /// The age of the oldest job that is due.
    latency: Option<String>,
    paused: bool,
}

impl HomeView {
    pub(super) async fn read(api: &Api, window: Window) -> Result<Self, StorageError> {
        let ended = api.queue.ended(window.length(), window.bars()).await?;
        let counts = api.queue.counts(&JobFilter::default()).await?.unwrap_or_default();
        let state = |state: StateName| StateCount {
            mark: StateMark::of(state),
            count: counts.of(Some(state)),
            address: format!("/jobs?state={state}"),
        };
        let now = api.clock.now();
        let mut queues: Vec<_> = api.queue.all_queues().await?.into_iter().filter(is_at_work).collect();
        // The longest wait first: it is what an operator looks for.
        queues.sort_by_key(|queue| (queue.oldest_due.is_none(), queue.oldest_due));
        let line = |queue: &QueueStats| QueueLine {
            name: queue.name.to_string(),
            waiting: queue.count(StateName::Available),
            running: queue.count(StateName::Running),
            latency: queue.oldest_due.map(|due| lasting(now.since(due))),
            paused: queue.settings.gate.paused,
        };
        Ok(Self {
            states: StateName::ALL.map(state).into(),
            window,
            chart: Chart::new(window, &ended),
            more_queues: queues.len().saturating_sub(ROWS),
            queues: queues.iter().take(ROWS).map(line).collect(),
            running: jobs(api, StateName::Running).await?,
            failed: jobs(api, StateName::Discarded).await?,
            disk: disk(api).await?,
        })
    }
}

async fn disk(api: &Api) -> Result<Option<Disk>, StorageError> {
    let StorageUsage { bytes, free_bytes, .. } = api.queue.usage().await?;
    let of = bytes.saturating_add(free_bytes);
    let disk = || Disk { used: size(bytes), free: size(free_bytes), full: bytes.saturating_mul(100) / of };
    Ok((of > 0).then(disk))
}

fn is_at_work(queue: &QueueStats) -> bool {
    let live: u64 = queue.live.values().sum();
    live > 0 || queue.settings.gate != GateSettings::default()
}

async fn jobs(api: &Api, state: StateName) -> Result<Vec<JobRow>, StorageError> {
    let filter = JobFilter { state: Some(state), ..JobFilter::default() };
    let found = api.queue.jobs(filter, PageRequest { limit: ROWS, before: None }).await?;
    let now = api.clock.now();
    Ok(found.jobs.iter().map(|full| JobRow::new(api, &full.job, now)).collect())
}
