//! Misbehaving guests in the real sandbox: each has its outcome, and the next attempt runs as if nothing had
//! happened.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use taskbox::domain::{ByteSize, Digest, Failure, FailureKind, Outcome, Retry};
use taskbox::ports::{Assignment, AttemptReport, Components, JobResult, Runner, Share};
use taskbox_tests::binaries;
use taskbox_tests::guests::{FakeHost, Sandbox, failure, output};
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

/// One sandbox for all tests, in which any leftover of one guest would affect another test.
async fn sandbox() -> &'static Sandbox {
    static SANDBOX: OnceCell<Sandbox> = OnceCell::const_new();
    SANDBOX
        .get_or_init(|| async {
            let cache = tempfile::tempdir().unwrap().keep();
            Sandbox::with(binaries::plugin("misbehave"), &cache, 64).await
        })
        .await
}

/// Runs a task, and then a good one.
async fn run(task: &str, input: Value, change: impl FnOnce(&mut Assignment)) -> AttemptReport {
    let sandbox = sandbox().await;
    let mut assignment = sandbox.assignment(task, &input);
    change(&mut assignment);
    let report = sandbox.run(assignment).await;
    let echo = sandbox.run(sandbox.assignment("echo", &json!({ "still": "well" }))).await;
    assert_eq!(output(&echo), json!({ "still": "well" }), "after {task}");
    report
}

/// Says that the detail of a failure names this function among the calls of the guest.
fn assert_is_at(failure: &Failure, function: &str) {
    let detail = failure.detail.as_deref().unwrap_or_default();
    let (_, calls) = detail.split_once("backtrace:\n").expect(detail);
    assert!(calls.lines().any(|call| call.starts_with(&format!("  at {function}"))), "{detail}");
}

async fn kind_of(task: &str, input: Value, change: impl FnOnce(&mut Assignment)) -> (FailureKind, Retry) {
    let failure = failure(&run(task, input, change).await);
    (failure.kind, failure.retry)
}

#[tokio::test]
async fn code_that_is_forgotten_is_gone_from_memory_and_disk() {
    let cache = tempfile::tempdir().unwrap();
    let component = binaries::plugin("misbehave");
    let digest = Digest::of(&component);
    let sandbox = Sandbox::with(component, cache.path(), 4).await;
    let files = || {
        let engine = std::fs::read_dir(cache.path()).unwrap().next().unwrap().unwrap();
        std::fs::read_dir(engine.path()).unwrap().count()
    };
    assert_eq!((sandbox.runner.is_ready(&digest), files()), (true, 2));
    let sleep = sandbox.assignment("sleep-hour", &json!(null));
    let (host, stop) = (Arc::new(FakeHost::default()), CancellationToken::new());
    let running = sandbox.runner.run(sleep, host.clone(), stop.clone());
    let forget = async {
        host.until_it_runs().await;
        sandbox.runner.forget(&digest);
        stop.cancel();
    };
    let (report, ()) = tokio::join!(running, forget);
    assert_eq!(report.outcome, Outcome::Interrupted, "an attempt keeps the code it runs");
    assert_eq!((sandbox.runner.is_ready(&digest), files()), (false, 0));
}

