//! What a host says at one time.

use tokio::try_join;

use crate::cli::answer::{Answer, Part};
use crate::cli::client::Client;
use crate::domain::Timestamp;

/// The rows that are asked for; no terminal shows more.
const ROWS_MAX: u32 = 100;

/// Answers of a host.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The queues, with the numbers of their jobs.
    pub(super) queues: Answer,
    /// The tasks.
    pub(super) tasks: Answer,
    /// The newest running jobs.
    pub(super) running: Answer,
}

impl Snapshot {
    /// Asks the host.
    pub(super) async fn of(client: &Client) -> anyhow::Result<Self> {
        let (queues, tasks, running) = (
            format!("/v1/queues?limit={ROWS_MAX}"),
            format!("/v1/tasks?limit={ROWS_MAX}"),
            format!("/v1/jobs?state=running&limit={ROWS_MAX}"),
        );
        let (queues, tasks, running) =
            try_join!(client.get(&queues), client.get(&tasks), client.get(&running))?;
        Ok(Self { queues, tasks, running })
    }

    /// The time of the host.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.queues.time()
    }

    /// The jobs in a state, over all queues that were answered.
    pub(super) fn jobs(&self, state: &str) -> u64 {
        let count = |queue: Part<'_>| queue.get("counts")?.get(state)?.number();
        self.queues.items().into_iter().filter_map(count).sum()
    }
}
