//! Which jobs a claim takes: the heads of all queues whose gates are open, merged.
//!
//! A queue that lets nobody through is passed over whole, however many wait in it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::line::Line;
use crate::domain::{Gate, JobId, QueueName, Timestamp};

/// Due jobs, and what is left behind them.
#[derive(PartialEq, Eq, Debug, Default)]
pub struct Due {
    /// Who should run, in this order.
    pub ids: Vec<JobId>,
    /// The queues in which somebody else waits.
    pub behind: Vec<Behind>,
}

/// A queue in which jobs wait that the claim does not take.
#[derive(PartialEq, Eq, Debug)]
pub struct Behind {
    /// Its name.
    pub queue: QueueName,
    /// Its gate before the claim.
    pub gate: Gate,
    /// When the first of them falls due, or did.
    pub due_at: Timestamp,
}

/// The first `limit` due jobs of these queues, of each no more than its gate lets through.
pub fn merge<'a>(
    lines: impl Iterator<Item = (&'a QueueName, &'a Line)>,
    now: Timestamp,
    limit: usize,
) -> Due {
    let lines: Vec<_> = lines.map(|(name, line)| (name, line, line.gate())).collect();
    let mut due_jobs: Vec<_> =
        lines.iter().map(|(_, line, gate)| line.due(now).take(gate.admission(now).room())).collect();
    let mut taken = vec![0; lines.len()];
    let mut heads = BinaryHeap::new();
    for (index, jobs) in due_jobs.iter_mut().enumerate() {
        heads.extend(jobs.next().map(|place| Reverse((place, index))));
    }
    let mut ids = Vec::new();
    while ids.len() < limit
        && let Some(Reverse(((_, _, id), index))) = heads.pop()
    {
        ids.push(id);
        taken[index] += 1;
        heads.extend(due_jobs[index].next().map(|place| Reverse((place, index))));
    }
    drop(due_jobs);
    let behind = lines.into_iter().zip(taken).filter_map(|((name, line, gate), taken)| {
        let due_at = line.next_due(now, taken)?;
        Some(Behind { queue: name.clone(), gate, due_at })
    });
    Due { ids, behind: behind.collect() }
}
