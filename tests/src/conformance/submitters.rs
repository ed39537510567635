//! Whose a job is, and what others may do to it by what they submit.

use taskbox::domain::transition::{Interference, Refusal, Trespass};
use taskbox::domain::{
    After, AfterFailed, AfterWhen, Caller, JobId, OnConflict, Reach, StateName, Submitter, Unique,
};
use taskbox::ports::{Action, JobFilter, NewJob, StorageError, StorageResult, Submission, Submitted};

use super::world::{Draft, NOW, World, full, submission};

fn caller(name: &str, reach: Reach) -> Caller {
    Caller::new(Submitter::token(name), reach)
}

fn job_of(world: &World, caller: &Caller, change: impl FnOnce(&mut Draft)) -> NewJob {
    world.job(|spec| {
        spec.submitter = caller.submitter.clone();
        change(spec);
    })
}

/// A job of the key `k`.
fn keyed(world: &World, caller: &Caller, on_conflict: OnConflict) -> NewJob {
    job_of(world, caller, |spec| spec.options.unique = Some(Unique { on_conflict, ..Unique::new("k") }))
}

/// A job that waits for this one.
fn child(world: &World, caller: &Caller, parent: JobId) -> NewJob {
    let after = After { jobs: vec![parent], when: AfterWhen::All, on_failed: AfterFailed::Discard };
    job_of(world, caller, |spec| spec.after = Some(after))
}

async fn send(world: &World, caller: &Caller, jobs: &[&NewJob]) -> StorageResult<Submitted> {
    let jobs = jobs.iter().copied().cloned().collect();
    world.storage.submit(Submission { caller: caller.clone(), ..submission(jobs) }).await
}

fn interference(answer: StorageResult<Submitted>) -> Interference {
    match answer {
        Err(StorageError::Refused(Refusal::Foreign(interference))) => interference,
        other => panic!("not refused as foreign: {other:?}"),
    }
}

async fn stored(world: &World) -> Vec<JobId> {
    world.listed(JobFilter::default(), NOW).await
}

pub async fn a_job_and_its_order_keep_their_submitter(world: &World) {
    let mut new = world.order_job("u", |spec| {
        spec.submitter = Submitter::token("shop");
        spec.options.callback_url = Some("https://shop.example".to_owned());
    });
    let order = new.order.as_mut().expect("it has an order");
    order.submitter = Submitter::token("shop");
    let webhook = new.job.spec.webhook(world.draft().id).expect("it tells somebody");
    let (id, order_id, webhook_id) = (new.job.spec.id, order.id, webhook.job.spec.id);
    new.webhook = Some(Box::new(webhook));
    send(world, &caller("shop", Reach::Own), &[&new]).await.expect("submitted");
    for id in [id, webhook_id] {
        assert_eq!(world.details(id).await.job.spec.submitter, Submitter::token("shop"));
    }
    let order = world.storage.order(order_id).await.expect("read").expect("it is there");
    assert_eq!(order.submitter, Submitter::token("shop"));
}

pub async fn the_submitters_of_many_jobs_are_told_in_their_order(world: &World) {
    let (shop, mail) = (caller("shop", Reach::Own), caller("mail", Reach::Own));
    let jobs = [&shop, &mail, &shop].map(|by| job_of(world, by, |_| {}));
    for (new, by) in jobs.iter().zip([&shop, &mail, &shop]) {
        send(world, by, &[new]).await.expect("submitted");
    }
    let own = world.submit(|_| {}).await;
    let [first, of_mail, gone] = jobs.map(|new| new.job.spec.id);
    world.act(gone, Action::Delete).await.expect("deleted");
    assert_eq!(world.claimed_ids(9, NOW).await.len(), 3, "also of a job that runs");
    let answer = world.storage.submitters(vec![of_mail, gone, own, first, of_mail]).await.expect("read");
    let token = |name| Some(Submitter::token(name));
    let nobody = Some(Submitter::default());
    assert_eq!(answer, [token("mail"), None, nobody, token("shop"), token("mail")]);
    assert_eq!(world.storage.submitters(vec![]).await.expect("read"), []);
}

