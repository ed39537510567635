//! The log of the host: lines of plugins at their level, each with the job, the attempt and the trace that it belongs to.

use std::process::Stdio;

use reqwest::StatusCode;
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::PATIENCE;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn a_line_of_a_plugin_has_its_level_and_the_ids_of_its_attempt() {
    let data = tempfile::tempdir().unwrap();
    let mut host = Command::new(binaries::taskbox())
        .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json", "--data"])
        .arg(data.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(host.stderr.take().unwrap()).lines();
    let mut until = async |wanted: &dyn Fn(&Value) -> bool| loop {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("it logs in time").unwrap();
        let line: Value = serde_json::from_str(&line.expect("it runs")).expect("each line is JSON");
        if wanted(&line) {
            return line;
        }
    };
    let ready = until(&|line| line["fields"]["message"] == "ready").await;
    let url = format!("http://{}", ready["fields"]["address"].as_str().unwrap());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let upload = client.put(format!("{url}/v1/plugins/misbehave")).body(binaries::plugin("misbehave"));
    assert!(upload.send().await.unwrap().status().is_success());
    let submit = client
        .post(format!("{url}/v1/jobs"))
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .json(&json!({ "task": "log", "max_attempts": 1 }));
    let submitted = submit.send().await.unwrap();
    assert_eq!(submitted.status(), StatusCode::ACCEPTED);
    let job: Value = serde_json::from_str(&submitted.text().await.unwrap()).unwrap();
    let warning = until(&|line| line["target"] == "plugin" && line["level"] == "WARN").await;
    assert_eq!(warning["fields"]["message"], "it is old");
    let span = &warning["span"];
    assert_eq!((&span["name"], &span["job"]), (&json!("attempt"), &job["id"]), "{warning}");
    assert_eq!((&span["attempt"], &span["trace_id"]), (&json!(1), &json!(TRACE)), "{warning}");
}
