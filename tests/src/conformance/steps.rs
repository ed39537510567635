//! Jobs that jobs submit, each in a step of its own.

use std::time::Duration;

use taskbox::domain::transition::Refusal;
use taskbox::domain::{
    Digest, EventName, FullJob, InboxEvent, JobId, Json, LeaseToken, Outcome, Phase, SubmissionStep,
    SubmittedBy, Unique, WaitRequest,
};
use taskbox::ports::{Action, NewJob, Recipient, Settled, StepTaken, StorageError, StorageResult};

use super::world::{NOW, World, after, permanent, retryable, submission, succeeded};

fn step(by: JobId, token: LeaseToken, name: &str, fingerprint: &str) -> SubmissionStep {
    let fingerprint = Digest::of(fingerprint.as_bytes());
    SubmissionStep { by, token, name: name.to_owned(), fingerprint }
}

/// A job of a step, which runs behind those that are of none.
fn child(world: &World, by: JobId) -> NewJob {
    world.job(|draft| {
        draft.submitted_by = Some(SubmittedBy { job: by, depth: 1 });
        draft.priority = -1;
    })
}

async fn take(world: &World, step: SubmissionStep, new: NewJob) -> StorageResult<StepTaken> {
    world.storage.submit_step(step, submission(vec![new])).await
}

pub async fn a_step_submits_a_job_once(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let (first, second) = (child(world, id), child(world, id));
    let (first_id, second_id) = (first.job.spec.id, second.job.spec.id);
    let taken = take(world, step(id, token, "a", "1"), first).await.expect("taken");
    assert_eq!((taken.job, taken.submitted.is_some()), (first_id, true));
    let again = take(world, step(id, token, "a", "1"), second).await.expect("taken");
    assert_eq!((again.job, again.submitted), (first_id, None));
    assert!(world.storage.job(second_id).await.expect("read").is_none());
    let submitted = world.details(first_id).await.job.spec.submitted_by;
    assert_eq!(submitted, Some(SubmittedBy { job: id, depth: 1 }));
}

pub async fn a_step_submits_nothing_else(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    take(world, step(id, token, "a", "1"), child(world, id)).await.expect("taken");
    let other = take(world, step(id, token, "a", "2"), child(world, id)).await;
    assert!(matches!(other, Err(StorageError::Refused(Refusal::OtherStep { .. }))), "{other:?}");
}

pub async fn a_stale_lease_submits_nothing(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    world.settle(id, token, retryable(), NOW).await.expect("settled");
    let new = child(world, id);
    let new_id = new.job.spec.id;
    let stale = take(world, step(id, token, "a", "1"), new).await;
    assert!(matches!(stale, Err(StorageError::Refused(Refusal::StaleLease))), "{stale:?}");
    assert!(world.storage.job(new_id).await.expect("read").is_none());
    assert_eq!(world.storage.steps(id).await.expect("read"), []);
    let missing = take(world, step(world.draft().id, token, "a", "1"), child(world, id)).await;
    assert!(matches!(missing, Err(StorageError::NotFound { what: "job", .. })), "{missing:?}");
}

pub async fn steps_are_known_on_the_next_attempt_and_without_their_jobs(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let new = child(world, id);
    let new_id = new.job.spec.id;
    take(world, step(id, token, "a", "1"), new).await.expect("taken");
    world.settle(id, token, retryable(), NOW).await.expect("settled");
    world.act(new_id, Action::Delete).await.expect("deleted");
    let token = world.start(id, after(9)).await;
    let again = take(world, step(id, token, "a", "1"), child(world, id)).await.expect("taken");
    assert_eq!((again.job, again.submitted), (new_id, None));
    let steps = world.storage.steps(id).await.expect("read");
    assert_eq!(steps.iter().map(|step| (step.name.as_str(), step.job)).collect::<Vec<_>>(), [("a", new_id)]);
}

pub async fn a_duplicate_stands_for_the_job_of_a_step(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let standing = world.submit(|draft| draft.options.unique = Some(Unique::new("k"))).await;
    let new = world.job(|draft| draft.options.unique = Some(Unique::new("k")));
    let taken = take(world, step(id, token, "a", "1"), new).await.expect("taken");
    assert_eq!(taken.job, standing);
}

pub async fn steps_go_with_their_job_and_what_they_submitted_stays(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let new = child(world, id);
    let new_id = new.job.spec.id;
    take(world, step(id, token, "a", "1"), new).await.expect("taken");
    world.settle(id, token, succeeded(), NOW).await.expect("settled");
    world.act(id, Action::Delete).await.expect("deleted");
    assert_eq!(world.storage.steps(id).await.expect("read"), []);
    assert_eq!(world.details(new_id).await.job.spec.submitted_by.map(|by| by.job), Some(id));
}

/// A job that waits for the jobs of its steps `a` and `b` for a minute, and those.
async fn waiter(world: &World) -> (JobId, [JobId; 2]) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let jobs = [child(world, id), child(world, id)];
    let ids = [0, 1].map(|index: usize| jobs[index].job.spec.id);
    for (name, new) in ["a", "b"].into_iter().zip(jobs) {
        take(world, step(id, token, name, "1"), new).await.expect("taken");
    }
    world.settle(id, token, waiting(), NOW).await.expect("settled");
    (id, ids)
}

