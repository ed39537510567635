//! The states that a job went through, with their times and how long each lasted.

use crate::api::pages::time::{When, lasting};
use crate::domain::{Job, Phase, StateName, Timestamp};

/// One state on the way of a job.
pub(super) struct Stop {
    pub(super) name: &'static str,
    /// The style of the state, or of one that was not reached.
    pub(super) style: &'static str,
    pub(super) is_present: bool,
    pub(super) when: Option<When>,
    /// What it did there and for how long, such as `waited 2.1 s`.
    pub(super) lasted: Option<String>,
}

/// The way of a job: scheduled, available, running, and its end.
pub(super) fn stops(job: &Job, now: Timestamp) -> Vec<Stop> {
    let times = Times::of(job, now);
    let present = job.state_name(now);
    let stop = |state: StateName, from: Option<Timestamp>, to: Option<Timestamp>, verb: &str| {
        let is_present =
            state == present || (state == StateName::Scheduled && present == StateName::Retryable);
        let style = match (is_present, from) {
            (true, _) => style(present),
            (false, Some(_)) => "passed",
            (false, None) => "ahead",
        };
        let until = to.or(is_present.then_some(now));
        let lasted = from.zip(until).filter(|(from, until)| !state.is_final() && until > from);
        Stop {
            name: if is_present { present.as_str() } else { state.as_str() },
            style,
            is_present,
            when: from.map(|from| When::new(from, now)),
            lasted: lasted.map(|(from, until)| format!("{verb} {}", lasting(until.since(from)))),
        }
    };
    let end = if present.is_final() { present } else { StateName::Completed };
    vec![
        stop(StateName::Scheduled, Some(times.created), times.due, "for"),
        stop(StateName::Available, times.due, times.started, "waited"),
        stop(StateName::Running, times.started, times.ended, "ran"),
        stop(end, times.ended, None, ""),
    ]
}

struct Times {
    created: Timestamp,
    /// When the latest attempt was due, if that is known.
    due: Option<Timestamp>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
}

impl Times {
    fn of(job: &Job, now: Timestamp) -> Self {
        let (spec, state) = (&job.spec, &job.state);
        let is_first = state.attempt <= 1;
        let (due, started) = match &state.phase {
            Phase::Pending { .. } => (state.due_at().filter(|due| *due <= now), None),
            Phase::Running { lease } => (Some(lease.due_at), state.attempted_at),
            // Of a later attempt it is not kept when it was due.
            _ => (Some(spec.run_at).filter(|_| is_first && spec.after.is_none()), state.attempted_at),
        };
        Self { created: spec.created_at, due, started, ended: state.phase.finalized_at() }
    }
}

fn style(state: StateName) -> &'static str {
    match state {
        StateName::Scheduled | StateName::Available | StateName::Retryable => "waiting",
        StateName::Running => "loading",
        StateName::Completed => "completed",
        StateName::Discarded => "failed",
        StateName::Cancelled => "cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, JobSpec};

    #[test]
    fn a_completed_job_passed_all_states_and_a_new_one_is_at_its_second() {
        let at = |seconds: u64| Timestamp::from_millis(1_000_000 + seconds * 1_000);
        let mut job = Job::new(JobSpec::new(JobId::from_bytes([1; 16]), "mail".parse().unwrap(), at(0)));
        let shown = |job: &Job, now| {
            let stops = stops(job, now).into_iter();
            stops
                .map(|stop| format!("{} {} {}", stop.name, stop.style, stop.lasted.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        let new = shown(&job, at(3));
        assert_eq!(new[..2], ["scheduled passed ", "available waiting waited 3.0 s"]);
        assert_eq!(new[2..], ["running ahead ", "completed ahead "]);
        job.state.attempt = 1;
        job.state.attempted_at = Some(at(4));
        job.state.phase = Phase::Discarded { at: at(20) };
        let done = shown(&job, at(60));
        assert_eq!(
            done[1..],
            ["available passed waited 4.0 s", "running passed ran 16 s", "discarded failed "]
        );
    }
}
