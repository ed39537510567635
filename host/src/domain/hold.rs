//! Why a waiting job has not started, for people and programs.

use std::fmt;

use super::{
    Admission, EventName, Gate, Job, JobId, KeyAdmission, KeyGate, Phase, TaskHold, Timestamp, closed_set,
};

/// The gates that a waiting job has to pass, as storage knows them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JobGates {
    /// That of its queue.
    pub queue: Gate,
    /// That of its task.
    pub task: Gate,
    /// That of its concurrency key, if it has one.
    pub key: Option<KeyGate>,
    /// A running job of the same key, if the key is full.
    pub key_holder: Option<JobId>,
}

closed_set! {
    /// The reason why a waiting job has not started.
    pub enum HoldReason {
        /// It is due later.
        Due = "due",
        /// It waits for other jobs.
        Jobs = "jobs",
        /// It waits for an event.
        Event = "event",
        /// No active plugin offers its task.
        UnknownTask = "unknown-task",
        /// The code of its task is not ready on this host.
        NotReady = "not-ready",
        /// Its queue is paused.
        QueuePaused = "queue-paused",
        /// Its task is paused.
        TaskPaused = "task-paused",
        /// As many jobs of its queue run as may.
        QueueConcurrency = "queue-concurrency",
        /// As many jobs of its task run as may.
        TaskConcurrency = "task-concurrency",
        /// The rate of its queue lets none start before a time.
        QueueRate = "queue-rate",
        /// The rate of its task lets none start before a time.
        TaskRate = "task-rate",
        /// As many jobs of its concurrency key run as may.
        Key = "key",
        /// An earlier job of its key comes first, in strict order.
        Order = "order",
        /// It may start: others go first, or the hosts are busy.
        Turn = "turn",
    }
}

/// One of the reasons why a waiting job has not started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hold {
    /// The reason.
    pub reason: HoldReason,
    /// The number that the reason has: of jobs that it waits for, or that may run.
    pub count: Option<u64>,
    /// When it ends, if time ends it.
    pub until: Option<Timestamp>,
    /// The job that it waits for, if it is one.
    pub job: Option<JobId>,
    /// The event that it waits for.
    pub event: Option<EventName>,
}

impl Hold {
    fn new(reason: HoldReason) -> Self {
        Self { reason, count: None, until: None, job: None, event: None }
    }

    /// All reasons why a job has not started: none if it does not wait, and at least one if it does.
    pub fn all(job: &Job, gates: Option<&JobGates>, task: Option<TaskHold>, now: Timestamp) -> Vec<Self> {
        if !matches!(job.state.phase, Phase::Pending { .. }) {
            return Vec::new();
        }
        let mut holds: Vec<_> = Self::of_job(job, now).into_iter().chain(task.map(Self::of_task)).collect();
        if let Some(gates) = gates {
            let [paused, full, rate] =
                [HoldReason::QueuePaused, HoldReason::QueueConcurrency, HoldReason::QueueRate];
            holds.extend(Self::of_gate(&gates.queue, [paused, full, rate], now));
            let [paused, full, rate] =
                [HoldReason::TaskPaused, HoldReason::TaskConcurrency, HoldReason::TaskRate];
            holds.extend(Self::of_gate(&gates.task, [paused, full, rate], now));
            holds.extend(gates.key.and_then(|key| Self::of_key(job, &key, gates.key_holder)));
        }
        if holds.is_empty() {
            holds.push(Self::new(HoldReason::Turn));
        }
        holds
    }

    fn of_job(job: &Job, now: Timestamp) -> Option<Self> {
        let state = &job.state;
        if let Some(wait) = state.waits_for_event() {
            let (event, until) = (Some(wait.event.clone()), state.due_at());
            return Some(Self { event, until, ..Self::new(HoldReason::Event) });
        }
        match state.due_at() {
            None => {
                let job = job.spec.after.as_ref().and_then(|after| after.jobs.first().copied());
                let job = job.filter(|_| state.waits_for == 1 && state.attempt == 0);
                Some(Self { count: Some(state.waits_for.into()), job, ..Self::new(HoldReason::Jobs) })
            }
            Some(due_at) if due_at > now => Some(Self { until: Some(due_at), ..Self::new(HoldReason::Due) }),
            Some(_) => None,
        }
    }

    fn of_task(hold: TaskHold) -> Self {
        Self::new(match hold {
            TaskHold::UnknownTask => HoldReason::UnknownTask,
            TaskHold::NotReady => HoldReason::NotReady,
        })
    }

    fn of_gate(gate: &Gate, [paused, full, rate]: [HoldReason; 3], now: Timestamp) -> Option<Self> {
        match gate.admission(now) {
            Admission::Paused => Some(Self::new(paused)),
            Admission::Full => {
                let count = gate.settings.concurrency.map(|most| u64::from(most.get()));
                Some(Self { count, ..Self::new(full) })
            }
            Admission::At(time) => Some(Self { until: Some(time), ..Self::new(rate) }),
            Admission::Room(_) => None,
        }
    }

    fn of_key(job: &Job, gate: &KeyGate, holder: Option<JobId>) -> Option<Self> {
        match gate.admission(job.spec.id, job.spec.options.flow.strict_order) {
            KeyAdmission::Open => None,
            KeyAdmission::Held => {
                let first = gate.first.filter(|first| first.runs).map(|first| first.id);
                let count = Some(gate.most.get().into());
                Some(Self { count, job: holder.or(first), ..Self::new(HoldReason::Key) })
            }
            KeyAdmission::Behind => {
                Some(Self { job: gate.first.map(|first| first.id), ..Self::new(HoldReason::Order) })
            }
        }
    }
}

