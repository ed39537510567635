//! Every edge of the state machine, as a fact.

use std::time::Duration;

use super::*;
use crate::domain::{
    Awaited, FailureKind, Holder, Jitter, JitterSeed, JobSpec, OrderId, OrderStatus, Outcome, Retry,
    StateName, Submitter, WAITS_MAX, WaitRequest, WorkerId,
};

const NOW: Timestamp = Timestamp::from_millis(1_000_000);
const SEED: JitterSeed = JitterSeed::from_random(7);

pub(in crate::domain) fn job(max_attempts: u32) -> Job {
    let spec = JobSpec::new(JobId::from_bytes([1; 16]), "create-order".parse().unwrap(), NOW);
    Job::new(JobSpec { max_attempts, order: Some(OrderId::from_bytes([2; 16])), ..spec })
}

fn order_of(job: &Job) -> Order {
    Order {
        id: job.spec.order.unwrap(),
        user_id: "u_42".into(),
        payment_intent_id: "pi_1".into(),
        job_id: job.spec.id,
        status: OrderStatus::Loading,
        submitter: Submitter::default(),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn lease_grant() -> LeaseGrant {
    LeaseGrant {
        holder: Holder::Host,
        token: LeaseToken::from_bytes([3; 16]),
        worker: WorkerId::new("w"),
        expires_at: NOW.plus(Duration::from_secs(30)),
        code: None,
    }
}

fn running(max_attempts: u32) -> (Job, LeaseToken) {
    let mut job = job(max_attempts);
    let grant = lease_grant();
    let token = grant.token;
    job.state = claim(&job, None, grant, NOW).unwrap().state;
    (job, token)
}

fn settled(job: &Job, token: LeaseToken, outcome: Outcome) -> Change {
    let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
    settle(job, Some(&order_of(job)), settlement, Awaited::default(), NOW).unwrap()
}

fn receipt() -> Json {
    Json::parse(r#"{"price":"49.99","currency":"USD","third_party_order_id":"po_1"}"#).unwrap()
}

fn failure(retry: Retry) -> Outcome {
    Outcome::Failed(Failure { kind: FailureKind::Failed, message: "no".into(), detail: None, retry })
}

#[test]
fn claim_counts_the_attempt_and_takes_the_lease() {
    let (job, _) = running(3);
    assert_eq!(job.state.attempt, 1);
    assert_eq!(job.state_name(NOW), StateName::Running);
    assert_eq!(claim(&job, None, lease_grant(), NOW), Err(Refusal::NotDue));
}

#[test]
fn a_job_is_not_claimed_before_it_is_due() {
    let job = job(3);
    assert_eq!(claim(&job, None, lease_grant(), NOW.minus(Duration::from_millis(1))), Err(Refusal::NotDue));
}

#[test]
fn a_job_that_never_started_by_its_expiry_is_discarded_as_expired() {
    let mut job = job(3);
    job.state.expires_at = Some(NOW);
    let change = claim(&job, Some(&order_of(&job)), lease_grant(), NOW).unwrap();
    assert_eq!(change.state.phase, Phase::Discarded { at: NOW });
    assert_eq!(change.error.unwrap().kind, FailureKind::Expired);
    assert!(matches!(change.order.unwrap().status, OrderStatus::Failed { .. }));
}

#[test]
fn success_completes_job_and_order_together() {
    let (job, token) = running(3);
    let change = settled(&job, token, Outcome::Succeeded(receipt()));
    assert_eq!(change.state.phase, Phase::Completed { at: NOW });
    assert_eq!(change.output, OutputChange::Set(receipt()));
    let OrderStatus::Completed(receipt) = change.order.unwrap().status else {
        panic!("order must be complete")
    };
    assert_eq!(receipt.price.to_string(), "49.99");
}

#[test]
fn a_result_that_is_no_receipt_fails_the_order_and_says_why() {
    let (job, token) = running(3);
    let change = settled(&job, token, Outcome::Succeeded(Json::parse("{}").unwrap()));
    assert_eq!(change.state.phase, Phase::Discarded { at: NOW });
    assert_eq!(change.error.as_ref().unwrap().kind, FailureKind::BadOutput);
    assert!(matches!(change.order.unwrap().status, OrderStatus::Failed { error } if error.contains("price")));
}

#[test]
fn a_retryable_failure_waits_for_its_backoff_and_the_order_stays_loading() {
    let (job, token) = running(3);
    let change = settled(&job, token, failure(Retry::Backoff));
    assert_eq!(change.state.phase, Phase::Pending { due_at: NOW.plus(Duration::from_secs(1)) });
    assert_eq!(change.state.name(NOW), StateName::Retryable);
    assert_eq!(change.order, None);
    assert_eq!(change.error.unwrap().attempt, 1);
}

#[test]
fn the_plugin_may_choose_the_delay_within_a_day() {
    let (job, token) = running(3);
    for (chosen, kept) in [(60, 60), (10_000_000, 86_400)] {
        let change = settled(&job, token, failure(Retry::After(Duration::from_secs(chosen))));
        assert_eq!(change.state.phase, Phase::Pending { due_at: NOW.plus(Duration::from_secs(kept)) });
    }
}

#[test]
fn the_last_attempt_and_a_permanent_failure_discard() {
    let (job, token) = running(1);
    assert_eq!(settled(&job, token, failure(Retry::Backoff)).state.phase, Phase::Discarded { at: NOW });
    let (job, token) = running(9);
    assert_eq!(settled(&job, token, failure(Retry::Never)).state.phase, Phase::Discarded { at: NOW });
}

#[test]
fn an_interrupted_attempt_is_given_back_and_costs_nothing() {
    let (job, token) = running(1);
    let change = settled(&job, token, Outcome::Interrupted);
    assert_eq!(change.state.phase, Phase::Pending { due_at: NOW });
    assert_eq!(change.state.attempt, 0);
}

#[test]
fn a_stale_token_is_refused() {
    let (job, _) = running(3);
    let stranger = Settlement {
        token: LeaseToken::from_bytes([4; 16]),
        outcome: Outcome::Succeeded(receipt()),
        progress: None,
        jitter: Jitter::NONE,
    };
    assert_eq!(settle(&job, None, stranger, Awaited::default(), NOW), Err(Refusal::StaleLease));
}

#[test]
fn rescue_takes_back_only_what_ran_out_and_the_attempt_counts() {
    let (job, token) = running(1);
    assert_eq!(rescue(&job, None, SEED, NOW), Err(Refusal::LeaseHeld));
    let later = NOW.plus(Duration::from_secs(30));
    let change = rescue(&job, Some(&order_of(&job)), SEED, later).unwrap();
    assert_eq!(change.state.phase, Phase::Discarded { at: later });
    assert_eq!(change.error.unwrap().kind, FailureKind::LeaseLost);
    let rescued = Job { state: change.state, ..job };
    let late = Settlement { token, outcome: Outcome::Interrupted, progress: None, jitter: Jitter::NONE };
    assert_eq!(settle(&rescued, None, late, Awaited::default(), later), Err(Refusal::StaleLease));
}

#[test]
fn a_renewed_lease_is_not_rescued() {
    let (mut job, token) = running(3);
    let expires_at = NOW.plus(Duration::from_secs(60));
    job.state = renew(&job.state, Renewal { token, expires_at, progress: None }).unwrap();
    let between = NOW.plus(Duration::from_secs(30));
    assert_eq!(rescue(&job, None, SEED, between), Err(Refusal::LeaseHeld));
}

#[test]
fn cancel_is_immediate_when_waiting_asked_when_running_and_nothing_when_final() {
    let mut waiting = job(3);
    let change = cancel(&waiting, Some(&order_of(&waiting)), NOW).unwrap();
    assert_eq!(change.order.unwrap().status, OrderStatus::Cancelled);
    waiting.state = change.state;
    assert_eq!(cancel(&waiting, None, NOW), None);

    let (mut job, token) = running(3);
    job.state = cancel(&job, None, NOW).unwrap().state;
    assert!(job.state.cancel_requested && !job.state.phase.is_final());
    for retry in [Retry::Backoff, Retry::Never] {
        let change = settled(&job, token, failure(retry));
        assert_eq!((change.state.phase, change.error.is_some()), (Phase::Cancelled { at: NOW }, true));
    }
    assert_eq!(settled(&job, token, Outcome::Interrupted).state.phase, Phase::Cancelled { at: NOW });
}

#[test]
fn retry_by_a_person_begins_anew_from_every_state_but_running() {
    let (mut job, token) = running(1);
    assert!(matches!(retry(&job, None, NOW), Err(Refusal::WrongState { .. })));
    let mut order = order_of(&job);
    let discarded = settled(&job, token, failure(Retry::Never));
    job.state = discarded.state;
    order = discarded.order.unwrap_or(order);
    let change = retry(&job, Some(&order), NOW).unwrap().unwrap();
    assert_eq!((change.state.attempt, change.state.name(NOW)), (0, StateName::Available));
    assert!(change.order.unwrap().is_loading());
}

#[test]
fn a_retry_never_makes_a_due_job_start_later_and_one_that_changes_nothing_is_none() {
    let due_at = |job: &Job, now| retry(job, None, now).unwrap().map(|change| change.state.due_at().unwrap());
    let (mut due, later) = (job(3), NOW.plus(Duration::from_secs(60)));
    assert_eq!(due_at(&due, later), None);
    due.state.attempt = 1;
    assert_eq!(due_at(&due, later), Some(NOW));
    due.state.phase = Phase::Pending { due_at: later };
    assert_eq!(due_at(&due, NOW), Some(NOW));
    // While it waited for others it had no place in the line.
    (due.state.phase, due.state.waits_for) = (Phase::Pending { due_at: NOW }, 1);
    assert_eq!(due_at(&due, later), Some(later));
}

#[test]
fn a_retried_job_does_not_expire() {
    let mut job = job(3);
    (job.spec.options.expires_at, job.state.expires_at) = (Some(NOW), Some(NOW));
    job.state = retry(&job, None, NOW).unwrap().unwrap().state;
    assert!(matches!(claim(&job, None, lease_grant(), NOW).unwrap().state.phase, Phase::Running { .. }));
}

#[test]
fn an_attempt_that_is_given_back_keeps_its_place_in_the_line() {
    let (mut job, token) = running(3);
    let earlier = NOW.minus(Duration::from_secs(60));
    let Phase::Running { lease } = &mut job.state.phase else { panic!("it runs") };
    lease.due_at = earlier;
    assert_eq!(settled(&job, token, Outcome::Interrupted).state.phase, Phase::Pending { due_at: earlier });
}

#[test]
fn a_job_is_deleted_unless_it_runs_and_only_a_loading_order_changes() {
    assert!(delete(&running(1).0, None, NOW).is_err());
    let (waiting, (mut done, token)) = (job(1), running(1));
    let cancelled = delete(&waiting, Some(&order_of(&waiting)), NOW).unwrap().unwrap();
    assert_eq!(cancelled.status, OrderStatus::Cancelled);
    let change = settled(&done, token, Outcome::Succeeded(receipt()));
    done.state = change.state;
    assert_eq!(delete(&done, change.order.as_ref(), NOW), Ok(None));
}

#[test]
fn the_waits_of_a_job_are_bounded_and_a_retry_counts_them_anew() {
    let wait = WaitRequest::new("paid".parse().unwrap(), Duration::from_secs(60));
    let (mut job, token) = running(3);
    job.state.waits = WAITS_MAX - 1;
    let change = settled(&job, token, Outcome::Waiting(wait.clone()));
    assert_eq!((change.state.waits, change.state.attempt), (WAITS_MAX, 0));
    job.state.waits = WAITS_MAX;
    let change = settled(&job, token, Outcome::Waiting(wait));
    assert!(matches!(change.state.phase, Phase::Discarded { .. }), "{change:?}");
    assert!(change.error.unwrap().message.contains("10000 times"));
    let ended = Job { state: change.state, ..job };
    assert_eq!(retry(&ended, None, NOW).unwrap().unwrap().state.waits, 0);
}