#[tokio::test]
async fn a_good_guest_gets_its_input_and_its_context() {
    let report = run("context", json!(null), |_| ()).await;
    let context = output(&report);
    assert_eq!(context["attempt"], 1);
    assert_eq!(context["deadline_ms"], 60_000);
    assert_eq!(context["idempotency_key"], context["job_id"]);
    assert_eq!((&context["tags"], &context["metadata"]), (&json!(["red"]), &json!({ "shop": 7 })));
    assert_eq!(context["traceparent"], json!(null));
    assert!(report.peak_memory_bytes > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spin_ends_at_its_cpu_limit() {
    let report = run("spin", json!(null), |a| a.limits.cpu = Duration::from_millis(200)).await;
    let failure = failure(&report);
    assert_is_at(&failure, "misbehave::greed::spin");
    assert_eq!((failure.kind, failure.retry), (FailureKind::CpuLimit, Retry::Backoff));
    assert!(
        failure.message.contains("200ms") && failure.message.contains("limits.cpu"),
        "{}",
        failure.message
    );
    assert!(report.cpu >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_spin_ends_at_its_deadline_too_and_is_seen_where_it_computes() {
    let failure = failure(&run("spin", json!(null), |a| a.timeout = Duration::from_millis(200)).await);
    assert_eq!((failure.kind, failure.retry), (FailureKind::Timeout, Retry::Backoff));
    assert!(failure.message.ends_with("within the 200ms that its job or task sets"), "{}", failure.message);
    assert_is_at(&failure, "misbehave::greed::spin");
}

/// On one thread, where nothing else could run if a guest did not yield.
#[tokio::test]
async fn spinning_guests_do_not_starve_others() {
    let sandbox = sandbox().await;
    let spin = |_| {
        let mut assignment = sandbox.assignment("spin", &json!(null));
        assignment.timeout = Duration::from_secs(3);
        sandbox.run(assignment)
    };
    let mut spins: Vec<_> = (0..4).map(spin).map(Box::pin).collect();
    let spinning = futures::future::select_all(spins.iter_mut());
    let echo = sandbox.run(sandbox.assignment("echo", &json!(1)));
    tokio::select! {
        _ = spinning => panic!("the guests spun until their deadline, and nobody else ran"),
        report = echo => assert_eq!(output(&report), json!(1)),
    }
}

#[tokio::test]
async fn a_guest_that_waits_in_the_host_ends_at_its_deadline() {
    let report = run("sleep-hour", json!(null), |a| a.timeout = Duration::from_millis(200)).await;
    let failure = failure(&report);
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert_is_at(&failure, "misbehave::waiting::sleep_hour");
    assert!(report.cpu < Duration::from_millis(150), "waiting was charged: {:?}", report.cpu);
}

#[tokio::test]
async fn a_guest_that_waits_for_an_answer_ends_at_its_deadline() {
    let fetch = json!({ "url": "http://silent.example/" });
    let failure = failure(&run("fetch", fetch, |a| a.timeout = Duration::from_millis(200)).await);
    assert_eq!((failure.kind, failure.retry), (FailureKind::Timeout, Retry::Backoff));
    let words = "sets, waiting for the answer to GET http://silent.example/";
    assert!(failure.message.ends_with(words), "{}", failure.message);
    assert_is_at(&failure, "misbehave::outside::fetch");
}

#[tokio::test]
async fn a_stopped_attempt_is_given_back() {
    let sandbox = sandbox().await;
    for task in ["sleep-hour", "spin"] {
        let (host, stop) = (Arc::new(FakeHost::default()), CancellationToken::new());
        let run = sandbox.runner.run(sandbox.assignment(task, &json!(null)), host.clone(), stop.clone());
        let stopping = async {
            host.until_it_runs().await;
            stop.cancel();
        };
        let (report, ()) = tokio::join!(run, stopping);
        assert_eq!(report.outcome, Outcome::Interrupted, "{task}");
    }
}

#[tokio::test]
async fn memory_has_its_limit_and_its_kind() {
    let report = run("eat-memory", json!({}), |a| a.limits.memory = ByteSize::mib(16)).await;
    let failure = failure(&report);
    assert_eq!((failure.kind, failure.retry), (FailureKind::MemoryLimit, Retry::Backoff));
    assert!(failure.message.contains("16MiB"), "{}", failure.message);
    assert!(report.peak_memory_bytes <= 16 << 20);
}

#[tokio::test]
async fn as_much_memory_as_a_grant_can_give_is_really_given() {
    let report =
        run("eat-memory", json!({ "bytes": 400 << 20 }), |a| a.limits.memory = ByteSize::mib(512)).await;
    assert_eq!(output(&report), json!(400 << 20));
    assert!(report.peak_memory_bytes > 400 << 20);
}

#[tokio::test]
async fn a_memory_limit_below_what_the_guest_begins_with_is_the_memory_limit() {
    let kind = kind_of("echo", json!(1), |a| a.limits.memory = ByteSize::kib(64)).await;
    assert_eq!(kind.0, FailureKind::MemoryLimit);
}

#[tokio::test]
async fn a_panic_is_a_trap_with_its_words_and_its_place() {
    let failure = failure(&run("panic", json!({ "message": "the moon is full" }), |_| ()).await);
    assert_eq!((failure.kind, failure.retry), (FailureKind::Trap, Retry::Backoff));
    let place = failure.message.strip_prefix("the guest panicked at ").expect(&failure.message);
    assert!(place.contains("src/outcomes.rs:") && place.ends_with(": the moon is full"), "{place}");
    assert_is_at(&failure, "misbehave::outcomes::panic in ");
    let detail = failure.detail.unwrap();
    assert!(!detail.contains("at abort"), "what panics is no news: {detail}");
}

#[tokio::test]
async fn a_stack_overflow_is_a_trap() {
    let failure = failure(&run("stack-overflow", json!(null), |_| ()).await);
    assert_eq!(failure.kind, FailureKind::Trap);
    assert_is_at(
        &failure,
        "misbehave::outcomes::descend (63 times) in tests/guests/misbehave/src/outcomes.rs:",
    );
}

#[tokio::test]
async fn an_access_out_of_bounds_is_a_trap() {
    let failure = failure(&run("out-of-bounds", json!(null), |_| ()).await);
    assert_eq!(failure.kind, FailureKind::Trap);
    assert!(failure.message.contains("out of bounds memory access"), "{}", failure.message);
    assert_is_at(&failure, "misbehave::outcomes::descend_with_luggage");
}

#[tokio::test]
async fn header_fields_that_a_guest_keeps_are_counted_over_all_its_requests() {
    let few = run("hold-fields", json!({ "count": 30 }), |_| ()).await;
    assert_eq!(output(&few), json!(30));
    let failure = failure(&run("hold-fields", json!({ "count": 100 }), |_| ()).await);
    assert_eq!((failure.kind, failure.retry), (FailureKind::OutputLimit, Retry::Never));
    assert!(failure.message.contains("1MiB of header fields"), "{}", failure.message);
}

#[tokio::test]
async fn methods_and_authorities_of_requests_that_a_guest_keeps_are_counted_too() {
    let few = run("hold-requests", json!({ "count": 100, "method_bytes": 2_000 }), |_| ()).await;
    assert_eq!(output(&few), json!(100));
    for text in ["method_bytes", "authority_bytes"] {
        let many = run("hold-requests", json!({ "count": 500, text: 500_000 }), |_| ()).await;
        let failure = failure(&many);
        assert_eq!((failure.kind, failure.retry), (FailureKind::OutputLimit, Retry::Never), "{text}");
        assert!(failure.message.contains("1MiB of header fields, methods and URLs"), "{}", failure.message);
    }
}

#[tokio::test]
async fn an_answer_with_too_many_header_fields_never_reaches_the_guest() {
    let (sandbox, host) = (sandbox().await, Arc::new(FakeHost::default()));
    let fetch = sandbox.assignment("fetch", &json!({ "url": "http://wide.example/" }));
    let failure = failure(&sandbox.run_on(Arc::clone(&host), fetch).await);
    assert!(failure.message.starts_with("too-large"), "{}", failure.message);
    let lines = host.lines.lock().unwrap().join("\n");
    assert!(lines.contains("more than 32KiB of header fields"), "{lines}");
}

/// A separate sandbox, whose budget no other test uses.
#[tokio::test]
async fn a_guest_that_grows_when_the_host_has_no_memory_left_is_given_back() {
    let cache = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::with(binaries::plugin("misbehave"), cache.path(), 4).await;
    let mut others = Share::of(sandbox.memory.clone());
    assert!(others.grow(1));
    sandbox.memory.observe(u64::MAX / 2, 0);
    let host = Arc::new(FakeHost::default());
    let eat = || {
        let eat = sandbox.assignment("eat-memory", &json!({ "bytes": 8 << 20 }));
        sandbox.run_on(Arc::clone(&host), eat)
    };
    assert_eq!(eat().await.outcome, Outcome::Interrupted);
    let lines = host.lines.lock().unwrap().join("\n");
    assert!(lines.contains("no memory left"), "{lines}");
    let small = sandbox.run(sandbox.assignment("echo", &json!(1))).await;
    assert_eq!(output(&small), json!(1), "its first 2 MiB are not charged");
    drop(others);
    assert_eq!(output(&eat().await), json!(8 << 20), "alone it may grow");
}

#[tokio::test]
async fn handles_without_end_are_a_trap() {
    let failure = failure(&run("open-handles", json!(null), |_| ()).await);
    assert_eq!(failure.kind, FailureKind::Trap);
    assert!(failure.message.contains("holds 512 things open"), "{}", failure.message);
}

#[tokio::test]
async fn what_one_call_can_take_of_the_host_is_bounded() {
    assert_eq!(output(&run("random", json!({ "bytes": 64 << 10 }), |_| ()).await), json!(64 << 10));
    let random = failure(&run("random", json!({ "bytes": (64 << 10) + 1 }), |_| ()).await);
    assert!(random.message.contains("exceeds limit 65536"), "{}", random.message);
    let fetch = |bytes| json!({ "url": "http://ok.example/", "headers": { "x-mine": "x".repeat(bytes) } });
    assert_eq!(output(&run("fetch", fetch(16 << 10), |_| ()).await)["status"], 200);
    let fields = failure(&run("fetch", fetch(33 << 10), |_| ()).await);
    assert!(fields.message.contains("size of fields exceeds limit"), "{}", fields.message);
}

#[tokio::test]
async fn printing_without_end_is_the_output_limit() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    let mut print = sandbox.assignment("print-forever", &json!(null));
    print.limits.log_bytes = ByteSize::kib(8);
    let failure = failure(&sandbox.run_on(Arc::clone(&host), print).await);
    assert_eq!((failure.kind, failure.retry), (FailureKind::OutputLimit, Retry::Never));
    let lines = host.lines.lock().unwrap();
    assert!(lines.iter().map(String::len).sum::<usize>() < 9 * 1024);
    assert_eq!(lines.last().unwrap(), "taskbox: output beyond 8KiB is not kept");
}

#[tokio::test]
async fn what_is_printed_is_kept_and_handed_on_line_by_line() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    let print = sandbox.assignment("print", &json!({ "stdout": 2, "stderr": 1, "text": "line" }));
    sandbox.run_on(Arc::clone(&host), print).await;
    assert_eq!(*host.lines.lock().unwrap(), ["line 1", "line 2", "line 1"]);
}

#[tokio::test]
async fn a_result_must_be_json_and_fit_its_limit() {
    assert_eq!(kind_of("bad-output", json!(null), |_| ()).await, (FailureKind::BadOutput, Retry::Never));
    for bytes in [100 << 10, 20 << 20] {
        let big = |a: &mut Assignment| {
            a.limits.output_bytes = ByteSize::kib(64);
            a.limits.memory = ByteSize::mib(256);
        };
        let kind = kind_of("big-output", json!({ "bytes": bytes }), big).await;
        assert_eq!(kind, (FailureKind::OutputLimit, Retry::Never), "{bytes}");
    }
    let fits =
        run("big-output", json!({ "bytes": 64 << 10 }), |a| a.limits.output_bytes = ByteSize::kib(64)).await;
    assert_eq!(output(&fits).as_str().unwrap().len(), (64 << 10) - 2);
}

#[tokio::test]
async fn the_guests_own_errors_keep_their_meaning() {
    let fail = |kind: &str| json!({ "kind": kind, "message": "not today", "ms": 1_500 });
    let failed = failure(&run("fail", fail("retryable"), |_| ()).await);
    assert_eq!(
        (failed.kind, failed.retry, failed.message.as_str()),
        (FailureKind::Failed, Retry::Backoff, "not today")
    );
    let after = Retry::After(Duration::from_millis(1_500));
    assert_eq!(kind_of("fail", fail("retry-after"), |_| ()).await, (FailureKind::Failed, after));
    assert_eq!(kind_of("fail", fail("permanent"), |_| ()).await, (FailureKind::Permanent, Retry::Never));
    assert_eq!(run("fail", fail("cancelled"), |_| ()).await.outcome, Outcome::Cancelled);
}

#[tokio::test]
async fn a_guest_sees_that_it_was_cancelled() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    host.cancelled.store(true, Ordering::SeqCst);
    let report = sandbox.run_on(host, sandbox.assignment("wait-for-cancel", &json!(null))).await;
    assert_eq!(report.outcome, Outcome::Cancelled);
}

#[tokio::test]
async fn progress_reaches_the_host() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    sandbox.run_on(Arc::clone(&host), sandbox.assignment("progress", &json!({ "steps": 2 }))).await;
    let expected = [(1, 2, "step 1".to_owned()), (2, 2, "step 2".to_owned())];
    assert_eq!(*host.progress.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_checkpoint_outlives_its_attempt() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    let mut attempt = sandbox.assignment("checkpoint", &json!({ "attempts": 2 }));
    let first = sandbox.run_on(Arc::clone(&host), attempt.clone()).await;
    assert_eq!(failure(&first).kind, FailureKind::Failed);
    attempt.attempt = 2;
    let second = sandbox.run_on(host, attempt).await;
    assert_eq!(output(&second), json!({ "attempt": 2, "first_done_by": 1, "ran_now": false }));
}

#[tokio::test]
async fn a_checkpoint_that_cannot_be_read_ends_the_attempt() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    host.broken.store(true, Ordering::SeqCst);
    let report = sandbox.run_on(host, sandbox.assignment("checkpoint", &json!({ "attempts": 1 }))).await;
    let failure = failure(&report);
    assert_eq!((failure.kind, failure.retry), (FailureKind::Failed, Retry::Backoff));
    assert!(failure.message.contains("the disk is gone"), "{}", failure.message);
}

