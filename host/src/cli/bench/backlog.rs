//! Jobs that wait.

use super::host::BenchHost;
use super::load;

/// How many jobs wait where many do.
pub(super) const LARGE: usize = 1_000_000;

/// Lets so many jobs wait, of the usual priority.
pub(super) async fn fill(host: &BenchHost, jobs: usize) -> anyhow::Result<()> {
    load::submit_batches(host, jobs, load::batch(0)).await
}
