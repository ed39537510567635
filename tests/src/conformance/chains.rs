//! Jobs that wait for others.

use taskbox::domain::transition::{Propagation, Refusal};
use taskbox::domain::{
    After, AfterFailed, AfterWhen, FailureKind, JobId, OnConflict, OrderStatus, Outcome, Retention,
    RetentionRule, StateName, Unique,
};
use taskbox::ports::{Action, FollowedOn, NewJob, Settled, StorageError, Submitted};

use super::world::{Draft, NOW, SEED, World, after, json, permanent, submission};

/// Waits for these.
fn waits(jobs: &[JobId], when: AfterWhen, on_failed: AfterFailed) -> Option<After> {
    Some(After { jobs: jobs.to_vec(), when, on_failed })
}

/// Waits until all of these completed.
fn all(jobs: &[JobId]) -> Option<After> {
    waits(jobs, AfterWhen::All, AfterFailed::Discard)
}

async fn child(world: &World, after: Option<After>) -> JobId {
    let child = world.job(|spec| spec.after = after);
    let id = child.job.spec.id;
    world.storage.submit(submission(vec![child])).await.expect("submitted");
    id
}

async fn some(world: &World, count: usize) -> Vec<JobId> {
    let jobs: Vec<_> = (0..count).map(|_| world.job(|_| {})).collect();
    let ids = jobs.iter().map(|new| new.job.spec.id).collect();
    world.submit_all(jobs).await;
    ids
}

fn done() -> Outcome {
    Outcome::Succeeded(json("1"))
}

/// The ways in which a parent may end badly.
#[derive(Clone, Copy, PartialEq)]
enum Bad {
    Discarded,
    Cancelled,
    Deleted,
}

const BAD: [Bad; 3] = [Bad::Discarded, Bad::Cancelled, Bad::Deleted];

/// Lets a job that is the next to run end badly.
async fn end(world: &World, id: JobId, how: Bad) {
    match how {
        Bad::Discarded => drop(world.finish(id, permanent(), NOW).await),
        Bad::Cancelled => drop(world.act(id, Action::Cancel).await.expect("cancelled")),
        Bad::Deleted => drop(world.act(id, Action::Delete).await.expect("deleted")),
    }
}

async fn waits_for(world: &World, id: JobId) -> u32 {
    world.details(id).await.job.state.waits_for
}

pub async fn a_job_is_due_when_all_that_it_waits_for_have_completed(world: &World) {
    let parents = some(world, 2).await;
    let id = child(world, all(&parents)).await;
    assert_eq!((world.state(id, after(99)).await, waits_for(world, id).await), (StateName::Scheduled, 2));
    let first = world.finish(parents[0], done(), NOW).await;
    assert_eq!((first.followed, waits_for(world, id).await), (vec![], 1));
    let queues = world.queues(after(99)).await;
    assert_eq!((queues[0].count(StateName::Scheduled), queues[0].count(StateName::Available)), (1, 1));
    let second = world.finish(parents[1], done(), after(5)).await;
    let released = world.details(id).await.job;
    assert_eq!(second.followed.iter().map(|one| &one.job).collect::<Vec<_>>(), [&released]);
    assert_eq!(released.state.due_at(), Some(after(5)));
    world.finish(id, done(), after(5)).await;
}

pub async fn a_job_that_waits_for_any_is_due_with_the_first(world: &World) {
    let parents = some(world, 3).await;
    let id = child(world, waits(&parents, AfterWhen::Any, AfterFailed::Discard)).await;
    assert_eq!(waits_for(world, id).await, 3);
    world.finish(parents[0], done(), NOW).await;
    assert_eq!(world.state(id, NOW).await, StateName::Available);
    for parent in &parents[1..] {
        assert_eq!(world.finish(*parent, permanent(), NOW).await.followed, []);
    }
    assert_eq!(world.claimed_ids(9, NOW).await, [id]);
}

pub async fn a_released_job_still_waits_for_its_own_time(world: &World) {
    let parent = world.submit(|_| {}).await;
    let id = world.submit(|spec| (spec.after, spec.run_at) = (all(&[parent]), after(60))).await;
    world.finish(parent, done(), after(5)).await;
    assert_eq!(world.details(id).await.job.state.due_at(), Some(after(60)));
}

