//! Malicious uploads that would keep a compiler busy, on the whole host: they are refused, and block nothing else.

use std::path::{Path, PathBuf};

use reqwest::StatusCode;
use serde_json::{Value, json};
use taskbox::clock::SystemClock;
use taskbox::domain::{Digest, PluginVersion, TaskSpec};
use taskbox::ports::{Clock, NewVersion, PluginStore};
use taskbox::storage::sled::SledStorage;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use taskbox_tests::{binaries, bombs, children};
use tokio::process::Command;

/// Functions that keep a compiler busy for longer than any test.
const LONG: usize = 30_000;

/// Functions that take a compiler a little longer than three seconds.
const SOME_SECONDS: usize = 4_000;

fn detail(problem: &Value) -> &str {
    problem["detail"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn three_bombs_at_once_are_refused_and_a_good_plugin_is_taken_meanwhile() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let plugin = binaries::plugin("misbehave");
    let (loops, functions, ifs, good) = tokio::join!(
        host.upload("loops", bombs::nested_loops(&plugin)),
        host.upload("functions", bombs::a_million_functions(&plugin)),
        host.upload("ifs", bombs::many_ifs(&plugin)),
        host.upload("misbehave", plugin.clone()),
    );
    for ((status, problem), limit) in [
        (&loops, "nested loops, more than the 100"),
        (&functions, "functions, more than the 150000"),
        (&ifs, "blocks and branches, more than the 160000"),
    ] {
        assert_eq!(*status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(detail(problem).contains(limit), "{problem}");
    }
    assert_eq!(good.0, StatusCode::CREATED, "{}", good.1);
    assert_eq!(host.get("/v1/plugins").await["items"].as_array().unwrap().len(), 1);
    assert_eq!(host.run_job(&json!({ "task": "echo", "input": 1 })).await["output"], json!(1));
}

/// Begins an upload that takes long, and waits until it is being compiled.
async fn begin_long_upload(host: &TestHost) -> (tokio::task::JoinHandle<()>, u32) {
    let request = host.request(reqwest::Method::PUT, "/v1/plugins/long");
    let upload = bombs::many_functions(&binaries::plugin("misbehave"), LONG);
    let uploading = tokio::spawn(async move {
        let _ = request.body(upload).send().await;
    });
    let compiling = children::wait(host.pid(), |children| children.len() == 1).await;
    (uploading, compiling[0])
}

#[tokio::test]
async fn a_compilation_ends_with_its_client_and_with_its_host() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &["--drain", "1s"]).await;
    let (client, compiling) = begin_long_upload(&host).await;
    client.abort();
    children::wait_end(compiling).await;

    let (_client, compiling) = begin_long_upload(&host).await;
    assert!(host.terminate().await.success());
    children::wait_end(compiling).await;

    let host = TestHost::start(data.path(), &[]).await;
    let (_client, compiling) = begin_long_upload(&host).await;
    host.kill().await;
    children::wait_end(compiling).await;
}

/// Stores a plugin of this task without a check, like an older host with a faster compiler.
async fn store(data: &Path, name: &str, task: &str, component: Vec<u8>) {
    let storage = SledStorage::open(data, SystemClock.now()).unwrap();
    let task = TaskSpec {
        name: task.parse().unwrap(),
        description: String::new(),
        input_schema: None,
        output_schema: None,
        max_attempts: None,
        timeout: None,
        queue: None,
    };
    let version = PluginVersion {
        name: name.parse().unwrap(),
        version: 1,
        digest: Digest::of(&component),
        size_bytes: component.len() as u64,
        tasks: vec![task],
        imports: Vec::new(),
        uploaded_at: SystemClock.now(),
    };
    let new = NewVersion { version, component: component.into(), activate: true };
    storage.add_plugin(new).await.unwrap();
}

/// A host whose compiler has hardly any time, and the file of its log.
async fn host_in_a_hurry(place: &Path) -> (TestHost, PathBuf) {
    let log = place.join("log");
    let mut program = Command::new("env");
    program.stderr(std::fs::File::create(&log).unwrap());
    let host = TestHost::begin_with_by(program, place, "compile_time = \"1s\"").ready().await;
    (host, log)
}

#[tokio::test]
async fn a_stored_plugin_that_no_longer_compiles_makes_its_jobs_wait_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let host = TestHost::start(&data, &[]).await;
    assert_eq!(host.upload("create-order", binaries::plugin("create-order")).await.0, StatusCode::CREATED);
    assert!(host.terminate().await.success());
    let plugin = binaries::plugin("misbehave");
    store(&data, "misbehave", "echo", bombs::many_functions(&plugin, LONG)).await;

    let (host, log) = host_in_a_hurry(place.path()).await;
    // The task is known all the same, so that submissions need not allow an unknown one.
    let waiting = host.post("/v1/jobs", &json!({ "task": "echo", "input": 7 })).await;
    assert_eq!(waiting["held_by"], json!("not-ready"), "{waiting}");
    let gives_up = async || {
        let said = std::fs::read_to_string(&log).unwrap();
        said.contains("the plugin does not run on this host; its jobs wait").then_some(())
    };
    until("the host says that the plugin does not compile", gives_up).await;
    // The other plugin runs its jobs, even though they fail for lack of a grant.
    let input = json!({ "order_id": "o", "user_id": "u", "payment_intent_id": "p" });
    let other = json!({ "task": "create-order", "input": input, "max_attempts": 1 });
    assert_eq!(host.run_job(&other).await["attempt"], json!(1));
    let id = waiting["id"].as_str().unwrap();
    let job = host.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("available"), &json!(0)), "{job}");
    assert_eq!(job["held_by"], json!("not-ready"), "{job}");
    let tasks = host.get("/v1/tasks").await;
    let echo = tasks["items"].as_array().unwrap().iter().find(|task| task["name"] == "echo");
    assert_eq!(echo.expect("it is listed")["offered"], json!(true));
    let (status, problem) = host.upload("long", bombs::many_functions(&plugin, LONG)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert!(detail(&problem).contains("CPU time than the 1s of `compile_time`"), "{problem}");
    assert!(host.terminate().await.success());

    // Another version that compiles starts them.
    let host = TestHost::start(&data, &[]).await;
    assert_eq!(host.upload("misbehave", plugin).await.0, StatusCode::CREATED);
    let done = host.wait_final(id).await;
    assert_eq!((&done["output"], &done["attempt"]), (&json!(7), &json!(1)), "{done}");
}

#[tokio::test]
async fn a_host_ends_in_time_while_it_makes_stored_code_ready() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let heavy = bombs::many_functions(&binaries::plugin("misbehave"), SOME_SECONDS);
    assert_eq!(host.upload("misbehave", heavy).await.0, StatusCode::CREATED);
    assert!(host.terminate().await.success());
    std::fs::remove_dir_all(data.path().join("compiled")).unwrap();

    let host = TestHost::start(data.path(), &["--drain", "1s"]).await;
    let compiling = children::wait(host.pid(), |children| children.len() == 1).await;
    assert!(host.terminate().await.success());
    children::wait_end(compiling[0]).await;
}