/// Runs a job that others are due beside, and ends its attempt five seconds after [`NOW`].
async fn finish(world: &World, id: JobId, outcome: Outcome) -> Settled {
    let claimed = world.claim(10, NOW).await.jobs;
    let lease = |full: &FullJob| match &full.job.state.phase {
        Phase::Running { lease } => lease.token,
        other => panic!("{other:?}"),
    };
    for full in claimed.iter().filter(|full| full.job.spec.id != id) {
        world.settle(full.job.spec.id, lease(full), Outcome::Interrupted, NOW).await.expect("given back");
    }
    let full = claimed.iter().find(|full| full.job.spec.id == id).expect("it is due");
    world.settle(id, lease(full), outcome, after(5)).await.expect("settled")
}

fn waiting() -> Outcome {
    let steps = vec!["a".to_owned(), "b".to_owned()];
    Outcome::Waiting(WaitRequest { steps, ..WaitRequest::new(done(), Duration::from_secs(60)) })
}

fn done() -> EventName {
    "done".parse().expect("an event name")
}

async fn found(world: &World, id: JobId) -> Option<InboxEvent> {
    world.storage.event(id, done()).await.expect("read")
}

pub async fn a_job_waits_until_those_that_it_submitted_are_final_however_they_end(world: &World) {
    let (id, [a, b]) = waiter(world).await;
    let job = world.details(id).await.job;
    assert_eq!((job.state.waits_for, job.state.due_at(), job.state.attempt), (2, Some(after(60)), 0));
    finish(world, a, succeeded()).await;
    assert_eq!(world.details(id).await.job.state.waits_for, 1);
    let settled = finish(world, b, permanent()).await;
    let woken = settled.followed.into_iter().next().expect("it waits no longer").job;
    assert_eq!((woken.spec.id, woken.state.due_at(), woken.state.waits_for), (id, Some(after(5)), 0));
    assert_eq!(found(world, id).await, Some(InboxEvent::Value(Json::null())));
    world.start(id, after(5)).await;
}

pub async fn a_wait_for_jobs_that_are_final_or_gone_ends_at_once(world: &World) {
    let (id, [a, b]) = waiter(world).await;
    finish(world, a, succeeded()).await;
    world.act(b, Action::Delete).await.expect("deleted");
    assert_eq!(found(world, id).await, Some(InboxEvent::Value(Json::null())));
    let other = world.submit(|_| {}).await;
    let token = world.start(other, after(1)).await;
    let new = child(world, other);
    let new_id = new.job.spec.id;
    take(world, step(other, token, "a", "1"), new).await.expect("taken");
    world.act(new_id, Action::Cancel).await.expect("cancelled");
    let settled = world.settle(other, token, waiting(), after(1)).await.expect("settled");
    assert_eq!((settled.job.state.due_at(), settled.job.state.waits_for), (Some(after(2)), 0));
    assert_eq!(found(world, other).await, Some(InboxEvent::Value(Json::null())));
}

pub async fn a_wait_for_jobs_has_an_end_after_which_they_wake_it_no_more(world: &World) {
    let (id, [a, b]) = waiter(world).await;
    for other in [a, b] {
        finish(world, other, Outcome::Snoozed(Duration::from_secs(3_600))).await;
    }
    let token = world.start(id, after(60)).await;
    assert_eq!(world.details(id).await.job.state.waits_for, 0);
    let came = world.storage.time_out(id, token, done(), after(60)).await.expect("recorded");
    assert_eq!(came, InboxEvent::TimedOut);
    world.settle(id, token, Outcome::Snoozed(Duration::from_secs(600)), after(60)).await.expect("settled");
    for other in [a, b] {
        let acted = world.storage.act(other, Action::Cancel, after(61)).await.expect("cancelled");
        assert_eq!(acted.followed, []);
    }
    assert_eq!(world.details(id).await.job.state.due_at(), Some(after(660)));
}

pub async fn a_cancel_a_retry_and_an_event_end_a_wait_for_jobs(world: &World) {
    let (cancelled, _) = waiter(world).await;
    world.act(cancelled, Action::Cancel).await.expect("cancelled");
    assert_eq!(world.details(cancelled).await.job.state.waits_for, 0);
    let (retried, [a, _]) = waiter(world).await;
    world.act(retried, Action::Retry).await.expect("retried");
    assert_eq!(world.details(retried).await.job.state.due_at(), Some(NOW));
    world.start(retried, NOW).await;
    assert_eq!(world.act(a, Action::Cancel).await.expect("cancelled").job.spec.id, a);
    let (sent, _) = waiter(world).await;
    let recipient = Recipient::Job(sent, done());
    let received = world.storage.receive(recipient, Json::null(), after(5)).await.expect("received");
    let woken = received.woken.expect("it waits no longer").job;
    assert_eq!((woken.state.due_at(), woken.state.waits_for), (Some(after(5)), 0));
}

pub async fn a_job_waits_for_the_duplicate_that_stands_for_one_that_it_submitted(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let standing = world.submit(|draft| draft.options.unique = Some(Unique::new("k"))).await;
    let new = world.job(|draft| draft.options.unique = Some(Unique::new("k")));
    take(world, step(id, token, "a", "1"), new).await.expect("taken");
    world.settle(id, token, waiting(), NOW).await.expect("settled");
    let settled = finish(world, standing, succeeded()).await;
    assert_eq!(settled.followed.iter().map(|woken| woken.job.spec.id).collect::<Vec<_>>(), [id]);
}
