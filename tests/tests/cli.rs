//! The command line, for people and for scripts.

use std::process::Output;

use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::story::Story;
use tokio::process::Command;

/// Runs `taskbox` against this host.
async fn taskbox(host: &str, arguments: &[&str]) -> Output {
    let output = Command::new(binaries::taskbox()).args(arguments).env("TASKBOX_HOST", host).output().await;
    output.expect("the taskbox program runs")
}

fn printed(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{} {}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn refused(output: &Output, status: i32) -> String {
    assert_eq!(output.status.code(), Some(status));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn an_order_is_submitted_watched_shown_and_listed() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let url = &story.host.url;
    let submit = ["order", "submit", "--user-id", "u_7", "--payment-intent-id", "pi_7", "--watch"];
    let watched = printed(&taskbox(url, &submit).await);
    assert!(watched.contains("loading") && watched.contains("completed"), "{watched}");

    let listed = printed(&taskbox(url, &["order", "list", "--user-id", "u_7"]).await);
    assert!(listed.contains("STATUS") && listed.contains("completed"), "{listed}");
    let listed = printed(&taskbox(url, &["order", "list", "--json"]).await);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let id = listed["items"][0]["id"].as_str().unwrap();
    let shown = printed(&taskbox(url, &["order", "show", id, "--json"]).await);
    assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), listed["items"][0]);
}

#[tokio::test]
async fn a_plugin_is_pushed_granted_and_its_job_followed() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let url = &story.host.url;
    let files = tempfile::tempdir().unwrap();
    let (component, grant) = (files.path().join("misbehave.wasm"), files.path().join("grant.json"));
    std::fs::write(&component, binaries::plugin("misbehave")).unwrap();
    std::fs::write(&grant, json!({ "config": { "a": "b" } }).to_string()).unwrap();
    printed(&taskbox(url, &["plugin", "push", "misbehave", component.to_str().unwrap()]).await);
    printed(&taskbox(url, &["plugin", "grant", "misbehave", grant.to_str().unwrap()]).await);
    assert!(printed(&taskbox(url, &["plugin", "list"]).await).contains("misbehave"));

    let print = ["job", "submit", "print", r#"{"stdout":2,"text":"fox"}"#, "--watch"];
    let watched = printed(&taskbox(url, &print).await);
    assert!(watched.contains("| fox 1") && watched.contains("completed"), "{watched}");
    let fail = ["job", "submit", "fail", r#"{"kind":"permanent","message":"no\nat the door"}"#, "--watch"];
    let failed = taskbox(url, &fail).await;
    let words = refused(&failed, 1);
    assert!(words.contains("discarded"), "{words}");
    let folded = "\n  no\n    at the door\n";
    let watched = String::from_utf8(failed.stdout).unwrap();
    assert!(watched.contains("attempt 1 failed (permanent, ") && watched.ends_with(folded), "{watched}");
    let listed = story.host.get("/v1/jobs?task=fail").await;
    let shown = printed(&taskbox(url, &["job", "show", listed["items"][0]["id"].as_str().unwrap()]).await);
    assert!(shown.contains("discarded") && shown.ends_with(folded), "{shown}");
    let queues = printed(&taskbox(url, &["queue", "list"]).await);
    assert!(queues.contains("default"), "{queues}");
}

#[tokio::test]
async fn what_fails_exits_with_1_and_what_is_typed_wrongly_with_2() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let url = &story.host.url;
    let words = refused(&taskbox(url, &["job", "submit", "create-ordr", "{}"]).await, 1);
    assert!(words.contains("create-order"), "{words}");
    let words = refused(&taskbox("http://127.0.0.1:9", &["order", "list"]).await, 1);
    assert!(words.contains("is a host running there"), "{words}");
    let words = refused(&taskbox(url, &["job", "submit", "create-order", "{"]).await, 2);
    assert!(words.contains("not JSON"), "{words}");
    refused(&taskbox(url, &["order", "frobnicate"]).await, 2);
}

#[tokio::test]
async fn the_bench_measures_the_rows_that_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let plugin = dir.path().join("bench.wasm");
    std::fs::write(&plugin, binaries::plugin("bench")).unwrap();
    let measure = |only: &str| {
        let mut bench = Command::new(binaries::taskbox());
        bench.args(["bench", "--quick", "--json", "--only", only, "--dir"]).arg(dir.path());
        bench.arg("--plugin").arg(&plugin).kill_on_drop(true).output()
    };
    let measured: Value = serde_json::from_str(&printed(&measure("submit-16,start").await.unwrap())).unwrap();
    let row = |place: usize| &measured["rows"][place];
    assert_eq!((row(0)["row"].as_str(), row(1)["row"].as_str()), (Some("submit-16"), Some("start")));
    assert!(row(0)["figures"]["submits_per_second"].as_f64().unwrap() > 1.0, "{measured}");
    assert!(row(1)["figures"]["p50_millis"].as_f64().unwrap() > 0.0, "{measured}");
    assert!(row(0)["fdatasync_micros"].as_f64().unwrap() > 0.0, "{measured}");
    let words = refused(&measure("jobz").await.unwrap(), 2);
    assert!(words.contains("jobs-backlog"), "{words}");

    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [plugin], "nothing stays behind");
}

