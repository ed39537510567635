//! One attempt, from the claim to the settlement.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tracing::{Instrument, Span, field, info, info_span};

use super::attempt_host::JobHost;
use super::capacity::CapacityPermit;
use super::running::{Registered, RunningAttempt, StopCause};
use super::trace::AttemptTrace;
use super::{WorkerContext, meters, settler, trace};
use crate::domain::{Failure, FailureKind, FullJob, Jitter, Job, LeaseToken, Outcome, Payload, Phase};
use crate::intake::{fitting_input, fitting_output};
use crate::metering::catalog::GIVEN_BACK;
use crate::ports::{Assignment, AttemptHost, AttemptReport, Provision};
use crate::spans::OpenSpan;
use crate::watching::news;

/// Resources of this host that an attempt holds.
pub(super) struct Started {
    registered: Registered,
    slot: OwnedSemaphorePermit,
    /// Of its plugin, if there is one that runs it.
    permit: Option<CapacityPermit>,
}

/// Runs one attempt of a job that was just claimed. Its permit is free again when it is settled, and its
/// plugin's permit before that: the claim that follows the settlement must find it.
pub(super) async fn run(context: Arc<WorkerContext>, full: FullJob, started: Started) {
    let FullJob { job, payload } = full;
    let job = Arc::new(job);
    let Started { registered, slot, permit } = started;
    let span = span_of(&job);
    async move {
        let attempt = registered.attempt();
        news::publish_state(&*context.events, &job);
        let (stopwatch, mut trace) = (meters::started(&job), AttemptTrace::begin(&job));
        let report = execute(&context, &job, payload, attempt, &trace).await;
        meters::ended(&job, &report.outcome, stopwatch);
        context.running.count_end(&report.outcome);
        trace.ended(&report.outcome);
        drop(permit);
        let settling = trace::step(trace.below(), "settle");
        match decide(report.outcome, attempt.stop_cause()) {
            Verdict::Settle(outcome) => {
                context.pauses.forget(job.spec.id);
                settler::settle(&context, &job, attempt, outcome).await;
            }
            Verdict::GiveBack => {
                let outcome = given_back(&context, &job);
                settler::settle(&context, &job, attempt, outcome).await;
            }
            Verdict::Late(outcome) => settler::note_late(&context, &job, &outcome).await,
            Verdict::Nothing => {}
        }
        settling.into_iter().for_each(OpenSpan::end);
        trace.end();
        settler::wake_held(&context);
        drop((registered, slot));
    }
    .instrument(span)
    .await;
}

/// The span of the attempt, by which its lines in the log are found.
fn span_of(job: &Job) -> Span {
    let (spec, attempt) = (&job.spec, job.state.attempt);
    let span = info_span!("attempt", job = %spec.id, task = %spec.task, attempt, trace_id = field::Empty);
    if let Some(parent) = &spec.options.traceparent {
        span.record("trace_id", parent.trace_id());
    }
    span
}

/// Puts an attempt among those that run here, before it runs: a shutdown must find it, and the next claim
/// must count its permit.
pub(super) fn start(
    context: &WorkerContext,
    job: &Job,
    token: LeaseToken,
    slot: OwnedSemaphorePermit,
) -> Started {
    let attempt = RunningAttempt::new(job.spec.task.clone(), token, lease_end(job));
    let registered = context.running.register(job.spec.id, attempt);
    let permit = job.state.code.as_ref().map(|code| context.capacity.take(code.grantee().clone()));
    Started { registered, slot, permit }
}

fn lease_end(job: &Job) -> crate::domain::Timestamp {
    match &job.state.phase {
        Phase::Running { lease } => lease.expires_at,
        _ => job.spec.created_at,
    }
}

async fn execute(
    context: &Arc<WorkerContext>,
    job: &Arc<Job>,
    payload: Payload,
    attempt: &Arc<RunningAttempt>,
    trace: &AttemptTrace,
) -> AttemptReport {
    let provision = match provision(context, job).await {
        Ok(provision) => provision,
        Err(failure) => return without_guest(Outcome::Failed(failure)),
    };
    let schemas = provision.schemas.clone();
    if let Err(outcome) = fitting_input(schemas.as_deref(), &payload.input).await {
        return without_guest(outcome);
    }
    let grant = Arc::clone(&provision.egress.grant);
    let assignment = assign(context, job, payload, provision, trace);
    let host = JobHost::new(Arc::clone(context), job, Arc::clone(attempt), grant, trace.below());
    let host = Arc::new(host);
    let running: Arc<dyn AttemptHost> = host.clone();
    let report = context.runner.run(assignment, running, attempt.stop.clone()).await;
    let outcome = host.check(report.outcome).await;
    let outcome = fitting_output(schemas.as_deref(), outcome).await;
    AttemptReport { outcome, ..report }
}

