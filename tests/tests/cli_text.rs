//! Text of others on the command line: JSON passes unchanged, and no control character reaches the terminal.

use std::process::Output;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use reqwest::Method;
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Numbers that no double holds, in an order that is not that of the alphabet.
const TYPED: &str =
    r#"{"z":123456789012345678901234,"a":[1.50,1E2,-0.0],"m":{"y":0.1000000000000000000001,"b":null}}"#;

async fn taskbox(host: &str, arguments: &[&str]) -> Output {
    let output = Command::new(binaries::taskbox()).args(arguments).env("TASKBOX_HOST", host).output().await;
    output.expect("the taskbox program runs")
}

/// Everything that was printed, on both streams.
async fn said(host: &str, arguments: &[&str]) -> String {
    let Output { stdout, stderr, .. } = taskbox(host, arguments).await;
    String::from_utf8([stdout, stderr].concat()).expect("it is text")
}

async fn host(data: &std::path::Path) -> TestHost {
    let host = TestHost::start(data, &[]).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    host
}

fn id(shown: &str) -> String {
    let job: Value = serde_json::from_str(shown).unwrap_or_else(|error| panic!("{error}: {shown}"));
    job["id"].as_str().expect("a job has an id").to_owned()
}

fn without_spaces(text: &str) -> String {
    text.split_whitespace().collect()
}

