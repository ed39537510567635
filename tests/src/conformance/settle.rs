//! Settling.

use std::time::Duration;

use taskbox::domain::transition::{self, Refusal, Settlement};
use taskbox::domain::{FailureKind, Jitter, JobId, OrderStatus, Outcome, Phase, StateName};
use taskbox::ports::{Action, AttemptLog, EndedAttempt, LOGS_KEPT_MAX, StorageError, StorageResult};

use super::world::{NOW, World, after, permanent, receipt, retryable, succeeded};

pub async fn success_keeps_the_output_and_completes_the_order(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    let settled = world.finish(id, Outcome::Succeeded(receipt()), after(1)).await;
    let details = world.details(id).await;
    assert_eq!((&details.job, details.output), (&settled.job, Some(receipt())));
    let order = world.order(order).await;
    assert!(matches!(&order.status, OrderStatus::Completed(receipt) if receipt.price.to_string() == "49.99"));
    assert_eq!((settled.order, details.job.state_name(NOW)), (Some(order), StateName::Completed));
}

pub async fn a_retryable_failure_waits_and_keeps_its_error(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    let settled = world.finish(id, retryable(), NOW).await;
    assert_eq!(settled.job.state_name(NOW), StateName::Retryable);
    assert!(world.order(order).await.is_loading());
    assert_eq!(world.claim(1, NOW).await.next_due, Some(after(1)));
    world.finish(id, retryable(), after(1)).await;
    let attempts: Vec<_> = world.details(id).await.errors.iter().map(|error| error.attempt).collect();
    assert_eq!(attempts, [1, 2]);
}

pub async fn a_last_failure_discards_the_job_and_fails_the_order(world: &World) {
    let (id, order) = world.submit_order("u", |spec| spec.max_attempts = 1).await;
    let settled = world.finish(id, retryable(), NOW).await;
    assert_eq!(settled.job.state_name(NOW), StateName::Discarded);
    assert_eq!(settled.order, Some(world.order(order).await));
    assert_eq!(world.claim(1, after(9_999)).await, Default::default());
}

pub async fn a_stale_lease_is_refused_and_writes_nothing(world: &World) {
    let id = world.submit(|_| {}).await;
    let token = world.start(id, NOW).await;
    let stale = Settlement {
        token: world.token(),
        outcome: Outcome::Succeeded(receipt()),
        progress: None,
        jitter: Jitter::NONE,
    };
    let answer = world
        .settle_attempt(EndedAttempt { job: id, settlement: stale, log: "printed".to_owned() }, NOW)
        .await;
    assert!(matches!(answer, Err(StorageError::Refused(Refusal::StaleLease))), "{answer:?}");
    assert_eq!(world.storage.logs(id).await.expect("read"), []);
    world.settle(id, token, Outcome::Succeeded(receipt()), NOW).await.expect("settled");
    let again = world.settle(id, token, permanent(), NOW).await;
    assert!(matches!(again, Err(StorageError::Refused(Refusal::StaleLease))), "{again:?}");
}

pub async fn of_several_results_one_that_is_refused_keeps_no_other_from_being_written(world: &World) {
    let [first, second, third] =
        [world.submit(|_| {}).await, world.submit(|_| {}).await, world.submit(|_| {}).await];
    let request = world.claim_request(3, NOW);
    let held = request.token;
    assert_eq!(world.storage.claim(request).await.expect("claimed").jobs.len(), 3);
    let ended = |job, token| EndedAttempt {
        job,
        settlement: Settlement { token, outcome: succeeded(), progress: None, jitter: Jitter::NONE },
        log: "printed".to_owned(),
    };
    let unknown = world.draft().id;
    let all = vec![
        ended(first, held),
        ended(second, world.token()),
        ended(unknown, held),
        ended(third, held),
        ended(first, held),
    ];
    let answers = world.storage.settle(all, NOW).await.expect("answered");
    let settled: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().map(|settled| settled.job.spec.id).ok()).collect();
    assert_eq!(settled, [Some(first), None, None, Some(third), None]);
    let stale = |answer: &StorageResult<_>| matches!(answer, Err(StorageError::Refused(Refusal::StaleLease)));
    assert!(stale(&answers[1]) && stale(&answers[4]), "{answers:?}");
    assert!(matches!(answers[2], Err(StorageError::NotFound { .. })), "{answers:?}");
    assert_eq!(world.state(second, NOW).await, StateName::Running);
    assert_eq!(world.storage.logs(second).await.expect("read"), []);
    assert_eq!(world.storage.logs(third).await.expect("read").len(), 1);
}

pub async fn a_late_result_is_remembered_and_changes_nothing(world: &World) {
    let id = world.submit(|_| {}).await;
    world.finish(id, Outcome::Succeeded(receipt()), NOW).await;
    let before = world.details(id).await;
    let error = transition::late(1, &retryable(), after(9));
    world.storage.note_late(id, error.clone()).await.expect("written");
    let now = world.details(id).await;
    assert_eq!((now.job, now.output, now.errors), (before.job, before.output, vec![error.clone()]));
    world.storage.note_late(world.draft().id, error).await.expect("nothing to remember");
}