pub async fn the_policy_says_what_becomes_of_a_job_when_a_parent_fails(world: &World) {
    for how in BAD {
        for when in AfterWhen::ALL {
            for on_failed in AfterFailed::ALL {
                let parent = world.submit(|spec| spec.priority = 1).await;
                let id = child(world, waits(&[parent], when, on_failed)).await;
                end(world, parent, how).await;
                let expected = match on_failed {
                    AfterFailed::Run => StateName::Available,
                    // Nobody can retry who is gone.
                    AfterFailed::Wait if how != Bad::Deleted => StateName::Scheduled,
                    AfterFailed::Wait | AfterFailed::Discard => StateName::Discarded,
                };
                assert_eq!(world.state(id, NOW).await, expected, "{when:?} {on_failed:?}");
                world.act(id, Action::Cancel).await.expect("out of the way");
            }
        }
    }
}

pub async fn a_discarded_child_says_which_parent_failed_and_its_order_fails(world: &World) {
    let parent = world.submit(|_| {}).await;
    let (id, order) = world.submit_order("u", |spec| spec.after = all(&[parent])).await;
    let followed = world.finish(parent, permanent(), NOW).await.followed;
    assert_eq!(followed.iter().map(|one| one.job.spec.id).collect::<Vec<_>>(), [id]);
    let error = world.details(id).await.errors.remove(0);
    assert_eq!((error.kind, error.attempt), (FailureKind::ParentFailed, 0));
    assert!(error.message.contains(&parent.to_string()) && error.message.contains("discarded"), "{error:?}");
    assert_eq!(world.order(order).await.status, OrderStatus::Failed { error: error.message });
}

pub async fn any_is_discarded_only_when_nobody_is_left_that_could_complete(world: &World) {
    let parents = some(world, 3).await;
    let id = child(world, waits(&parents, AfterWhen::Any, AfterFailed::Discard)).await;
    end(world, parents[0], Bad::Discarded).await;
    end(world, parents[1], Bad::Cancelled).await;
    assert_eq!((world.state(id, NOW).await, waits_for(world, id).await), (StateName::Scheduled, 1));
    // Who is retried can complete again.
    world.act(parents[1], Action::Retry).await.expect("retried");
    assert_eq!(waits_for(world, id).await, 2);
    end(world, parents[1], Bad::Discarded).await;
    end(world, parents[2], Bad::Deleted).await;
    assert_eq!(world.state(id, NOW).await, StateName::Discarded);
}

pub async fn a_parent_that_completes_again_counts_once(world: &World) {
    let parents = some(world, 2).await;
    let id = child(world, all(&parents)).await;
    world.finish(parents[0], done(), NOW).await;
    world.act(parents[0], Action::Retry).await.expect("retried");
    assert_eq!(waits_for(world, id).await, 1);
    world.act(parents[1], Action::Cancel).await.expect("it is discarded with this");
    assert_eq!(world.state(id, NOW).await, StateName::Discarded);
    let other = child(world, all(&[parents[0]])).await;
    world.finish(parents[0], done(), NOW).await;
    assert_eq!(world.state(other, NOW).await, StateName::Available);
    assert_eq!(world.state(id, NOW).await, StateName::Discarded);
}

pub async fn who_waits_for_a_failed_parent_is_due_when_a_retry_completes_it(world: &World) {
    let parent = world.submit(|_| {}).await;
    let id = child(world, waits(&[parent], AfterWhen::All, AfterFailed::Wait)).await;
    world.finish(parent, permanent(), NOW).await;
    world.act(parent, Action::Retry).await.expect("retried");
    world.finish(parent, done(), NOW).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [id]);
}

