//! Where a span belongs.

use super::recorder::is_on;
use crate::domain::{JobId, TraceParent};

/// A trace that is recorded, and the span in it below which another one is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    pub(super) trace: u128,
    pub(super) parent: Option<u64>,
}

impl Place {
    /// The place below the span that made a `traceparent`; none if its trace is not recorded.
    pub fn below(parent: &TraceParent) -> Option<Self> {
        if !is_on() || !parent.is_sampled() {
            return None;
        }
        let trace = u128::from_str_radix(parent.trace_id(), 16).ok()?;
        let parent = u64::from_str_radix(parent.span_id(), 16).ok()?;
        Some(Self { trace, parent: Some(parent) })
    }

    /// The place of what belongs to a job: in the trace of its submitter, or in one of its own, which has the id of the
    /// job.
    pub fn of_job(job: JobId, parent: Option<&TraceParent>) -> Option<Self> {
        match parent {
            Some(parent) => Self::below(parent),
            None => is_on().then(|| Self { trace: u128::from_be_bytes(*job.as_bytes()), parent: None }),
        }
    }
}
