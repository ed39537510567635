//! Every ending has one outcome.

use super::*;

fn decide_with(ending: Ending, change: impl FnOnce(&mut Seen<'_>)) -> Outcome {
    let limits = Limits { output_bytes: ByteSize(10), ..Limits::default() };
    let mut seen = Seen {
        limits: &limits,
        timeout: limits.wall,
        memory_refused: false,
        denial: None,
        stderr_tail: String::new(),
        waiting_for: None,
        activity: None,
        backtrace: String::new(),
    };
    change(&mut seen);
    decide(ending, seen)
}

fn failure_of(ending: Ending, change: impl FnOnce(&mut Seen<'_>)) -> Failure {
    match decide_with(ending, change) {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?} is no failure"),
    }
}

fn kind_of(ending: Ending) -> (FailureKind, Retry) {
    let failure = failure_of(ending, |_| ());
    (failure.kind, failure.retry)
}

#[test]
fn a_result_is_checked() {
    assert!(
        matches!(decide_with(Ending::Returned("[1]".into()), |_| ()), Outcome::Succeeded(json) if json.as_str() == "[1]")
    );
    assert_eq!(kind_of(Ending::Returned("{no".into())), (FailureKind::BadOutput, Retry::Never));
    assert_eq!(kind_of(Ending::Returned("\"1234567890\"".into())), (FailureKind::OutputLimit, Retry::Never));
}

#[test]
fn the_guests_own_words_are_kept() {
    let after = TaskError::RetryAfter(Duration::from_millis(1_500), "busy".into());
    let failure = failure_of(Ending::Refused(after), |_| ());
    assert_eq!(failure.message, "busy");
    assert_eq!(failure.retry, Retry::After(Duration::from_millis(1_500)));
    let permanent = TaskError::Permanent("no such order".into());
    assert_eq!(kind_of(Ending::Refused(permanent)), (FailureKind::Permanent, Retry::Never));
    let silent = failure_of(Ending::Refused(TaskError::Retryable(String::new())), |_| ());
    assert!(silent.message.contains("did not say why"));
}

#[test]
fn stopping_and_cancelling_are_no_failures() {
    assert_eq!(decide_with(Ending::Stopped, |_| ()), Outcome::Interrupted);
    assert_eq!(decide_with(Ending::Refused(TaskError::Cancelled), |_| ()), Outcome::Cancelled);
    assert!(matches!(decide_with(Ending::NoPlace, |_| ()), Outcome::Snoozed(_)));
}

#[test]
fn a_snooze_is_no_failure_unless_something_was_denied() {
    let delay = Duration::from_secs(7);
    let snooze = || Ending::Refused(TaskError::Snooze(delay));
    assert_eq!(decide_with(snooze(), |_| ()), Outcome::Snoozed(delay));
    let denied = failure_of(snooze(), |seen| seen.denial = Some("not granted".into()));
    assert_eq!((denied.kind, denied.retry), (FailureKind::Denied, Retry::Never));
}

#[test]
fn every_limit_has_a_kind_of_its_own() {
    assert_eq!(kind_of(Ending::TimedOut), (FailureKind::Timeout, Retry::Backoff));
    assert_eq!(kind_of(Ending::CpuTimeOver), (FailureKind::CpuLimit, Retry::Backoff));
    assert_eq!(kind_of(Ending::PrintedTooMuch), (FailureKind::OutputLimit, Retry::Never));
    assert_eq!(kind_of(Ending::HandedTooMuch), (FailureKind::OutputLimit, Retry::Never));
    assert_eq!(kind_of(Ending::TooManyHandles), (FailureKind::Trap, Retry::Backoff));
    let trap = Ending::Trapped(Trap::UnreachableCodeReached);
    let failure = failure_of(trap, |seen| seen.memory_refused = true);
    assert_eq!(failure.kind, FailureKind::MemoryLimit);
}

#[test]
fn a_failure_after_a_denial_is_the_denial_and_permanent() {
    let denied = |seen: &mut Seen<'_>| seen.denial = Some("not allowed".into());
    for ending in [
        Ending::Refused(TaskError::Retryable("fetch failed".into())),
        Ending::Trapped(Trap::UnreachableCodeReached),
    ] {
        let failure = failure_of(ending, denied);
        assert_eq!((failure.kind, failure.retry), (FailureKind::Denied, Retry::Never));
        assert_eq!(failure.message, "not allowed");
    }
    assert!(matches!(decide_with(Ending::Returned("1".into()), denied), Outcome::Succeeded(_)));
}

#[test]
fn a_trap_carries_the_last_words_of_the_guest() {
    let trap = Ending::Trapped(Trap::StackOverflow);
    let failure = failure_of(trap, |seen| seen.stderr_tail = "thread 'main' overflowed".into());
    assert_eq!(failure.message, "the guest overflowed its stack");
    assert_eq!(failure.detail.as_deref(), Some("thread 'main' overflowed"));
}

#[test]
fn where_the_guest_was_stands_below_its_last_words_and_is_never_cut_for_them() {
    let at = |stderr: String| {
        let failure = failure_of(Ending::CpuTimeOver, |seen| {
            seen.stderr_tail = stderr;
            seen.backtrace = "  at shop::pay\n  at shop::run".into();
        });
        failure.detail.unwrap()
    };
    let place = "backtrace:\n  at shop::pay\n  at shop::run";
    assert_eq!(at(String::new()), place);
    assert_eq!(at("slow".into()), format!("slow\n{place}"));
    let failure = failure_of(Ending::TimedOut, |seen| {
        seen.stderr_tail = "slow".into();
        seen.activity = Some("last activity 2.0 s before the end: x".into());
        seen.backtrace = "  at shop::pay".into();
    });
    let expected = "slow\nlast activity 2.0 s before the end: x\nbacktrace:\n  at shop::pay";
    assert_eq!(failure.detail.as_deref(), Some(expected));
    let long = at("ä".repeat(5_000));
    assert!(long.ends_with(&format!("ä\n{place}")) && long.len() <= ERROR_TEXT_BYTES_MAX, "{}", long.len());
}

#[test]
fn a_panic_is_its_words_and_its_place() {
    let stderr = "thread '<unnamed>' (1) panicked at src/lib.rs:7:5:\nno such luck";
    let failure =
        failure_of(Ending::Trapped(Trap::UnreachableCodeReached), |seen| seen.stderr_tail = stderr.into());
    assert_eq!(failure.message, "the guest panicked at src/lib.rs:7:5: no such luck");
    assert_eq!(failure.detail.as_deref(), Some(stderr));
}

#[test]
fn the_first_line_of_an_error_is_its_message_and_its_stack_the_detail() {
    let thrown = "KeyError: 'price'\nTraceback:\n  File \"app.py\", line 7\n";
    let failure = failure_of(Ending::Refused(TaskError::Retryable(thrown.into())), |seen| {
        seen.stderr_tail = "odd".into()
    });
    assert_eq!(failure.message, "KeyError: 'price'");
    assert_eq!(failure.detail.as_deref(), Some("Traceback:\n  File \"app.py\", line 7\nodd"));
}

#[test]
fn a_timeout_names_what_set_it() {
    let of_grant = failure_of(Ending::TimedOut, |_| ());
    assert!(of_grant.message.contains("limits.wall"), "{}", of_grant.message);
    let of_job = failure_of(Ending::TimedOut, |seen| seen.timeout = Duration::from_secs(1));
    assert!(of_job.message.contains("1s that its job or task sets"), "{}", of_job.message);
    let waiting =
        failure_of(Ending::TimedOut, |seen| seen.waiting_for = Some("the answer to GET http://a/".into()));
    assert!(
        waiting.message.contains(", waiting for the answer to GET http://a/; raise"),
        "{}",
        waiting.message
    );
}