/// The provision by the plugin's operator for this attempt. An operator can mend what is missing, so a
/// failure here is worth another attempt.
async fn provision(context: &WorkerContext, job: &Job) -> Result<Provision, Failure> {
    let task = &job.spec.task;
    let Some(code) = &job.state.code else {
        let message = format!("no active plugin offers the task {task}; upload one that does");
        return Err(Failure::retryable(FailureKind::UnknownTask, message));
    };
    let unfit = |unfit: crate::ports::Unfit| Failure::retryable(FailureKind::UnknownTask, unfit.to_string());
    context.registry.provision(code, task).await.map_err(unfit)
}

fn assign(
    context: &WorkerContext,
    job: &Job,
    payload: Payload,
    provision: Provision,
    trace: &AttemptTrace,
) -> Assignment {
    let timeout = provision.timeout(job.spec.options.timeout);
    Assignment {
        code: job.state.code.clone().expect("a provision is only given for code"),
        task: job.spec.task.clone(),
        job_id: job.spec.id,
        attempt: job.state.attempt,
        max_attempts: job.spec.max_attempts,
        input: payload.input,
        metadata: payload.metadata,
        tags: job.spec.options.tags.clone(),
        traceparent: trace.traceparent(job),
        limits: provision.limits,
        timeout,
        deadline: context.clock.now().plus(timeout),
        config: provision.config,
        egress: provision.egress,
    }
}

fn without_guest(outcome: Outcome) -> AttemptReport {
    AttemptReport { outcome, cpu: Duration::ZERO, peak_memory_bytes: 0 }
}

/// The outcome of an attempt for which this host had no memory left: again after a pause, and not counted.
fn given_back(context: &WorkerContext, job: &Job) -> Outcome {
    let pause = context.pauses.next(job.spec.id, Jitter::from_random(rand::random()));
    GIVEN_BACK.with(["memory"]).increment(1);
    info!(?pause, "given back: the host has no memory left for the attempt");
    Outcome::Snoozed(pause)
}

/// What is written of an attempt that ended.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Verdict {
    /// This is its result.
    Settle(Outcome),
    /// The host could not go on with it, and it was not to be stopped.
    GiveBack,
    /// It has a result, and no longer the right to it.
    Late(Outcome),
    /// It was stopped and has none.
    Nothing,
}

/// A guest that was stopped did not decide its outcome, the cause of the stop did. A result that came in
/// spite of a stop counts, except when the lease is lost.
fn decide(outcome: Outcome, cause: Option<StopCause>) -> Verdict {
    match (cause, outcome) {
        (Some(StopCause::LeaseLost), Outcome::Interrupted) => Verdict::Nothing,
        (Some(StopCause::LeaseLost), outcome) => Verdict::Late(outcome),
        (Some(StopCause::Cancelled), Outcome::Interrupted) => Verdict::Settle(Outcome::Cancelled),
        (None, Outcome::Interrupted) => Verdict::GiveBack,
        (_, outcome) => Verdict::Settle(outcome),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Json;

    #[test]
    fn the_cause_of_a_stop_decides_what_is_written() {
        let done = || Outcome::Succeeded(Json::empty_object());
        let stopped = |cause| decide(Outcome::Interrupted, Some(cause));
        assert_eq!(decide(done(), None), Verdict::Settle(done()));
        assert_eq!(decide(done(), Some(StopCause::Shutdown)), Verdict::Settle(done()));
        assert_eq!(decide(done(), Some(StopCause::LeaseLost)), Verdict::Late(done()));
        assert_eq!(decide(Outcome::Interrupted, None), Verdict::GiveBack);
        assert_eq!(stopped(StopCause::LeaseLost), Verdict::Nothing);
        assert_eq!(stopped(StopCause::Shutdown), Verdict::Settle(Outcome::Interrupted));
        assert_eq!(stopped(StopCause::Cancelled), Verdict::Settle(Outcome::Cancelled));
    }
}
