//! Submitting.

use taskbox::domain::StateName;
use taskbox::ports::{JobFilter, Storage, StorageError, Submission};

use super::world::{NOW, World, after, anyone, json};

pub async fn a_submitted_job_is_there_as_it_was_submitted(world: &World) {
    let job = world.job(|spec| {
        spec.input = json("{ \"kept\" : [1.0, \"as is\"] }");
        spec.priority = -100;
        spec.run_at = after(60);
        spec.timeout = Some(std::time::Duration::from_millis(1_500));
        spec.expires_at = Some(after(3600));
        spec.tags = vec!["red".to_owned(), "été".to_owned()];
        spec.metadata = json(r#"{"who":"me"}"#);
        spec.label = Some("a label".to_owned());
    });
    world.submit_all(vec![(job.clone(), None)]).await;
    let details = world.details(job.spec.id).await;
    assert_eq!(details.job, job);
    assert_eq!((details.output, details.errors), (None, vec![]));
    assert_eq!(world.state(job.spec.id, NOW).await, StateName::Scheduled);
}

pub async fn a_batch_is_stored_whole(world: &World) {
    let jobs: Vec<_> = (0..500).map(|_| (world.job(|_| {}), None)).collect();
    let ids: Vec<_> = jobs.iter().rev().map(|(job, _)| job.spec.id).collect();
    world.submit_all(jobs).await;
    assert_eq!(world.listed(JobFilter::default(), NOW).await, ids);
}

pub async fn a_job_that_exists_already_is_refused_with_all_that_came_with_it(world: &World) {
    let (first, second) = (world.job(|_| {}), world.job(|_| {}));
    world.submit_all(vec![(first.clone(), None)]).await;
    let jobs = vec![(second.clone(), None), (first, None)];
    let answer = world
        .storage
        .submit(Submission { jobs, webhooks: Vec::new(), idempotency: None, caller: anyone(), now: NOW })
        .await;
    assert!(matches!(answer, Err(StorageError::Corrupt(_))), "{answer:?}");
    assert_eq!(world.storage.job(second.spec.id).await.expect("read"), None);
}

pub async fn an_order_is_there_with_its_job(world: &World) {
    let (job, order) = world.submit_order("u_1", |_| {}).await;
    assert!(world.order(order).await.is_loading());
    assert_eq!(world.order(order).await.job_id, job);
}

pub async fn a_caller_that_goes_away_does_not_undo_the_write(world: &World) {
    let job = world.job(|_| {});
    let id = job.spec.id;
    let submission = Submission {
        jobs: vec![(job, None)],
        webhooks: Vec::new(),
        idempotency: None,
        caller: anyone(),
        now: NOW,
    };
    let storage: &dyn Storage = &*world.storage;
    tokio::select! {
        biased;
        _ = storage.submit(submission) => {}
        () = std::future::ready(()) => {}
    }
    // What is handed in later is done later, so this claim sees the job.
    assert_eq!(world.claimed_ids(1, NOW).await, [id]);
}
