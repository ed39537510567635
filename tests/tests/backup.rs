//! Backups: taken while the host works, of one moment, and restored.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::Method;
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use taskbox_tests::story::Story;
use tempfile::TempDir;
use tokio::process::Command;

/// Jobs of one batch, which are stored together or not at all.
const BATCH_JOBS: usize = 5;

async fn taskbox(arguments: &[&str]) -> Output {
    Command::new(binaries::taskbox()).args(arguments).kill_on_drop(true).output().await.expect("it runs")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr[..]].concat()).into_owned()
}

async fn succeeds(arguments: &[&str]) -> String {
    let output = taskbox(arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", words(&output));
    words(&output)
}

async fn fails(arguments: &[&str]) -> String {
    let output = taskbox(arguments).await;
    assert!(!output.status.success(), "{arguments:?}: {}", words(&output));
    words(&output)
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}

/// A place with files of backups and restored directories.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// Submits one batch after the other until it is to end; after each, jobs end as well.
async fn submit_batches(host: &TestHost, stored: &AtomicUsize, end: &AtomicBool) {
    for number in 0.. {
        if end.load(Ordering::SeqCst) {
            return;
        }
        let job = |at: usize| {
            let task = if at == 0 { "noop" } else { "nobody" };
            let input = json!({ "number": number, "text": "x".repeat(2_000 * at) });
            json!({ "task": task, "input": input, "allow_unknown_task": true, "tags": ["batch", format!("b{number}")] })
        };
        let jobs: Vec<Value> = (0..BATCH_JOBS).map(job).collect();
        host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
        stored.store(number + 1, Ordering::SeqCst);
    }
}

async fn count(host: &TestHost, filter: &str) -> usize {
    let page = host.get(&format!("/v1/jobs?limit=100&{filter}")).await;
    page["items"].as_array().expect("a list").len()
}

/// The batches of a host that are there: each must be whole, and one that is there has all before it.
async fn whole_batches(host: &TestHost) -> usize {
    let mut number = 0;
    loop {
        match count(host, &format!("tag=b{number}")).await {
            BATCH_JOBS => number += 1,
            0 => break,
            some => panic!("{some} jobs of batch {number}"),
        }
    }
    for beyond in number..number + 20 {
        assert_eq!(count(host, &format!("tag=b{beyond}")).await, 0, "batch {beyond} without batch {number}");
    }
    number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_taken_under_load_has_everything_of_one_moment() {
    let place = Place::new();
    let host = TestHost::start(&place.at("data"), &[]).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert!(status.is_success(), "{answer}");
    // Enough that a backup takes many steps, between which groups are written.
    let old = json!({ "task": "nobody", "allow_unknown_task": true, "input": "x".repeat(4_000) });
    for _ in 0..4 {
        host.post("/v1/jobs/batch", &json!({ "jobs": vec![&old; 1_000] })).await;
    }
    let (stored, end) = (AtomicUsize::new(0), AtomicBool::new(false));
    let backups = async {
        let mut backups = Vec::new();
        for number in 0..3 {
            while stored.load(Ordering::SeqCst) < 20 * (number + 1) {
                tokio::task::yield_now().await;
            }
            let file = place.at(&format!("{number}.backup"));
            let before = stored.load(Ordering::SeqCst);
            let said = succeeds(&["backup", "--quick", "--host", &host.url, text(&file)]).await;
            assert!(said.contains("checked; secrets left out"), "{said}");
            backups.push((file, before, stored.load(Ordering::SeqCst)));
        }
        end.store(true, Ordering::SeqCst);
        backups
    };
    let (backups, ()) = tokio::join!(backups, submit_batches(&host, &stored, &end));
    for (number, (file, before, after)) in backups.into_iter().enumerate() {
        let data = place.at(&format!("restored-{number}"));
        succeeds(&["restore", text(&file), "--data", text(&data)]).await;
        let said = succeeds(&["storage", "check", "--data", text(&data)]).await;
        assert!(said.contains("no faults") && said.contains("1  components"), "{said}");
        // The jobs that wait have no plugin, and those that have one end in a moment.
        let restored = TestHost::start(&data, &[]).await;
        let batches = whole_batches(&restored).await;
        assert!((before..=after + 1).contains(&batches), "{batches} of {before} to {after}");
        restored.kill().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_a_backup_only_under_a_key() {
    let place = Place::new();
    let story = Story::begin(&place.at("data"), Pace::AT_ONCE).await;
    let before = story.place("u_1", "pi_1").await;
    assert_eq!(story.finished(&before).await["status"], "completed");
    let (key, other) = (place.at("key"), place.at("other"));
    std::fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    std::fs::write(&other, "fedcba9876543210fedcba9876543210\n").unwrap();
    let (open, sealed) = (place.at("open"), place.at("sealed"));
    succeeds(&["backup", "--host", &story.host.url, text(&open)]).await;
    let said =
        succeeds(&["backup", "--host", &story.host.url, text(&sealed), "--key-file", text(&key)]).await;
    assert!(said.contains("secrets encrypted"), "{said}");
    for file in [&open, &sealed] {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(12).any(|part| part == b"sk_test_of_t"), "a secret lies in the file");
    }
    let names = async |data: &Path| {
        let host = TestHost::start(data, &[]).await;
        let order = host.get(&format!("/v1/orders/{}", before["id"].as_str().unwrap())).await;
        assert_eq!(order["status"], "completed");
        let secrets = host.get("/v1/secrets").await;
        host.kill().await;
        secrets["items"].as_array().unwrap().len()
    };
    let said = succeeds(&["restore", text(&open), "--data", text(&place.at("without"))]).await;
    assert!(said.contains("without secrets") && said.contains("taskbox secret put"), "{said}");
    assert_eq!(names(&place.at("without")).await, 0);
    let with = place.at("with");
    let said = fails(&["restore", text(&sealed), "--data", text(&with), "--key-file", text(&other)]).await;
    assert!(said.contains("another key"), "{said}");
    // What the failed one left is no obstacle.
    succeeds(&["restore", text(&sealed), "--data", text(&with), "--key-file", text(&key)]).await;
    assert_eq!(names(&with).await, 2);
    let said = fails(&["restore", text(&sealed), "--data", text(&with), "--key-file", text(&key)]).await;
    assert!(said.contains("is not empty"), "{said}");
}

#[tokio::test]
async fn what_is_no_whole_backup_is_not_restored() {
    let place = Place::new();
    let host = TestHost::start(&place.at("data"), &[]).await;
    host.post("/v1/jobs", &json!({ "task": "nobody", "allow_unknown_task": true })).await;
    let file = place.at("whole");
    succeeds(&["backup", "--host", &host.url, text(&file)]).await;
    let said = fails(&["backup", "--host", &host.url, text(&file)]).await;
    assert!(said.contains("is there already"), "{said}");
    let whole = std::fs::read(&file).unwrap();
    let cut = place.at("cut");
    std::fs::write(&cut, &whole[..whole.len() - 40]).unwrap();
    let said = fails(&["restore", text(&cut), "--data", text(&place.at("a"))]).await;
    assert!(said.contains("cut off"), "{said}");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 1;
    std::fs::write(&cut, &changed).unwrap();
    fails(&["restore", text(&cut), "--data", text(&place.at("b"))]).await;
    std::fs::write(&cut, "something else").unwrap();
    let said = fails(&["restore", text(&cut), "--data", text(&place.at("c"))]).await;
    assert!(said.contains("cut off") || said.contains("no backup"), "{said}");
    // A backup that is not received to its end leaves the way free for the next one.
    let half = host.request(Method::POST, "/v1/backup").json(&json!({})).send().await.unwrap();
    drop(half);
    let second = place.at("second");
    let taken = async || {
        let output = taskbox(&["backup", "--host", &host.url, text(&second)]).await;
        assert!(output.status.success() || words(&output).contains("another backup"), "{}", words(&output));
        output.status.success().then_some(())
    };
    until("the way is free", taken).await;
    let said = fails(&["storage", "check", "--data", text(&place.at("data"))]).await;
    assert!(said.contains("in use by process"), "{said}");
}
