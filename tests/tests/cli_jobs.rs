//! Jobs on the command line: ids in short, files of jobs, outcomes as exit statuses, and lists for other programs.

use std::process::Output;

use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::story::Story;
use tokio::process::Command;

async fn taskbox(host: &str, arguments: &[&str]) -> Output {
    let output = Command::new(binaries::taskbox()).args(arguments).env("TASKBOX_HOST", host).output().await;
    output.expect("the taskbox program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{} {}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn refused(output: &Output, status: i32) -> String {
    assert_eq!(output.status.code(), Some(status), "{}", text(&output.stderr));
    text(&output.stderr)
}

/// A job that waits, and its id.
async fn waiting(host: &TestHost) -> String {
    let job = json!({ "task": "later", "allow_unknown_task": true, "delay": "1h" });
    host.post("/v1/jobs", &job).await["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_unique_part_of_an_id_names_a_job() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (first, second) = (waiting(&host).await, waiting(&host).await);
    let ending = |id: &str| id[24..].to_owned();
    let shown = printed(&taskbox(&host.url, &["job", "show", &ending(&first)]).await);
    assert!(shown.contains(&first), "{shown}");
    let words = refused(&taskbox(&host.url, &["job", "show", &first[..8]]).await, 1);
    assert!(words.contains(&first) && words.contains(&second), "both begin so: {words}");
    let words = refused(&taskbox(&host.url, &["job", "show", "ffffffff"]).await, 1);
    assert!(words.contains("taskbox job list"), "{words}");

    let cancelled = printed(&taskbox(&host.url, &["job", "cancel", &ending(&first), &ending(&second)]).await);
    assert_eq!(cancelled.trim(), "2 of 2 jobs changed");
    let words = refused(&taskbox(&host.url, &["job", "watch", &ending(&second)]).await, 3);
    assert!(words.contains("cancelled"), "{words}");
}

#[tokio::test]
async fn a_list_for_another_program_has_tabs_and_exact_times() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let id = waiting(&host).await;
    let at = host.get(&format!("/v1/jobs/{id}")).await["created_at"].as_str().unwrap().to_owned();
    let listed = printed(&taskbox(&host.url, &["job", "list"]).await);
    let row = format!("{id}\tlater\tscheduled\t0\tdefault\t{at}\n");
    assert_eq!(listed, format!("ID\tTASK\tSTATE\tATTEMPT\tQUEUE\tSUBMITTED\n{row}"));
}

#[tokio::test]
async fn the_jobs_of_a_file_are_submitted_once_however_often_it_is_run() {
    let (data, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = TestHost::start(data.path(), &[]).await;
    let file = place.path().join("jobs.jsonl");
    let line = |n: u32| format!("{}\n", json!({ "task": "later", "input": n, "allow_unknown_task": true }));
    let lines: String = (0..600).map(line).collect();
    std::fs::write(&file, &lines).unwrap();
    let submit = ["job", "submit", "--batch", file.to_str().unwrap(), "--json"];
    let run = async |more: &[&str]| -> Value {
        serde_json::from_str(&printed(&taskbox(&host.url, &[&submit[..], more].concat()).await)).unwrap()
    };
    assert_eq!(run(&[]).await, json!({ "submitted": 600, "submitted_before": 0 }));
    assert_eq!(run(&[]).await, json!({ "submitted": 0, "submitted_before": 600 }));
    assert_eq!(run(&["--run", "2"]).await, json!({ "submitted": 600, "submitted_before": 0 }));

    for (wrong, named) in
        [("{\"task\":\"later\",\"inpt\":1}", "did you mean \"input\""), ("[]", "JSON object")]
    {
        std::fs::write(&file, format!("{lines}\n{wrong}\n")).unwrap();
        let words = refused(&taskbox(&host.url, &submit[..4]).await, 1);
        assert!(words.contains("jobs.jsonl, line 602") && words.contains(named), "{words}");
    }
    let words = refused(&taskbox(&host.url, &["job", "submit"]).await, 2);
    assert!(words.contains("TASK"), "{words}");
}

#[tokio::test]
async fn an_order_is_placed_by_its_two_arguments_and_watched_to_its_end() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let url = &story.host.url;
    let watched = printed(&taskbox(url, &["order", "submit", "u_7", "pi_7", "--watch"]).await);
    assert!(watched.contains("u_7") && watched.contains("completed"), "{watched}");
    let orders = story.host.get("/v1/orders").await;
    let id = orders["items"][0]["id"].as_str().unwrap();
    assert!(printed(&taskbox(url, &["order", "show", &id[20..]]).await).contains(id));
    let words = refused(&taskbox(url, &["order", "submit", "u_7"]).await, 2);
    assert!(words.contains("PAYMENT"), "{words}");
}
