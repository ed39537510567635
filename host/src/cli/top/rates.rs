//! Rates, from two looks at a host.

use super::snapshot::Snapshot;

/// Jobs that became final per second between two snapshots; none within the same second, or if retention deleted more.
pub(super) fn final_per_second(before: &Snapshot, now: &Snapshot) -> Option<f64> {
    let sum = |snapshot: &Snapshot| -> u64 {
        ["completed", "discarded", "cancelled"].iter().map(|state| snapshot.jobs(state)).sum()
    };
    let seconds = now.time()?.since(before.time()?).as_secs_f64();
    let count = sum(now).checked_sub(sum(before))?;
    (seconds > 0.0).then(|| count as f64 / seconds)
}