pub async fn a_parent_that_is_final_already_counts_at_once(world: &World) {
    let completed = world.submit(|_| {}).await;
    world.finish(completed, done(), NOW).await;
    let failed = world.submit(|_| {}).await;
    world.finish(failed, permanent(), NOW).await;
    let open = world.submit(|spec| spec.run_at = after(1_000)).await;
    let cases = [
        (all(&[completed]), StateName::Available),
        (all(&[completed, open]), StateName::Scheduled),
        (all(&[open, failed]), StateName::Discarded),
        (waits(&[failed, open], AfterWhen::Any, AfterFailed::Discard), StateName::Scheduled),
        (waits(&[failed, completed], AfterWhen::Any, AfterFailed::Discard), StateName::Available),
        (waits(&[failed], AfterWhen::Any, AfterFailed::Discard), StateName::Discarded),
        (waits(&[failed, completed], AfterWhen::All, AfterFailed::Run), StateName::Available),
        (waits(&[failed, completed], AfterWhen::All, AfterFailed::Wait), StateName::Scheduled),
    ];
    for (after, expected) in cases {
        let id = child(world, after.clone()).await;
        assert_eq!(world.state(id, NOW).await, expected, "{after:?}");
    }
}

pub async fn a_diamond_runs_its_end_once(world: &World) {
    let top = world.submit(|_| {}).await;
    let (left, right) = (child(world, all(&[top])).await, child(world, all(&[top])).await);
    let bottom = child(world, all(&[left, right])).await;
    world.finish(top, done(), NOW).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [left, right]);
    for id in [left, right] {
        world.act(id, Action::Cancel).await.expect("asked");
    }
    assert_eq!(world.state(bottom, NOW).await, StateName::Scheduled);
    let rescued = world.storage.rescue(after(60), SEED, 9).await.expect("rescued");
    let followed: Vec<_> = rescued.jobs.iter().flat_map(|one| &one.followed).collect();
    assert_eq!(followed.iter().map(|one| one.job.spec.id).collect::<Vec<_>>(), [bottom]);
}

/// A chain of so many jobs, each after the one before it.
async fn chain(world: &World, count: usize) -> Vec<JobId> {
    let mut jobs = Vec::<NewJob>::new();
    for _ in 0..count {
        let before: Vec<_> = jobs.last().map(|new| new.job.spec.id).into_iter().collect();
        jobs.push(world.job(|spec| spec.after = (!before.is_empty()).then(|| all(&before)).flatten()));
    }
    let ids = jobs.iter().map(|new| new.job.spec.id).collect();
    world.submit_all(jobs).await;
    ids
}

pub async fn a_chain_runs_one_after_the_other(world: &World) {
    for id in chain(world, 20).await {
        world.finish(id, done(), NOW).await;
    }
    assert_eq!(world.claimed_ids(9, NOW).await, []);
}

pub async fn a_long_chain_is_discarded_in_steps(world: &World) {
    let chain = chain(world, Propagation::WORK_MAX + 200).await;
    let first = world.act(chain[0], Action::Cancel).await.expect("cancelled");
    assert_eq!(first.followed.len(), Propagation::WORK_MAX);
    assert_eq!(world.state(chain[Propagation::WORK_MAX + 1], NOW).await, StateName::Scheduled);
    let claimed = world.claim(9, NOW).await;
    assert_eq!((claimed.jobs.len(), claimed.unfinished), (0, true));
    let followed = world.storage.follow_on(NOW).await.expect("followed");
    assert_eq!((followed.jobs.len(), followed.more), (199, false));
    assert!(!world.claim(9, NOW).await.unfinished);
    assert_eq!(world.storage.follow_on(NOW).await.expect("followed"), FollowedOn::default());
    assert_eq!(world.state(chain[Propagation::WORK_MAX + 199], NOW).await, StateName::Discarded);
}

pub async fn a_parent_of_many_releases_them_in_steps(world: &World) {
    let parent = world.submit(|_| {}).await;
    let count = Propagation::WORK_MAX + 300;
    let jobs: Vec<_> = (0..count).map(|_| world.job(|spec| spec.after = all(&[parent]))).collect();
    world.submit_all(jobs).await;
    let followed = world.finish(parent, done(), NOW).await.followed;
    assert_eq!(followed.len(), Propagation::WORK_MAX);
    let claimed = world.claim(count, NOW).await;
    assert_eq!((claimed.jobs.len(), claimed.unfinished), (Propagation::WORK_MAX, true));
    assert!(!world.storage.follow_on(NOW).await.expect("followed").more);
    let claimed = world.claim(count, NOW).await;
    assert_eq!((claimed.jobs.len(), claimed.unfinished), (300, false));
}

