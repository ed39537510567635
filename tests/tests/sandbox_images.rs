//! Plugins with much initial data, which a sandbox maps and does not copy.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use serde_json::json;
use taskbox::domain::{ByteSize, Code, Digest, FailureKind};
use taskbox::ports::{Assignment, Components};
use taskbox::sandbox::{CompilerConfig, SandboxConfig, WasmRunner};
use taskbox_tests::binaries;
use taskbox_tests::fake_egress::FakeEgress;
use taskbox_tests::guests::{Sandbox, failure, output, plenty};
use taskbox_tests::host::TestHost;
use taskbox_tests::text_plugin::with_much_data;

/// So many that not all of them can map what they begin with, on an untouched Linux.
const MANY: usize = 10_000;

async fn sandbox(cache: &Path, attempts_max: usize) -> Sandbox {
    Sandbox::with(with_much_data(), cache, attempts_max).await
}

/// An attempt that tells whether its memory is as the component says, and writes to all of it.
fn check(sandbox: &Sandbox) -> Assignment {
    sandbox.assignment("send", &json!(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_run_sees_what_another_one_wrote() {
    for attempts_max in [4, MANY] {
        let cache = tempfile::tempdir().unwrap();
        let sandbox = sandbox(cache.path(), attempts_max).await;
        for _ in 0..10 {
            let reports = join_all((0..20).map(|_| sandbox.run(check(&sandbox)))).await;
            assert!(reports.iter().all(|report| output(report) == json!(true)));
        }
    }
}

#[tokio::test]
async fn its_limits_hold_and_the_next_run_is_not_affected() {
    let cache = tempfile::tempdir().unwrap();
    let sandbox = sandbox(cache.path(), MANY).await;
    let mut greedy = sandbox.assignment("send", &json!(2));
    greedy.limits.memory = ByteSize::mib(16);
    let mut busy = sandbox.assignment("send", &json!(3));
    busy.limits.cpu = Duration::from_millis(100);
    for (assignment, kind) in [(greedy, FailureKind::MemoryLimit), (busy, FailureKind::CpuLimit)] {
        assert_eq!(failure(&sandbox.run(assignment).await).kind, kind);
        assert_eq!(output(&sandbox.run(check(&sandbox)).await), json!(true));
    }
}

#[tokio::test]
async fn what_it_holds_beyond_two_mebibytes_is_charged_to_the_host() {
    let cache = tempfile::tempdir().unwrap();
    let sandbox = sandbox(cache.path(), MANY).await;
    let mut small = check(&sandbox);
    small.limits.memory = ByteSize::mib(3);
    assert_eq!(failure(&sandbox.run(small).await).kind, FailureKind::MemoryLimit);
    let report = sandbox.run(check(&sandbox)).await;
    assert_eq!(report.peak_memory_bytes, 4 << 20);
}

#[tokio::test]
async fn plugins_of_both_kinds_run_side_by_side() {
    let cache = tempfile::tempdir().unwrap();
    let sandbox = sandbox(cache.path(), MANY).await;
    let other = binaries::plugin("misbehave");
    let digest = Digest::of(&other);
    sandbox.runner.prepare(digest, other.into()).await.unwrap();
    let echo = |number: usize| {
        let mut assignment = sandbox.assignment("echo", &json!(number));
        let Code::Plugin(plugin) = &mut assignment.code else { unreachable!("it is a plugin's") };
        plugin.digest = digest;
        assignment
    };
    let both = async |number: usize| {
        let (checked, echoed) = tokio::join!(sandbox.run(check(&sandbox)), sandbox.run(echo(number)));
        assert_eq!((output(&checked), output(&echoed)), (json!(true), json!(number)));
    };
    join_all((0..50).map(both)).await;
    let slots = |of| sandbox.runner.attempts_max(&of) as usize;
    assert_eq!(slots(digest), MANY);
    assert!((1..=MANY).contains(&slots(Digest::of(&with_much_data()))));
}

#[tokio::test]
async fn a_restart_with_other_settings_finds_the_code_of_all_plugins() {
    let cache = tempfile::tempdir().unwrap();
    let components = [with_much_data(), binaries::plugin("misbehave")];
    let prepare = async |compiler: CompilerConfig, attempts_max, components: &[Vec<u8>]| {
        let config = SandboxConfig::new(cache.path(), compiler, attempts_max);
        let runner = WasmRunner::new(config, Arc::new(FakeEgress), plenty()).unwrap();
        for component in components {
            runner.prepare(Digest::of(component), component.clone().into()).await.unwrap();
        }
    };
    let none = || CompilerConfig::new("/nowhere/taskbox");
    prepare(taskbox_tests::guests::compiler(), 4, &components).await;
    // Much data is compiled the same way whatever the settings.
    prepare(none(), MANY, &components[..1]).await;
    prepare(taskbox_tests::guests::compiler(), MANY, &components).await;
    for attempts_max in [4, MANY, 8, MANY / 2 * 3] {
        prepare(none(), attempts_max, &components).await;
    }
}

#[tokio::test]
async fn a_host_runs_a_thousand_of_them_by_any_settings() {
    let place = tempfile::tempdir().unwrap();
    for settings in ["", "concurrency = 4"] {
        let host = TestHost::start_with(place.path(), settings).await;
        let (status, uploaded) = host.upload("large", with_much_data()).await;
        assert!(status.is_success(), "{uploaded}");
        let jobs = vec![json!({ "task": "send", "input": 1 }); 1_000];
        let submitted = host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
        for job in submitted["items"].as_array().unwrap() {
            let job = host.wait_final(job["id"].as_str().unwrap()).await;
            assert_eq!((&job["state"], &job["output"]), (&json!("completed"), &json!(true)), "{job}");
        }
        assert!(host.terminate().await.success());
    }
}
