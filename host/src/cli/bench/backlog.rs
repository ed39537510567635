//! The backlog of waiting jobs.

use super::host::BenchHost;
use super::load;

/// The number of jobs in a large backlog.
pub(super) const LARGE: usize = 1_000_000;

/// Submits a backlog of this many jobs, of the usual priority.
pub(super) async fn fill(host: &BenchHost, jobs: usize) -> anyhow::Result<()> {
    load::submit_batches(host, jobs, load::batch(0)).await
}