pub async fn who_waits_for_nobody_known_is_refused_with_all_that_came_with_it(world: &World) {
    let gone = world.submit(|_| {}).await;
    world.act(gone, Action::Delete).await.expect("deleted");
    let jobs = vec![world.job(|_| {}), world.job(|spec| spec.after = all(&[gone]))];
    let child = jobs[1].job.spec.id;
    let refused = world.storage.submit(submission(jobs)).await;
    let Err(StorageError::Refused(refusal)) = refused else { panic!("{refused:?}") };
    assert_eq!(refusal, Refusal::UnknownParent { child, parent: gone });
    assert_eq!(world.listed(Default::default(), NOW).await, []);
}

pub async fn a_person_may_run_cancel_or_delete_a_job_that_waits(world: &World) {
    let parent = world.submit(|spec| spec.run_at = after(60)).await;
    let (run, stop, forget) = (
        child(world, all(&[parent])).await,
        child(world, all(&[parent])).await,
        child(world, all(&[parent])).await,
    );
    world.act(run, Action::Retry).await.expect("retried");
    world.act(stop, Action::Cancel).await.expect("cancelled");
    world.act(forget, Action::Delete).await.expect("deleted");
    assert_eq!(world.claimed_ids(9, NOW).await, [run]);
    assert_eq!(world.finish(parent, permanent(), after(60)).await.followed, []);
    assert_eq!(world.state(run, NOW).await, StateName::Running);
    assert_eq!(world.state(stop, NOW).await, StateName::Cancelled);
}

pub async fn a_parent_that_expires_is_followed_too(world: &World) {
    let parent = world.submit(|spec| spec.options.expires_at = Some(after(5))).await;
    let id = child(world, all(&[parent])).await;
    let claimed = world.claim(9, after(6)).await;
    let ids: Vec<_> =
        claimed.expired.into_iter().flat_map(Settled::with_followed).map(|one| one.job.spec.id).collect();
    assert_eq!(ids, [parent, id]);
    assert_eq!(world.state(id, NOW).await, StateName::Discarded);
}

fn keyed(draft: &mut Draft, on_conflict: OnConflict) {
    draft.options.unique = Some(Unique { on_conflict, ..Unique::new("k") });
}

pub async fn who_waits_for_a_duplicate_waits_for_the_job_that_is_there(world: &World) {
    let there = world.submit(|spec| keyed(spec, OnConflict::Existing)).await;
    let twice: Vec<_> = (0..2).map(|_| world.job(|spec| keyed(spec, OnConflict::Existing))).collect();
    let parents: Vec<_> = twice.iter().map(|new| new.job.spec.id).collect();
    let last = world.job(|spec| spec.after = all(&parents));
    let id = last.job.spec.id;
    let jobs = twice.into_iter().chain([last]).collect();
    let submitted = world.storage.submit(submission(jobs)).await;
    assert!(matches!(submitted, Ok(Submitted::Admitted(_))));
    let job = world.details(id).await.job;
    assert_eq!((job.spec.after, job.state.waits_for), (all(&[there]), 1));
    world.finish(there, done(), NOW).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [id]);
}

pub async fn a_replaced_job_waits_no_longer_and_one_that_waits_replaces_nobody_in_place(world: &World) {
    let parent = world.submit(|spec| spec.run_at = after(60)).await;
    let waiting = world
        .submit(|spec| {
            keyed(spec, OnConflict::Replace);
            spec.after = all(&[parent]);
        })
        .await;
    let next = world.job(|spec| keyed(spec, OnConflict::Replace));
    world.storage.submit(submission(vec![next])).await.expect("submitted");
    assert_eq!(world.state(waiting, NOW).await, StateName::Available);
    let waiter = child(world, all(&[waiting])).await;
    let circle = world.job(|spec| {
        keyed(spec, OnConflict::Replace);
        spec.after = waits(&[waiter], AfterWhen::All, AfterFailed::Run);
    });
    let id = circle.job.spec.id;
    world.storage.submit(submission(vec![circle])).await.expect("submitted");
    let states =
        [world.state(waiting, NOW).await, world.state(waiter, NOW).await, world.state(id, NOW).await];
    assert_eq!(states, [StateName::Cancelled, StateName::Discarded, StateName::Available]);
}