/// One sentence, without its end, such as `its queue is paused`.
impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.count.unwrap_or_default();
        let jobs = if count == 1 { "1 job".to_owned() } else { format!("{count} jobs") };
        match self.reason {
            HoldReason::Due => f.write_str("it is due later")?,
            HoldReason::Jobs => write!(f, "it waits for {jobs} to end")?,
            HoldReason::Event => f.write_str("it waits for an event")?,
            HoldReason::UnknownTask => f.write_str("no active plugin offers its task")?,
            HoldReason::NotReady => f.write_str("the code of its task is not ready on this host")?,
            HoldReason::QueuePaused => f.write_str("its queue is paused")?,
            HoldReason::TaskPaused => f.write_str("its task is paused")?,
            HoldReason::QueueConcurrency => write!(f, "its queue is at its limit of {count}")?,
            HoldReason::TaskConcurrency => write!(f, "its task is at its limit of {count}")?,
            HoldReason::QueueRate => f.write_str("the rate of its queue is used up")?,
            HoldReason::TaskRate => f.write_str("the rate of its task is used up")?,
            HoldReason::Key => write!(f, "its concurrency key is at its limit of {count}")?,
            HoldReason::Order => f.write_str("an earlier job of its key comes first")?,
            HoldReason::Turn => f.write_str("it may start: others go first, or the hosts are busy")?,
        }
        self.event.iter().try_for_each(|event| write!(f, ": {event}"))?;
        self.job.iter().try_for_each(|job| write!(f, ": job {job}"))?;
        self.until.iter().try_for_each(|until| write!(f, ", until {until}"))
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use super::*;
    use crate::domain::{FirstInOrder, GateSettings, JobSpec};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const OTHER: JobId = JobId::from_bytes([9; 16]);

    fn job() -> Job {
        Job::new(JobSpec::new(JobId::from_bytes([1; 16]), "mail".parse().unwrap(), NOW))
    }

    fn open() -> JobGates {
        JobGates { queue: Gate::default(), task: Gate::default(), key: None, key_holder: None }
    }

    fn said(job: &Job, gates: JobGates, task: Option<TaskHold>) -> Vec<String> {
        Hold::all(job, Some(&gates), task, NOW).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_job_that_may_start_waits_for_its_turn_and_a_final_one_for_nothing() {
        assert_eq!(said(&job(), open(), None), ["it may start: others go first, or the hosts are busy"]);
        let mut done = job();
        done.state.phase = Phase::Completed { at: NOW };
        assert_eq!(said(&done, open(), None), [""; 0]);
    }

    #[test]
    fn every_reason_is_named() {
        let mut later = job();
        later.state.phase = Phase::Pending { due_at: NOW.plus(Duration::from_secs(60)) };
        let paused =
            Gate { settings: GateSettings { paused: true, ..Default::default() }, ..Gate::default() };
        let most = GateSettings { concurrency: NonZeroU32::new(2), ..Default::default() };
        let full = Gate { settings: most, running: 2, ..Gate::default() };
        let gates = JobGates { queue: paused, task: full, ..open() };
        let told = said(&later, gates, Some(TaskHold::UnknownTask));
        assert_eq!(told.len(), 4);
        assert!(told[0].starts_with("it is due later, until 2027-01-15T08:01:00"), "{}", told[0]);
        assert_eq!(told[1], "no active plugin offers its task");
        assert_eq!(told[2], "its queue is paused");
        assert_eq!(told[3], "its task is at its limit of 2");
    }

    #[test]
    fn a_rate_ends_at_a_time() {
        let settings = GateSettings { rate: "1/1m".parse().ok(), ..Default::default() };
        let used = Gate { settings, ..Gate::default() }.after(1, NOW);
        let holds = Hold::all(&job(), Some(&JobGates { queue: used, ..open() }), None, NOW);
        assert_eq!(holds[0].reason, HoldReason::QueueRate);
        assert_eq!(holds[0].until, Some(NOW.plus(Duration::from_secs(60))));
    }

    #[test]
    fn a_key_names_the_job_that_holds_it() {
        let mut strict = job();
        strict.spec.options.flow.strict_order = true;
        let gate = |running, runs| {
            let first = Some(FirstInOrder { id: OTHER, runs });
            Some(KeyGate { most: NonZeroU32::MIN, running, first })
        };
        let holds = |key, key_holder| {
            Hold::all(&strict, Some(&JobGates { key, key_holder, ..open() }), None, NOW).remove(0)
        };
        let held = holds(gate(1, true), Some(OTHER));
        assert_eq!((held.reason, held.job), (HoldReason::Key, Some(OTHER)));
        let behind = holds(gate(0, false), None);
        assert_eq!((behind.reason, behind.job), (HoldReason::Order, Some(OTHER)));
        assert!(behind.to_string().ends_with(&format!("comes first: job {OTHER}")));
    }

    #[test]
    fn parents_are_counted_and_a_single_one_is_named() {
        use crate::domain::{After, AfterFailed, AfterWhen};
        let mut child = job();
        let after = |jobs| After { jobs, when: AfterWhen::All, on_failed: AfterFailed::default() };
        child.spec.after = Some(after(vec![OTHER]));
        child.state.waits_for = 1;
        assert_eq!(said(&child, open(), None), [format!("it waits for 1 job to end: job {OTHER}")]);
        child.state.waits_for = 3;
        assert_eq!(said(&child, open(), None), ["it waits for 3 jobs to end"]);
    }
}
