//! What holds between hosts that share a store.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use futures::future::join_all;
use taskbox::domain::{
    Digest, GateChange, Grant, JobId, LeaseToken, PluginVersion, QueueChange, QueueName, StateName, Unique,
};
use taskbox::ports::{NewVersion, SecretValue, Settled, Storage, StorageResult, Submission, Submitted};

use super::world::{Draft, NOW, SEED, World, after, at_most, full, rated, submission, succeeded};

/// Jobs of each case.
const JOBS: usize = 40;
/// Claims that overlap, half of them of each host.
const CLAIMS: usize = 8;

async fn submit_some(world: &World, change: impl Fn(&mut Draft)) -> BTreeSet<JobId> {
    let jobs: Vec<_> = (0..JOBS).map(|_| world.job(&change)).collect();
    let ids = jobs.iter().map(|new| new.job.spec.id).collect();
    world.submit_all(jobs).await;
    ids
}

fn hosts(world: &World) -> impl Iterator<Item = &Arc<dyn Storage>> {
    [&world.storage, &world.other].into_iter().cycle()
}

/// The ids of the jobs of each of several claims of up to `limit` jobs that overlap.
async fn claim_at_once(world: &World, limit: usize) -> Vec<Vec<(JobId, LeaseToken)>> {
    let claims = hosts(world).take(CLAIMS).map(async |host| {
        let request = world.claim_request(limit, NOW);
        let token = request.token;
        let claimed = host.claim(request).await.expect("claimed");
        claimed.jobs.iter().map(|full| (full.job.spec.id, token)).collect()
    });
    join_all(claims).await
}

async fn configure(world: &World, change: QueueChange) {
    world.other.configure_queue(QueueName::default(), change, NOW).await.expect("configured");
}

fn gate(gate: GateChange) -> QueueChange {
    QueueChange { gate, ..QueueChange::default() }
}

pub async fn a_host_reads_what_another_one_wrote(world: &World) {
    let new = world.job(|_| {});
    let id = new.job.spec.id;
    assert_eq!(world.other.submit(submission(vec![new.clone()])).await.expect("submitted"), Submitted::New);
    assert_eq!(world.full_job(id).await, full(new));
    assert_eq!(world.listed(Default::default(), NOW).await, [id]);
    assert_eq!(world.queues(NOW).await[0].count(StateName::Available), 1);
    world.finish(id, succeeded(), NOW).await;
    let read = world.other.job(id).await.expect("read").expect("it is there");
    assert_eq!(read.job.state_name(NOW), StateName::Completed);
}

pub async fn of_claims_that_overlap_each_job_is_in_one(world: &World) {
    let ids = submit_some(world, |_| {}).await;
    let claimed: Vec<_> = claim_at_once(world, 9).await.into_iter().flatten().map(|(id, _)| id).collect();
    assert_eq!((claimed.len(), claimed.into_iter().collect()), (JOBS, ids));
}

pub async fn limits_are_exact_over_claims_that_overlap(world: &World) {
    configure(world, gate(at_most(5))).await;
    submit_some(world, |_| {}).await;
    assert_eq!(claim_at_once(world, 3).await.concat().len(), 5);
}

pub async fn rates_are_exact_over_claims_that_overlap(world: &World) {
    configure(world, gate(rated("5/1m"))).await;
    submit_some(world, |_| {}).await;
    assert_eq!(claim_at_once(world, 3).await.concat().len(), 5);
}

pub async fn a_concurrency_key_is_exact_over_claims_that_overlap(world: &World) {
    let two = QueueChange { key_concurrency: Some(NonZeroU32::new(2)), ..QueueChange::default() };
    configure(world, two).await;
    submit_some(world, |draft| draft.options.flow.concurrency_key = Some("k".to_owned())).await;
    assert_eq!(claim_at_once(world, 9).await.concat().len(), 2);
}

