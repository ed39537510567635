//! Plans of submissions, without a store.

use super::*;
use crate::domain::transition::{Dependency, Interference, ParentState, Trespass};
use crate::domain::{
    After, AfterFailed, AfterWhen, Digest, JobOptions, JobSpec, JobState, Json, OnConflict, Payload, Phase,
    QueueName, Reach, StateName, Submitter, TaskName, Unique,
};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A store in which no name limit is reached.
struct AnyNames;

impl NamesInUse for AnyNames {
    fn has_queue(&self, _: &QueueName) -> bool {
        true
    }

    fn has_task(&self, _: &TaskName) -> bool {
        true
    }

    fn queues(&self) -> usize {
        0
    }

    fn tasks(&self) -> usize {
        0
    }
}

fn id(number: u8) -> JobId {
    JobId::from_bytes([number; 16])
}

fn job(number: u8) -> Job {
    Job::new(JobSpec::new(id(number), "mail".parse().unwrap(), NOW))
}

fn keyed(number: u8, on_conflict: OnConflict) -> Job {
    let unique = Some(Unique { on_conflict, ..Unique::new("k") });
    let spec = job(number).spec;
    Job::new(JobSpec { options: JobOptions { unique, ..spec.options }, ..spec })
}

fn child(number: u8, parents: &[u8], when: AfterWhen) -> Job {
    let after =
        After { jobs: parents.iter().copied().map(id).collect(), when, on_failed: Default::default() };
    Job::new(JobSpec { after: Some(after), ..job(number).spec })
}

fn ended(number: u8, phase: Phase) -> Job {
    Job { state: JobState { phase, ..job(number).state }, ..job(number) }
}

fn anyone() -> Caller {
    Caller::unrestricted(Submitter::default())
}

/// The store with these jobs, as the plan of those knows it.
fn known(stored: &[Job], new: &[Job]) -> Known {
    let reads = Reads::of(new.iter());
    let mut known = Known::new(&reads);
    for read in &reads.newest {
        let is_newest = |job: &&Job| {
            let unique = job.spec.options.unique.as_ref();
            unique.is_some_and(|unique| unique.key == read.key) && read.states.contains(&job.state_name(NOW))
        };
        if let Some(job) = stored.iter().rev().find(is_newest) {
            known.add_newest(job, None);
        }
    }
    for job in stored.iter().filter(|job| reads.parents.contains(&job.spec.id)) {
        known.add_parent(job.spec.id, &job.spec.submitter, &job.state.phase);
    }
    known
}

/// The decisions about new jobs of anyone, in a store with others.
fn plan(stored: &[Job], new: &[Job]) -> (Vec<Decision>, bool) {
    let caller = anyone();
    let mut plan = SubmissionPlan::new(&caller, None, NOW, known(stored, new));
    let decisions = new.iter().map(|job| plan.admit(job.clone(), None, None, &AnyNames).unwrap()).collect();
    (decisions, plan.is_as_submitted())
}

fn inserted(decision: &Decision) -> &Insertion {
    match decision {
        Decision::Insert(insertion) => insertion,
        other => panic!("it is a duplicate: {other:?}"),
    }
}

#[test]
fn a_job_that_concerns_no_other_needs_nothing_and_is_inserted_as_it_is() {
    assert_eq!(Reads::of([job(1), job(2)].iter()), Reads::default());
    let (decisions, is_as_submitted) = plan(&[], &[job(1), job(2)]);
    assert_eq!(decisions.iter().map(|one| inserted(one).job.clone()).collect::<Vec<_>>(), [job(1), job(2)]);
    assert!(is_as_submitted);
}

#[test]
fn only_jobs_outside_of_the_submission_are_read_as_parents() {
    let reads = Reads::of([job(1), child(2, &[1, 9], AfterWhen::All)].iter());
    assert_eq!(reads.parents.into_iter().collect::<Vec<_>>(), [id(9)]);
}

#[test]
fn a_later_job_meets_an_earlier_one_and_who_waits_for_it_waits_for_that_one() {
    let new =
        [keyed(1, OnConflict::Existing), keyed(2, OnConflict::Existing), child(3, &[2], AfterWhen::All)];
    let (decisions, is_as_submitted) = plan(&[], &new);
    assert_eq!(decisions[1], Decision::Duplicate { of: id(1), effect: None });
    let child = inserted(&decisions[2]);
    assert_eq!((child.dependencies.parents(), child.is_redirected), (&[id(1)][..], true));
    assert!(!is_as_submitted);
}

#[test]
fn a_job_of_the_store_that_was_cancelled_for_a_new_one_is_met_no_more() {
    let mut begun = keyed(1, OnConflict::Replace);
    begun.state.attempted_at = Some(NOW);
    let new = [keyed(2, OnConflict::Replace), keyed(3, OnConflict::Replace)];
    let (decisions, _) = plan(&[begun], &new);
    let superseded = inserted(&decisions[0]).superseded.as_ref().unwrap();
    assert_eq!((superseded.0, superseded.1.state.phase.clone()), (id(1), Phase::Cancelled { at: NOW }));
    // The third rewrites the second, which never began.
    let Decision::Duplicate { of, effect: Some(Effect::Rewrite(job)) } = &decisions[1] else { panic!() };
    assert_eq!((*of, job.spec.id), (id(2), id(2)));
}