pub async fn a_foreign_job_is_a_duplicate_that_is_neither_replaced_nor_moved(world: &World) {
    let (shop, mail) = (caller("shop", Reach::Own), caller("mail", Reach::Read));
    let first = keyed(world, &shop, OnConflict::Existing);
    send(world, &shop, &[&first]).await.expect("submitted");
    for (on_conflict, deed) in
        [(OnConflict::Replace, Trespass::Replace), (OnConflict::Debounce, Trespass::Debounce)]
    {
        let second = keyed(world, &mail, on_conflict);
        let refused = interference(send(world, &mail, &[&second]).await);
        assert_eq!(refused, Interference { job: first.job.spec.id, by: Some(second.job.spec.id), deed });
    }
    let Submitted::Admitted(met) =
        send(world, &mail, &[&keyed(world, &mail, OnConflict::Existing)]).await.expect("submitted")
    else {
        panic!("it met the other")
    };
    assert_eq!((met[0].job.spec.id, met[0].duplicate), (first.job.spec.id, true));
    assert_eq!(world.full_job(first.job.spec.id).await, full(first));
}

pub async fn a_job_waits_for_no_foreign_one(world: &World) {
    let (shop, mail) = (caller("shop", Reach::Own), caller("mail", Reach::Own));
    let parent = job_of(world, &shop, |_| {});
    send(world, &shop, &[&parent]).await.expect("submitted");
    let foreign = child(world, &mail, parent.job.spec.id);
    let refused = interference(send(world, &mail, &[&foreign]).await);
    let by = Some(foreign.job.spec.id);
    assert_eq!(refused, Interference { job: parent.job.spec.id, by, deed: Trespass::WaitFor });
    send(world, &shop, &[&child(world, &shop, parent.job.spec.id)]).await.expect("its own may");
    assert_eq!(stored(world).await.len(), 2);
}

pub async fn a_job_waits_for_no_foreign_one_that_stands_for_its_parent(world: &World) {
    let (shop, mail) = (caller("shop", Reach::Own), caller("mail", Reach::Own));
    let there = keyed(world, &shop, OnConflict::Existing);
    send(world, &shop, &[&there]).await.expect("submitted");
    let duplicate = keyed(world, &mail, OnConflict::Existing);
    let child = child(world, &mail, duplicate.job.spec.id);
    let refused = interference(send(world, &mail, &[&duplicate, &child]).await);
    assert_eq!((refused.job, refused.deed), (there.job.spec.id, Trespass::WaitFor));
    assert_eq!(stored(world).await, [there.job.spec.id]);
}

pub async fn a_batch_that_touches_one_foreign_job_stores_nothing(world: &World) {
    let (shop, mail) = (caller("shop", Reach::Own), caller("mail", Reach::Own));
    let first = keyed(world, &shop, OnConflict::Existing);
    send(world, &shop, &[&first]).await.expect("submitted");
    let (good, bad) = (job_of(world, &mail, |_| {}), keyed(world, &mail, OnConflict::Replace));
    interference(send(world, &mail, &[&good, &bad]).await);
    assert_eq!(stored(world).await, [first.job.spec.id]);
    assert_eq!(world.full_job(first.job.spec.id).await, full(first));
}

pub async fn an_operator_replaces_a_foreign_job_by_its_own_and_waits_for_any(world: &World) {
    let (shop, operator) = (caller("shop", Reach::Own), caller("ops", Reach::Operate));
    let first = keyed(world, &shop, OnConflict::Existing);
    send(world, &shop, &[&first]).await.expect("submitted");
    let second = keyed(world, &operator, OnConflict::Replace);
    send(world, &operator, &[&second, &child(world, &operator, first.job.spec.id)]).await.expect("submitted");
    let (old, new) =
        (world.details(first.job.spec.id).await.job, world.details(second.job.spec.id).await.job);
    assert_eq!((old.state_name(NOW), old.spec.submitter), (StateName::Cancelled, shop.submitter));
    assert_eq!((new.state_name(NOW), new.spec.submitter), (StateName::Available, operator.submitter));
}
