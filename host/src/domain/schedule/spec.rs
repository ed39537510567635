//! The specification of a schedule, and its validation.

use std::time::Duration;

use super::Cadence;
use crate::domain::{JobOptions, JobRequest, RequestProblem, Submitter, Timestamp, closed_set};

/// The shortest period. More frequent work belongs in a loop inside one job.
const PERIOD_MIN: Duration = Duration::from_secs(1);
/// The longest period.
const PERIOD_MAX: Duration = Duration::from_secs(10 * 366 * 24 * 3600);

/// The specification of a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleSpec {
    /// Its cadence.
    pub cadence: Cadence,
    /// The effect of missed ticks.
    pub missed: Missed,
    /// The effect of a tick while the job of the last one is not final.
    pub overlap: Overlap,
    /// The last time at which it may tick.
    pub until: Option<Timestamp>,
    /// The job of every tick.
    pub job: JobRequest,
    /// The submitter of its jobs, who wrote it.
    pub submitter: Submitter,
}

closed_set! {
    /// The effect of missed ticks: those more than a minute late.
    #[default(Skip)]
    pub enum Missed {
        /// None: the schedule goes on with the next tick.
        Skip = "skip",
        /// One job stands for all missed ticks.
        Once = "once",
        /// Each missed tick makes its job.
        All = "all",
    }
}

closed_set! {
    /// The effect of a tick while the job of the last one is not final.
    #[default(Allow)]
    pub enum Overlap {
        /// It makes its job all the same.
        Allow = "allow",
        /// It is left out.
        Skip = "skip",
    }
}

impl ScheduleSpec {
    /// The first tick after this time that `until` allows.
    pub(super) fn next_after(&self, since: Timestamp, after: Timestamp) -> Option<Timestamp> {
        let next = self.cadence.next_after(since, after)?;
        Some(next).filter(|next| self.until.is_none_or(|until| *next <= until))
    }

    /// The problems of all fields. The pointers of its job begin with `/job`.
    pub fn problems(&self, now: Timestamp) -> Vec<RequestProblem> {
        let mut problems = Vec::new();
        let mut check = |wrong: bool, pointer: &str, detail: &str| {
            if wrong {
                problems.push(RequestProblem { pointer: pointer.to_owned(), detail: detail.to_owned() });
            }
        };
        let period_wrong = match self.cadence {
            Cadence::Every { period } => !(PERIOD_MIN..=PERIOD_MAX).contains(&period),
            Cadence::Cron { .. } => false,
        };
        let never = !period_wrong && self.next_after(now, now).is_none();
        check(period_wrong, "/every", "must be from \"1s\" to ten years");
        check(never, "/until", "is before the first time, so that the schedule would never run");
        let job = &self.job;
        check(
            job.run_at.is_some(),
            "/job/run_at",
            "must be left out: the schedule sets the time; to start later, use delay",
        );
        check(
            job.options.expires_at.is_some(),
            "/job/expires_at",
            "must be left out: every job would expire at that time; to end the schedule, use until",
        );
        check(
            job.after.is_some(),
            "/job/after",
            "must be left out: to chain jobs, submit them from the job of the schedule",
        );
        // A field that is refused here needs no second problem.
        let options = JobOptions { expires_at: None, ..job.options.clone() };
        let job = JobRequest { run_at: None, options, ..job.clone() };
        let job_problems = job
            .problems(now)
            .into_iter()
            .map(|problem| RequestProblem { pointer: format!("/job{}", problem.pointer), ..problem });
        problems.extend(job_problems);
        problems
    }
}
