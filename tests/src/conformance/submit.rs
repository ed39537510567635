//! Submitting.

use std::collections::BTreeSet;
use std::sync::Arc;

use taskbox::domain::transition::Refusal;
use taskbox::domain::{KnownNames, NameKind, NameLimit, StateName, Unique};
use taskbox::ports::{Action, JobFilter, Storage, StorageError, Submission, Submitted};

use super::world::{NOW, World, after, json, paused, submission};

pub async fn a_submitted_job_is_there_as_it_was_submitted(world: &World) {
    let new = world.job(|draft| {
        draft.input = json("{ \"kept\" : [1.0, \"as is\"] }");
        draft.priority = -100;
        draft.run_at = after(60);
        draft.options.timeout = Some(std::time::Duration::from_millis(1_500));
        draft.options.expires_at = Some(after(3600));
        draft.options.tags = vec!["red".to_owned(), "été".to_owned()];
        draft.metadata = json(r#"{"who":"me"}"#);
        draft.options.label = Some("a label".to_owned());
    });
    world.submit_all(vec![new.clone()]).await;
    let id = new.job.spec.id;
    let details = world.details(id).await;
    assert_eq!((details.job, details.payload), (new.job, new.payload));
    assert_eq!((details.output, details.errors), (None, vec![]));
    assert_eq!(world.state(id, NOW).await, StateName::Scheduled);
}

pub async fn a_batch_is_stored_whole(world: &World) {
    let jobs: Vec<_> = (0..500).map(|_| world.job(|_| {})).collect();
    let ids: Vec<_> = jobs.iter().rev().map(|new| new.job.spec.id).collect();
    world.submit_all(jobs).await;
    assert_eq!(world.listed(JobFilter::default(), NOW).await, ids);
}

pub async fn a_job_that_exists_already_is_refused_with_all_that_came_with_it(world: &World) {
    let (first, second) = (world.job(|_| {}), world.job(|_| {}));
    world.submit_all(vec![first.clone()]).await;
    let answer = world.storage.submit(submission(vec![second.clone(), first])).await;
    assert!(matches!(answer, Err(StorageError::Corrupt(_))), "{answer:?}");
    assert_eq!(world.storage.job(second.job.spec.id).await.expect("read"), None);
}

pub async fn an_order_is_there_with_its_job(world: &World) {
    let (job, order) = world.submit_order("u_1", |_| {}).await;
    assert!(world.order(order).await.is_loading());
    assert_eq!(world.order(order).await.job_id, job);
}

pub async fn a_caller_that_goes_away_does_not_undo_the_write(world: &World) {
    let new = world.job(|_| {});
    let id = new.job.spec.id;
    let storage: &dyn Storage = &*world.storage;
    tokio::select! {
        biased;
        _ = storage.submit(submission(vec![new])) => {}
        () = std::future::ready(()) => {}
    }
    // What is handed in later is done later, so this claim sees the job.
    assert_eq!(world.claimed_ids(1, NOW).await, [id]);
}

/// Submits jobs of these queues, of which two may be in use.
async fn submit_to(world: &World, queues: &[&str]) -> Result<Submitted, StorageError> {
    let job = |name: &&str| world.job(|spec| spec.queue = name.parse().expect("a queue name"));
    let known = KnownNames { queues: BTreeSet::new(), tasks: [world.draft().spec.task].into() };
    let names = Some(NameLimit { most: 2, known: Arc::new(known) });
    let jobs = queues.iter().map(job).collect();
    world.storage.submit(Submission { names, ..submission(jobs) }).await
}

pub async fn a_submission_may_bring_so_many_names_and_no_more(world: &World) {
    submit_to(world, &["a", "b", "a"]).await.expect("two are allowed");
    for refused in [&["c"][..], &["a", "c"]] {
        let error = submit_to(world, refused).await.expect_err("a third is not");
        let StorageError::Refused(Refusal::TooManyNames { kind, name, most, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!((kind, name.as_str(), most), (NameKind::Queue, "c", 2));
    }
    let queues: Vec<_> = world.queues(NOW).await.into_iter().map(|stats| stats.name.to_string()).collect();
    assert_eq!(queues, ["a", "b"]);
    world
        .storage
        .configure_queue("c".parse().expect("a name"), paused(true).into(), NOW)
        .await
        .expect("made");
    submit_to(world, &["c", "b"]).await.expect("an operator made it");
    assert_eq!(world.claim(9, NOW).await.jobs.len(), 4);
}

pub async fn a_job_that_adds_nothing_brings_no_name(world: &World) {
    submit_to(world, &["a", "b"]).await.expect("two are allowed");
    let keyed = |queue: &str| {
        world.job(|spec| {
            spec.queue = queue.parse().expect("a queue name");
            spec.options.unique = Some(Unique::new("k"));
        })
    };
    let (first, again) = (keyed("a"), keyed("c"));
    let known = KnownNames { queues: BTreeSet::new(), tasks: [first.job.spec.task.clone()].into() };
    let names = Some(NameLimit { most: 2, known: Arc::new(known) });
    let id = first.job.spec.id;
    for new in [first, again] {
        let submission = Submission { names: names.clone(), ..submission(vec![new]) };
        world.storage.submit(submission).await.expect("the second is the first");
    }
    assert_eq!(world.storage.job(id).await.expect("read").expect("there").job.spec.queue.as_str(), "a");
    assert_eq!(world.queues(NOW).await.len(), 2);
}

pub async fn a_name_is_free_for_another_when_its_last_job_is_gone(world: &World) {
    submit_to(world, &["a", "b"]).await.expect("two are allowed");
    let first = world.listed(JobFilter { queue: "a".parse().ok(), ..JobFilter::default() }, NOW).await[0];
    world.act(first, Action::Delete).await.expect("deleted");
    submit_to(world, &["c"]).await.expect("one of two is left");
    submit_to(world, &["a"]).await.expect_err("and taken");
    let queues: Vec<_> = world.queues(NOW).await.into_iter().map(|stats| stats.name.to_string()).collect();
    assert_eq!(queues, ["b", "c"]);
}