pub async fn fairness_keys_have_turns_over_the_claims_of_two_hosts(world: &World) {
    let fair =
        |key: &'static str| move |draft: &mut Draft| draft.options.flow.fairness_key = Some(key.to_owned());
    let large = submit_some(world, fair("large")).await;
    submit_some(world, fair("small")).await;
    let mut of_large = Vec::new();
    for host in hosts(world).take(8) {
        let claimed = host.claim(world.claim_request(1, NOW)).await.expect("claimed");
        of_large.push(large.contains(&claimed.jobs[0].job.spec.id));
    }
    assert_eq!(of_large, [true, false].repeat(4));
}

pub async fn of_submissions_that_overlap_one_has_the_unique_key(world: &World) {
    let submissions = hosts(world).take(CLAIMS).map(async |host| {
        let new = world.job(|draft| draft.options.unique = Some(Unique::new("k")));
        host.submit(submission(vec![new])).await.expect("submitted")
    });
    let submitted = join_all(submissions).await;
    let stored = submitted.iter().filter(|submitted| match submitted {
        Submitted::New => true,
        Submitted::Admitted(admitted) => !admitted[0].duplicate,
        Submitted::Replayed(_) => false,
    });
    assert_eq!((stored.count(), world.listed(Default::default(), NOW).await.len()), (1, 1));
}

pub async fn of_requests_that_overlap_one_is_the_first_of_its_idempotency_key(world: &World) {
    let requests = hosts(world).take(CLAIMS).map(async |host| {
        let idempotency = Some(world.key("k", "body"));
        let submission = Submission { idempotency, ..submission(vec![world.job(|_| {})]) };
        host.submit(submission).await.expect("submitted")
    });
    let submitted = join_all(requests).await;
    let replayed = submitted.iter().filter(|submitted| matches!(submitted, Submitted::Replayed(_)));
    assert_eq!((replayed.count(), world.listed(Default::default(), NOW).await.len()), (CLAIMS - 1, 1));
}

pub async fn of_results_and_rescues_that_overlap_one_counts(world: &World) {
    let ids = submit_some(world, |draft| draft.max_attempts = 1).await;
    let leases: BTreeMap<_, _> = claim_at_once(world, JOBS).await.into_iter().flatten().collect();
    assert_eq!(leases.len(), JOBS);
    let end = after(30);
    let (rescued, settled): (_, Vec<StorageResult<Settled>>) = tokio::join!(
        world.other.rescue(end, SEED, JOBS / 2),
        join_all(leases.iter().map(|(id, token)| world.settle(*id, *token, succeeded(), end))),
    );
    let taken_back = rescued.expect("rescued").jobs.len();
    let counted = settled.iter().filter(|settled| settled.is_ok()).count();
    let mut completed = 0;
    for id in ids {
        completed += usize::from(world.state(id, end).await == StateName::Completed);
    }
    assert_eq!((taken_back + counted, completed), (JOBS, counted));
}

pub async fn a_host_sees_the_revision_of_what_another_one_uploaded_granted_or_rotated(world: &World) {
    let plugin: taskbox::domain::PluginName = "mail".parse().expect("a plugin name");
    let mut revisions = vec![world.storage.revision().await.expect("read")];
    let version = PluginVersion {
        name: plugin.clone(),
        version: 0,
        digest: Digest::of(b"one"),
        size_bytes: 3,
        tasks: Vec::new(),
        imports: Vec::new(),
        uploaded_at: NOW,
    };
    let new = NewVersion { version, component: Bytes::from_static(b"one"), activate: true };
    world.other.add_plugin(new).await.expect("added");
    revisions.push(world.storage.revision().await.expect("read"));
    world.other.put_grant(plugin.clone(), Grant::default()).await.expect("granted");
    revisions.push(world.storage.revision().await.expect("read"));
    let secret = "stripe-key".parse().expect("a secret name");
    world.other.put_secret(secret, SecretValue::new("two"), NOW).await.expect("written");
    revisions.push(world.storage.revision().await.expect("read"));
    assert!(revisions.is_sorted_by(|before, behind| before < behind), "{revisions:?}");
    assert_eq!(
        world.storage.component(Digest::of(b"one")).await.expect("read"),
        Some(Bytes::from_static(b"one"))
    );
    assert!(world.storage.grants().await.expect("read").contains_key(&plugin));
    assert_eq!(world.storage.secrets().await.expect("read")[0].1.reveal(), "two");
}