#[tokio::test]
async fn json_stays_as_it_was_typed_on_its_whole_way() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let submit = ["job", "submit", "echo", TYPED, "--metadata", TYPED, "--json"];
    let submitted = said(&host.url, &submit).await;
    let id = id(&submitted);
    host.wait_final(&id).await;
    let fields = ["input", "metadata", "output"].map(|name| format!("\"{name}\":{TYPED}"));
    for shown in [
        without_spaces(&said(&host.url, &["job", "show", &id, "--json"]).await),
        without_spaces(&said(&host.url, &["job", "watch", &id, "--json"]).await),
    ] {
        assert!(fields.iter().all(|field| shown.contains(field)), "{shown}");
    }
    assert_eq!(said(&host.url, &["job", "show", &id]).await.matches(TYPED).count(), 3);
    assert!(without_spaces(&said(&host.url, &["job", "list", "--json"]).await).contains(&fields[0]));

    let set = ["schedule", "set", "daily", "--cron", "@daily", "echo", TYPED, "--with"];
    said(&host.url, &[&set[..], &[&format!(r#"{{"metadata":{TYPED}}}"#)]].concat()).await;
    let shown = without_spaces(&said(&host.url, &["schedule", "show", "daily", "--json"]).await);
    assert!(fields[..2].iter().all(|field| shown.contains(field)), "{shown}");
}

#[tokio::test]
async fn an_input_as_deep_as_it_may_be_is_listed_and_a_deeper_one_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let nested = |depth: usize| ["[", "]"].map(|bracket| bracket.repeat(depth)).concat();
    let refused = said(&host.url, &["job", "submit", "echo", &nested(101)]).await;
    assert!(refused.contains("nested deeper than 100 levels"), "{refused}");
    let id = id(&said(&host.url, &["job", "submit", "echo", &nested(100), "--json"]).await);
    assert_eq!(host.wait_final(&id).await["state"], json!("completed"));
    assert!(said(&host.url, &["job", "list"]).await.contains(&id));
    let listed = said(&host.url, &["job", "list", "--json"]).await;
    assert!(serde_json::from_str::<Value>(&listed).is_ok(), "a usual parser reads the list");
}

/// The characters that control a terminal, or change the appearance of text.
fn commands(text: &str) -> Vec<char> {
    let is_command = |char: &char| {
        (char.is_control() && !matches!(char, '\n' | '\t'))
            || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().filter(is_command).collect()
}

#[tokio::test]
async fn what_strangers_wrote_commands_no_terminal() {
    const EVIL: &str = "\u{1b}]0;x\u{7}\u{9b}2J\r\u{202e}\u{7f}\u{2066}";
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let url = &host.url;
    let fail = json!({
        "task": "fail", "input": { "kind": "permanent", "message": EVIL }, "label": EVIL, "tags": [EVIL],
        "metadata": { EVIL: EVIL },
    });
    let failed = host.run_job(&fail).await;
    let print = host.run_job(&json!({ "task": "print", "input": { "stdout": 1, "text": EVIL } })).await;
    let id = |job: &Value| job["id"].as_str().unwrap().to_owned();
    let (failed, print) = (id(&failed), id(&print));
    let unknown = json!({ EVIL: 1 }).to_string();
    for arguments in [
        &["job", "show", &failed][..],
        &["job", "list"],
        &["job", "watch", &failed],
        &["job", "logs", &print],
        &["job", "watch", &print],
        &["job", "submit", "echo", "--with", &unknown],
        &["job", "show", EVIL],
    ] {
        for json in [&[][..], &["--json"]] {
            let said = said(url, &[arguments, json].concat()).await;
            assert!(!said.is_empty() && commands(&said).is_empty(), "{arguments:?}: {said:?}");
        }
    }
    let shown = said(url, &["job", "show", &failed]).await;
    assert!(shown.contains(r"\u{1b}]0;x\u{7}\u{9b}2J\r\u{202e}\u{7f}\u{2066}"), "{shown}");
    let shown: Value = serde_json::from_str(&said(url, &["job", "show", &failed, "--json"]).await).unwrap();
    assert_eq!((&shown["label"], &shown["errors"][0]["message"]), (&json!(EVIL), &json!(EVIL)));
}

#[tokio::test]
async fn a_watch_shows_the_lines_and_the_progress_of_a_job() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let print = ["job", "submit", "print", r#"{"stdout":3,"text":"fox"}"#, "--watch"];
    let watched = said(&host.url, &print).await;
    let lines: Vec<_> = watched.lines().filter(|line| line.starts_with("| ")).collect();
    assert_eq!(lines, ["| fox 1", "| fox 2", "| fox 3"], "{watched}");
    assert!(watched.trim_end().ends_with("completed (attempt 1)"), "{watched}");
}

#[tokio::test]
async fn json_that_was_written_in_many_lines_is_watched_in_one() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    for end in ["\r\n", "\r", "\n"] {
        let body = ["{\"task\":", "\t\"echo\",", "\"input\":", "[1,", "\t2]", "}"].join(end);
        let submit =
            host.request(Method::POST, "/v1/jobs").header("content-type", "application/json").body(body);
        let job: Value = submit.send().await.unwrap().json().await.unwrap();
        let watched = said(&host.url, &["job", "watch", job["id"].as_str().unwrap(), "--json"]).await;
        let events: Vec<Value> = watched
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {watched}")))
            .collect();
        let last = &events.last().unwrap_or_else(|| panic!("{end:?}"))["data"];
        assert_eq!((&last["state"], &last["output"]), (&json!("completed"), &json!([1, 2])), "{end:?}");
    }
}

/// A host that breaks the first stream, and records the id with which the client reconnects.
async fn breaking_host() -> (String, Arc<Mutex<Vec<Option<String>>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let remembered = Arc::clone(&asked);
    let answer = move |request: Request| async move {
        let last_id = request.headers().get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
        let mut asked = asked.lock().unwrap();
        asked.push(last_id);
        let events = match asked.len() {
            1 => {
                "event: log\nid: a-1\ndata: {\"attempt\":1,\"line\":\"one\"}\n\nevent: log\nid: a-2\ndata: {\"att"
            }
            _ => {
                "event: gap\nid: a-4\ndata: {\"left_out\":3}\n\n\
                 event: state\nid: a-5\ndata: {\"state\":\"completed\",\"attempt\":1,\"finalized_at\":\"now\"}\n\n"
            }
        };
        let answer: Response = ([("content-type", "text/event-stream")], events).into_response();
        answer
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (url, remembered)
}

#[tokio::test]
async fn a_watch_that_breaks_off_goes_on_where_it_was_and_says_what_is_missing() {
    let (url, asked) = breaking_host().await;
    let watched = said(&url, &["job", "watch", "0198c7d2-0000-7000-8000-000000000000"]).await;
    assert_eq!(watched, "| one\n(3 events are missing here)\ncompleted (attempt 1)\n");
    assert_eq!(*asked.lock().unwrap(), [None, Some("a-1".to_owned())]);
}