#[tokio::test]
async fn a_parent_that_cannot_be_read_ends_the_attempt() {
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    let job_id = sandbox.assignment("parents", &json!(null)).job_id;
    *host.parents.lock().unwrap() =
        vec![JobResult { job_id, task: None, state: None, output: None, error: Some("gone".to_owned()) }];
    let report = sandbox.run_on(Arc::clone(&host), sandbox.assignment("parents", &json!(null))).await;
    let shown = json!({ "job_id": job_id.to_string(), "task": null, "state": "deleted", "output": null, "error": "gone" });
    assert_eq!(output(&report), json!([shown]));
    host.broken.store(true, Ordering::SeqCst);
    let report = sandbox.run_on(host, sandbox.assignment("parents", &json!(null))).await;
    let failure = failure(&report);
    assert_eq!((failure.kind, failure.retry), (FailureKind::Failed, Retry::Backoff));
    assert!(failure.message.contains("a parent of the job could not be read"), "{}", failure.message);
}

#[tokio::test]
async fn granted_values_are_read_and_others_are_not_there() {
    let granted = |a: &mut Assignment| a.config = Arc::new([("key".into(), "placeholder".into())].into());
    let report = run("config", json!({ "name": "key" }), granted).await;
    assert_eq!(output(&report), json!("placeholder"));
    assert_eq!(output(&run("config", json!({ "name": "key" }), |_| ()).await), json!(null));
}