#[test]
fn a_child_follows_parents_that_are_final_when_it_is_inserted() {
    let (done, failed) = (ended(1, Phase::Completed { at: NOW }), ended(2, Phase::Discarded { at: NOW }));
    let stored = [done, failed, job(3)];
    let first = |parents: &[u8], when| {
        let (decisions, _) = plan(&stored, &[child(9, parents, when)]);
        inserted(&decisions[0]).clone()
    };
    let released = first(&[1], AfterWhen::All);
    assert_eq!((released.job.state.waits_for, released.dependencies.waits_for()), (0, &[][..]));
    assert_eq!(
        released.dependencies.parents(),
        [id(1)],
        "its result is kept as long as the child may read it"
    );
    let waits = first(&[1, 3], AfterWhen::All);
    let dependency = Dependency { when: AfterWhen::All, on_failed: AfterFailed::Discard, failed: false };
    assert_eq!((waits.job.state.waits_for, waits.dependencies.waits_for()), (1, &[(id(3), dependency)][..]));
    let discarded = first(&[2, 3], AfterWhen::All);
    assert_eq!(discarded.job.state_name(NOW), StateName::Discarded);
    assert!(discarded.error.is_some() && discarded.dependencies == Dependencies::default());
    let any = first(&[2, 3], AfterWhen::Any);
    let failed = [
        (id(2), Dependency { when: AfterWhen::Any, failed: true, ..dependency }),
        (id(3), Dependency { when: AfterWhen::Any, ..dependency }),
    ];
    assert_eq!((any.job.state.waits_for, any.dependencies.waits_for()), (1, &failed[..]));
}

#[test]
fn a_child_of_a_job_that_is_discarded_at_once_is_discarded_too() {
    let stored = [ended(1, Phase::Cancelled { at: NOW })];
    let new = [child(2, &[1], AfterWhen::All), child(3, &[2], AfterWhen::All)];
    let (decisions, _) = plan(&stored, &new);
    for decision in &decisions {
        let state = ParentState::of(Some(&inserted(decision).job.state.phase));
        assert_eq!(state, ParentState::Discarded);
    }
}

#[test]
fn nobody_waits_for_a_job_that_does_not_exist_or_is_not_theirs() {
    let caller = Caller::new(Submitter::token("mail"), Reach::Own);
    let refusal = |stored: &[Job]| {
        let new = [child(2, &[1], AfterWhen::All)];
        let mut plan = SubmissionPlan::new(&caller, None, NOW, known(stored, &new));
        plan.admit(new[0].clone(), None, None, &AnyNames).unwrap_err()
    };
    assert_eq!(refusal(&[]), Refusal::UnknownParent { child: id(2), parent: id(1) });
    let interference = Interference { job: id(1), by: Some(id(2)), deed: Trespass::WaitFor };
    assert_eq!(refusal(&[job(1)]), Refusal::Foreign(interference));
}

#[test]
fn a_webhook_is_inserted_unless_the_job_that_stands_for_its_own_has_one() {
    let caller = anyone();
    let webhooks_of = |on_conflict, there: &Job| {
        let new = [keyed(2, on_conflict)];
        let webhook =
            FullJob { job: child(3, &[2], AfterWhen::All), payload: Payload::new(Json::empty_object()) };
        let all = [new[0].clone(), webhook.job.clone()];
        let mut plan = SubmissionPlan::new(&caller, None, NOW, known(std::slice::from_ref(there), &all));
        plan.admit(new[0].clone(), None, Some(Box::new(webhook)), &AnyNames).unwrap();
        let webhooks = plan.webhooks();
        webhooks.into_iter().map(|webhook| plan.admit_webhook(webhook.job).unwrap()).collect::<Vec<_>>()
    };
    let there = keyed(1, OnConflict::Existing);
    assert_eq!(webhooks_of(OnConflict::Existing, &there), []);
    assert_eq!(webhooks_of(OnConflict::Replace, &there)[0].dependencies.parents(), [id(1)]);
    let mut telling = there.clone();
    telling.spec.options.callback_url = Some("https://shop.example/told".to_owned());
    assert_eq!(webhooks_of(OnConflict::Replace, &telling), []);
    assert_eq!(webhooks_of(OnConflict::Existing, &job(1))[0].dependencies.parents(), [id(2)]);
}

#[test]
fn a_key_is_repeated_by_the_same_request_until_it_expires() {
    let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
    let stored = Some((&one, NOW));
    let before = Timestamp::from_millis(NOW.as_millis() - 1);
    assert_eq!(is_repeated(None, &one, NOW), Ok(false));
    assert_eq!(is_repeated(stored, &one, before), Ok(true));
    assert_eq!(is_repeated(stored, &other, before), Err(KeyReused));
    assert_eq!(is_repeated(stored, &other, NOW), Ok(false));
}