pub async fn an_interrupted_attempt_costs_nothing(world: &World) {
    let id = world.submit(|spec| spec.max_attempts = 1).await;
    let settled = world.finish(id, Outcome::Interrupted, NOW).await;
    assert_eq!((settled.job.state.attempt, settled.job.state_name(NOW)), (0, StateName::Available));
    assert_eq!(world.claimed_ids(1, NOW).await, [id]);
}

pub async fn an_interrupted_attempt_costs_no_place_in_the_line(world: &World) {
    let first = world.submit(|_| {}).await;
    let token = world.start(first, after(1)).await;
    let second = world.submit(|spec| spec.run_at = after(1)).await;
    let settled = world.settle(first, token, Outcome::Interrupted, after(9)).await.expect("settled");
    assert_eq!(settled.job.state.due_at(), Some(NOW));
    assert_eq!(world.claimed_ids(1, after(9)).await, [first]);
    assert_eq!(world.claimed_ids(1, after(9)).await, [second]);
}

pub async fn a_job_that_was_to_stop_ends_cancelled_with_its_last_failure(world: &World) {
    for (attempts, outcome) in [(1, retryable()), (9, retryable()), (9, permanent())] {
        let (id, order) = world.submit_order("u", |spec| spec.max_attempts = attempts).await;
        let token = world.start(id, NOW).await;
        world.act(id, Action::Cancel).await.expect("asked");
        world.settle(id, token, outcome, NOW).await.expect("settled");
        assert_eq!(world.state(id, NOW).await, StateName::Cancelled);
        assert_eq!(world.order(order).await.status, OrderStatus::Cancelled);
        assert_eq!(world.details(id).await.errors.len(), 1);
    }
}

pub async fn a_snoozed_job_waits_and_costs_no_attempt(world: &World) {
    let id = world.submit(|spec| spec.max_attempts = 1).await;
    let settled = world.finish(id, Outcome::Snoozed(Duration::from_secs(5)), NOW).await;
    assert_eq!((settled.job.state.attempt, settled.job.state_name(NOW)), (0, StateName::Scheduled));
    assert_eq!(world.claim(1, NOW).await.next_due, Some(after(5)));
}

pub async fn a_snooze_is_at_least_a_second_and_at_most_a_day(world: &World) {
    for (asked, due) in [(Duration::ZERO, after(1)), (Duration::MAX, after(24 * 3600))] {
        let id = world.submit(|_| {}).await;
        let settled = world.finish(id, Outcome::Snoozed(asked), NOW).await;
        assert_eq!(settled.job.state.phase, Phase::Pending { due_at: due });
    }
}

pub async fn a_cancelled_attempt_cancels_job_and_order(world: &World) {
    let (id, order) = world.submit_order("u", |_| {}).await;
    world.finish(id, Outcome::Cancelled, NOW).await;
    assert_eq!(world.state(id, NOW).await, StateName::Cancelled);
    assert_eq!(world.order(order).await.status, OrderStatus::Cancelled);
}

async fn print(world: &World, id: JobId, text: &str, outcome: Outcome) {
    let token = world.start(id, after(9_999)).await;
    let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
    let ended = EndedAttempt { job: id, settlement, log: text.to_owned() };
    world.settle_attempt(ended, NOW).await.expect("settled");
}

pub async fn logs_are_kept_by_attempt_and_an_empty_one_is_none(world: &World) {
    let id = world.submit(|_| {}).await;
    print(world, id, "one", retryable()).await;
    print(world, id, "", retryable()).await;
    print(world, id, "three", retryable()).await;
    let log = |attempt, text: &str| AttemptLog { attempt, text: text.to_owned() };
    assert_eq!(world.storage.logs(id).await.expect("read"), [log(1, "one"), log(3, "three")]);
    assert_eq!(world.details(id).await.errors[2].kind, FailureKind::Failed);
}

pub async fn only_the_newest_logs_are_kept(world: &World) {
    let id = world.submit(|_| {}).await;
    for round in 0..LOGS_KEPT_MAX + 3 {
        print(world, id, &round.to_string(), Outcome::Interrupted).await;
    }
    let logs = world.storage.logs(id).await.expect("read");
    assert_eq!((logs.len(), logs[0].text.as_str()), (LOGS_KEPT_MAX as usize, "3"));
}

pub async fn an_unknown_job_is_not_found(world: &World) {
    let answer = world.settle(world.draft().id, world.token(), permanent(), NOW).await;
    assert!(matches!(answer, Err(StorageError::NotFound { what: "job", .. })), "{answer:?}");
    assert_eq!(world.storage.job(world.draft().id).await.expect("read"), None);
}
