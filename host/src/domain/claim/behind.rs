//! When those jobs may start that a claim leaves behind.

use super::row::Row;
use super::scan::Scan;
use super::scope::Scope;
use super::task_jobs::TaskJobs;
use crate::domain::{Admission, Timestamp};

/// The jobs that a claim leaves behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Behind {
    /// When the next job may start, as far as time decides it.
    pub next_due: Option<Timestamp>,
    /// Whether a job waits for a running one to end.
    pub held: bool,
}

impl TaskJobs {
    /// When those of its jobs may start that a claim did not take, if the task itself lets through this much.
    pub fn behind(&mut self, admission: Admission, scope: &Scope, scan: &mut Scan<'_>) -> Behind {
        let mut behind = Behind::default();
        if admission == Admission::Paused {
            return behind;
        }
        let due_at = self.look(scope, scan).next_due(scan.now);
        behind.held = admission == Admission::Full && due_at.is_some_and(|due_at| due_at <= scan.now);
        behind.next_due = due_at.and_then(|due_at| admission.next_start(due_at));
        behind.held = behind.held || self.is_held(scope, scan);
        self.wait_for_rates(admission, scope, scan, &mut behind);
        behind
    }

    /// Whether a due job waits for the end of another one of its queue.
    fn is_held(&mut self, scope: &Scope, scan: &mut Scan<'_>) -> bool {
        let Self { rows, full, shared, .. } = self;
        let is_due = |queue| {
            let look = rows.get_mut(&queue).map(|row: &mut Row| row.look(shared, scan));
            look.and_then(|look| look.next_due(scan.now)).is_some_and(|due_at| due_at <= scan.now)
        };
        scope.of(full).any(is_due)
    }

    /// Looks at the queues that wait for a time, the first one first, until those behind can say nothing new.
    fn wait_for_rates(
        &mut self,
        admission: Admission,
        scope: &Scope,
        scan: &mut Scan<'_>,
        behind: &mut Behind,
    ) {
        let Self { rows, rated, shared, .. } = self;
        for (time, queue) in rated.iter() {
            let is_known = match admission {
                Admission::Full => behind.held,
                _ => behind.next_due.is_some_and(|due_at| due_at <= *time),
            };
            if is_known {
                return;
            }
            *scan.steps += 1;
            if !scope.includes(*queue) {
                continue;
            }
            let look = rows.get_mut(queue).map(|row| row.look(shared, scan));
            let Some(due_at) = look.and_then(|look| look.next_due(scan.now)) else { continue };
            let admission = admission.and(Admission::At(*time));
            behind.held |= admission == Admission::Full && due_at <= scan.now;
            behind.next_due = behind.next_due.into_iter().chain(admission.next_start(due_at)).min();
        }
    }
}
