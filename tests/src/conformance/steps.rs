//! Jobs that jobs submit, each in a step of its own.

use taskbox::domain::transition::Refusal;
use taskbox::domain::{Digest, JobId, LeaseToken, SubmissionStep, SubmittedBy, Unique};
use taskbox::ports::{Action, NewJob, StepTaken, StorageError, StorageResult};

use super::world::{NOW, World, after, retryable, submission, succeeded};

fn step(by: JobId, token: LeaseToken, name: &str, fingerprint: &str) -> SubmissionStep {
    let fingerprint = Digest::of(fingerprint.as_bytes());
    SubmissionStep { by, token, name: name.to_owned(), fingerprint }
}

fn child(world: &World, by: JobId) -> NewJob {
    world.job(|draft| draft.submitted_by = Some(SubmittedBy { job: by, depth: 1 }))
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