/// Three jobs that wait, with a tag and one of them in a queue, submitted by the command line.
async fn three_jobs(url: &str) {
    for queue in ["default", "default", "slow"] {
        let submit = ["job", "submit", "nobody", "1", "--allow-unknown-task", "--delay", "1h"];
        let tagged = [&submit[..], &["--tag", "night", "--queue", queue, "--priority", "-7"]].concat();
        let shown = printed(&taskbox(url, &tagged).await);
        assert!(shown.contains("night") && shown.contains("-7"), "{shown}");
    }
}

#[tokio::test]
async fn many_jobs_are_acted_on_by_a_filter_after_a_question() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let url = &host.url;
    three_jobs(url).await;
    let words = refused(&taskbox(url, &["job", "cancel", "--tag", "night"]).await, 2);
    assert!(words.contains("3 jobs match") && words.contains("--yes"), "{words}");
    let words = refused(&taskbox(url, &["job", "cancel"]).await, 2);
    assert!(words.contains("--state"), "{words}");

    let slow = ["job", "cancel", "--tag", "night", "--queue", "slow", "--yes"];
    assert_eq!(printed(&taskbox(url, &slow).await).trim(), "1 of 1 jobs changed");
    let rest = printed(&taskbox(url, &["job", "cancel", "--tag", "night", "--yes", "--json"]).await);
    assert_eq!(serde_json::from_str::<Value>(&rest).unwrap(), json!({ "matched": 3, "changed": 2 }));
    let listed = host.get("/v1/jobs").await;
    let ids: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect();
    let retried = printed(&taskbox(url, &["job", "retry", ids[0], ids[1]]).await);
    assert_eq!(retried.trim(), "2 of 2 jobs changed");
    assert!(printed(&taskbox(url, &["job", "cancel", ids[0]]).await).contains("cancelled"));
    printed(&taskbox(url, &["job", "delete", "--all", "--yes"]).await);
    assert_eq!(host.get("/v1/jobs").await["items"], json!([]));
}

#[tokio::test]
async fn a_schedule_is_set_listed_shown_and_removed() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let url = &host.url;
    let job =
        ["nobody", r#"{"kind":"daily"}"#, "--allow-unknown-task", "--queue", "slow", "--missed", "once"];
    let when = ["schedule", "set", "report", "--cron", "30 8 * * mon-fri", "--timezone", "Europe/Berlin"];
    let set = printed(&taskbox(url, &[&when[..], &job].concat()).await);
    assert!(set.contains("Europe/Berlin") && set.contains("once"), "{set}");
    printed(
        &taskbox(url, &["schedule", "set", "beat", "--every", "15m", "nobody", "--allow-unknown-task"]).await,
    );
    let listed = printed(&taskbox(url, &["schedule", "list"]).await);
    assert!(listed.contains("30 8 * * mon-fri") && listed.contains("every 15m"), "{listed}");
    let shown = printed(&taskbox(url, &["schedule", "show", "report", "--json"]).await);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (&shown["job"]["queue"], &shown["job"]["input"]),
        (&json!("slow"), &json!({ "kind": "daily" }))
    );
    let wrong = ["schedule", "set", "report", "--cron", "61 * * * *", "nobody", "--allow-unknown-task"];
    let words = refused(&taskbox(url, &wrong).await, 1);
    assert!(words.contains("61"), "{words}");
    refused(&taskbox(url, &["schedule", "set", "report", "nobody"]).await, 2);
    printed(&taskbox(url, &["schedule", "rm", "report"]).await);
    refused(&taskbox(url, &["schedule", "show", "report"]).await, 1);
}

#[tokio::test]
async fn retention_is_shown_as_it_is_and_as_it_would_be() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let url = &host.url;
    three_jobs(url).await;
    printed(&taskbox(url, &["job", "cancel", "--all", "--yes"]).await);
    let row = async |arguments: &[&str]| -> Vec<String> {
        let shown = printed(&taskbox(url, arguments).await);
        let row = shown.lines().find(|line| line.trim().starts_with("cancelled")).unwrap();
        row.split_whitespace().map(str::to_owned).collect()
    };
    assert_eq!(row(&["retention"]).await, ["cancelled", "30d", "1000000", "3", "0"]);
    let would = ["retention", "--cancelled", "forever", "--count", "1"];
    assert_eq!(row(&would).await, ["cancelled", "forever", "1", "3", "2"]);
    let words = refused(&taskbox(url, &["retention", "--cancelled", "always"]).await, 1);
    assert!(words.contains("forever"), "{words}");
}

#[tokio::test]
async fn a_reader_that_has_seen_enough_ends_a_command_without_a_complaint() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = Command::new(binaries::taskbox());
    let output = command.args(["serve", "--print-config"]).stdout(writer).output().await.unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