const NONE: RetentionRule = RetentionRule { age: None, count: 0 };

async fn prune(world: &World) -> usize {
    let retention = Retention { completed: NONE, discarded: NONE, cancelled: NONE };
    world.storage.prune(retention.cutoffs(after(9)), after(9), 99).await.expect("pruned")
}

pub async fn a_parent_is_kept_until_its_children_are_final(world: &World) {
    let parents = some(world, 2).await;
    let id = child(world, all(&parents)).await;
    world.finish(parents[0], done(), NOW).await;
    assert_eq!(prune(world).await, 0);
    world.finish(parents[1], done(), NOW).await;
    let token = world.start(id, NOW).await;
    assert_eq!(prune(world).await, 0);
    let retention = Retention { completed: NONE, discarded: NONE, cancelled: NONE };
    let counts = world.storage.count_final(retention.cutoffs(NOW)).await.expect("counted");
    assert_eq!((counts[&StateName::Completed].jobs, counts[&StateName::Completed].to_go), (2, 0));
    world.settle(id, token, permanent(), NOW).await.expect("settled");
    // It may run again: then its parents are needed again.
    world.act(id, Action::Retry).await.expect("retried");
    assert_eq!(prune(world).await, 0);
    world.act(id, Action::Delete).await.expect("deleted");
    assert_eq!(prune(world).await, 2);
}

/// Submits a job that tells somebody, with the job that tells; gives both as they were sent.
async fn telling(world: &World, change: impl FnOnce(&mut Draft)) -> (JobId, JobId) {
    let new = world.job(|spec| {
        spec.options.callback_url = Some("https://shop.example".to_owned());
        change(spec);
    });
    let webhook = new.job.spec.webhook(world.draft().id).expect("it tells somebody");
    let ids = (new.job.spec.id, webhook.job.spec.id);
    let new = NewJob { webhook: Some(Box::new(webhook)), ..new };
    let sent = world.storage.submit(submission(vec![new])).await;
    assert!(!matches!(sent.expect("submitted"), Submitted::Replayed(_)));
    ids
}

pub async fn a_webhook_is_stored_with_its_job_and_is_due_when_that_is_final(world: &World) {
    for outcome in [done(), permanent()] {
        let (job, webhook) = telling(world, |_| {}).await;
        assert_eq!(world.finish(job, outcome, NOW).await.followed[0].job.spec.id, webhook);
        let details = world.details(webhook).await.job;
        assert_eq!(
            (details.spec.queue.as_str(), details.spec.after),
            ("taskbox.webhooks", waits(&[job], AfterWhen::All, AfterFailed::Run))
        );
        assert_eq!(world.claimed_ids(9, NOW).await, [webhook]);
    }
}

pub async fn a_duplicate_is_told_by_the_webhook_that_is_there(world: &World) {
    let (first, webhook) = telling(world, |spec| keyed(spec, OnConflict::Existing)).await;
    for on_conflict in OnConflict::ALL {
        let (_, another) = telling(world, |spec| keyed(spec, on_conflict)).await;
        assert_eq!(world.storage.job(another).await.expect("read"), None, "{on_conflict:?}");
    }
    assert_eq!(world.listed(Default::default(), NOW).await, [webhook, first]);
}

pub async fn a_job_that_is_replaced_by_one_that_tells_gets_its_webhook(world: &World) {
    let first = world.submit(|spec| keyed(spec, OnConflict::Existing)).await;
    let (_, webhook) = telling(world, |spec| keyed(spec, OnConflict::Replace)).await;
    let job = world.details(webhook).await.job;
    assert_eq!((job.spec.after.expect("it waits").jobs, job.state.waits_for), (vec![first], 1));
    world.finish(first, done(), NOW).await;
    assert_eq!(world.claimed_ids(9, NOW).await, [webhook]);
}