#[tokio::test]
async fn the_environment_shows_and_reaches_nothing() {
    let seen = output(&run("environment", json!(null), |_| ()).await);
    assert_eq!(seen["variables"], json!([]));
    assert_eq!(seen["arguments"], json!([]));
    assert_eq!(seen["preopened_directories"], json!([]));
    for door in
        ["read_root", "read_passwords", "write_file", "tcp_connect", "tcp_listen", "udp_bind", "resolve_name"]
    {
        let told = seen[door].as_str().unwrap();
        assert!(told.starts_with("refused: "), "{door}: {told}");
    }
    assert_eq!(seen["stdin_bytes"], "done: 0");
    assert!(seen["unix_time_ms"].as_u64().unwrap() > 1_700_000_000_000);
}

#[tokio::test]
async fn a_request_goes_out_and_its_answer_comes_back() {
    let fetch = json!({ "url": "http://ok.example/path", "method": "POST", "body": "x".repeat(300_000) });
    let answer = output(&run("fetch", fetch, |_| ()).await);
    assert_eq!(answer["status"], 200);
    assert_eq!(answer["body"].as_str().unwrap().len(), 300_005);
}

#[tokio::test]
async fn a_denied_request_is_the_outcome_with_the_words_of_the_denial() {
    let fetch =
        json!({ "url": "http://denied.example/?key=1", "method": "POST", "body": "x".repeat(300_000) });
    let sandbox = sandbox().await;
    let host = Arc::new(FakeHost::default());
    let report = sandbox.run_on(Arc::clone(&host), sandbox.assignment("fetch", &fetch)).await;
    let failure = failure(&report);
    assert_eq!((failure.kind, failure.retry), (FailureKind::Denied, Retry::Never));
    assert!(failure.message.contains("no line of the grant allows"), "{}", failure.message);
    assert!(failure.detail.unwrap().starts_with("denied: "), "the guest was told that it was denied");
    let lines = host.lines.lock().unwrap();
    assert!(
        lines.iter().any(|line| line.starts_with("taskbox: POST http://denied.example/: no line")),
        "{lines:?}"
    );
}

/// The errors of the guest, host by host: the kind, and whether to retry.
#[tokio::test]
async fn what_keeps_an_answer_from_arriving_reaches_the_guest_with_its_reason() {
    let (again, never) = ((FailureKind::Failed, Retry::Backoff), (FailureKind::Permanent, Retry::Never));
    for (host, expected, words) in [
        ("unknown", again, "connect: no connection: no such name"),
        ("down", again, "connect: no connection: the connection was refused"),
        ("unreachable", again, "timeout: no answer in time: connecting took too long"),
        ("no-tls", again, "connect: no connection: the TLS handshake failed"),
        ("slow", again, "timeout: no answer in time: the server sent no response"),
        ("gone", again, "broken: the connection broke: the connection was closed"),
        ("invalid", never, "invalid: the request cannot be sent: the URL is not valid"),
        ("unfit-secret", never, "invalid: the request cannot be sent: the host's configuration is wrong"),
        ("chatty", never, "too-large: the answer is too large: the head exceeds 512 bytes"),
        ("zipped", never, "unreadable: the answer cannot be read: unsupported content coding: gzip"),
        ("cut-off", again, "broken: the connection broke: the connection was closed"),
        ("stalled", again, "timeout: no answer in time: the server stopped sending"),
        (
            "crumbs",
            never,
            "unreadable: the answer cannot be read: unsupported transfer coding: chunks that are too small",
        ),
        ("too-large", never, "too-large: the answer is too large: the body exceeds 1024 bytes; raise"),
    ] {
        let url = format!("http://{host}.example/");
        let seen = Arc::new(FakeHost::default());
        let fetch = sandbox().await.assignment("fetch", &json!({ "url": url }));
        let failure = failure(&sandbox().await.run_on(Arc::clone(&seen), fetch).await);
        assert_eq!((failure.kind, failure.retry), expected, "{host}: {failure:?}");
        assert!(failure.message.starts_with(words), "{host}: {}", failure.message);
        let (lines, note) = (seen.lines.lock().unwrap(), format!("taskbox: GET {url}: "));
        assert!(lines.iter().any(|line| line.starts_with(&note)), "{host}: the host's own words: {lines:?}");
    }
}

#[tokio::test]
async fn requests_are_counted() {
    let many = |count: u32| json!({ "url": "http://ok.example/", "count": count });
    assert_eq!(output(&run("many-requests", many(3), |a| a.limits.requests = 3).await), json!(3));
    let failure = failure(&run("many-requests", many(4), |a| a.limits.requests = 3).await);
    assert_eq!(failure.kind, FailureKind::Denied);
    assert!(failure.message.contains("limits.requests"), "{}", failure.message);
}
