//! `taskbox dev`: the real program with a real component, whose files change while it runs.

use std::fs;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};

use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::PATIENCE;
use taskbox_tests::said::Said;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// A plugin that is developed.
struct Developing {
    folder: TempDir,
    program: Child,
    said: Said,
    remarks: Said,
}

impl Developing {
    /// A component in a folder, and the job to submit after each change.
    async fn start(files: &[(&str, Value)], job: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        fs::write(folder.path().join("misbehave.wasm"), binaries::plugin("misbehave")).unwrap();
        for (name, content) in files {
            fs::write(folder.path().join(name), content.to_string()).unwrap();
        }
        let mut program = Command::new(binaries::taskbox())
            .args(["dev", "misbehave.wasm", "--listen", "127.0.0.1:0"])
            .args(job)
            .current_dir(folder.path())
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .env("TMPDIR", folder.path().join("tmp"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (said, remarks) = (Said::by(program.stdout.take()), Said::by(program.stderr.take()));
        let mut developing = Self { folder, program, said, remarks };
        developing.said.until("misbehave version 1 is active").await;
        developing
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Replaces a file, as editors and compilers do.
    fn replace(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path("other"), content).unwrap();
        fs::rename(self.path("other"), self.path(name)).unwrap();
    }

    /// Ends it like Ctrl-C.
    async fn end(mut self) -> (ExitStatus, TempDir) {
        let process = self.program.id().expect("it runs").to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().await.unwrap().success());
        let ended = timeout(PATIENCE, self.program.wait()).await;
        (ended.expect("it ends in time").unwrap(), self.folder)
    }
}

/// A task of the plugin, and an input that it needs.
const FETCH: [&str; 4] = ["--task", "fetch", "--input", r#"{"url":"https://words.example/"}"#];

fn mock(answer: &str) -> Value {
    json!([{ "request": { "url": "https://words.example/" }, "response": { "body": answer } }])
}

#[tokio::test]
async fn a_change_of_the_plugin_or_its_mocks_runs_at_once_and_its_jobs_are_shown() {
    let mut dev = Developing::start(&[("mock.json", mock("hello"))], &FETCH).await;
    dev.said.until("attempt   1 of 20: fetch {\"url\":\"https://words.example/\"}").await;
    dev.said.until("request   GET https://words.example/ 200 (mock 1, ").await;
    let completed = dev.said.until("completed in ").await;
    assert!(completed.contains("hello"), "{completed}");

    dev.replace("mock.json", mock("good morning").to_string());
    let completed = dev.said.until("completed in ").await;
    assert!(completed.contains("good morning"), "{completed}");

    dev.replace("misbehave.wasm", "no component");
    dev.remarks.until("this is a text, not a WebAssembly component").await;
    dev.replace("misbehave.wasm", [&binaries::plugin("misbehave")[..], &[0, 2, 1, b'x']].concat());
    dev.said.until("misbehave version 2 runs, ").await;
    dev.said.until("completed in ").await;

    let (status, folder) = dev.end().await;
    assert!(status.success(), "{status}");
    let left: Vec<_> = fs::read_dir(folder.path().join("tmp")).unwrap().collect();
    assert!(left.is_empty(), "the host's data is removed: {left:?}");
    let functions = fs::read_dir(folder.path().join("cache/taskbox/functions")).unwrap().count();
    assert_eq!(functions, 1, "the functions are kept for the next time");
}

#[tokio::test]
async fn a_request_that_nothing_answers_is_shown_with_the_line_to_add() {
    let mut dev = Developing::start(&[("mock.json", json!([]))], &FETCH).await;
    let line = dev.said.until("add to the mock file: ").await;
    let (_, line) = line.split_once("add to the mock file: ").unwrap();
    let mocks = [serde_json::from_str::<Value>(line).unwrap()];
    dev.replace("mock.json", json!(mocks).to_string());
    dev.said.until("request   GET https://words.example/ 200 (mock 1, ").await;
}

#[tokio::test]
async fn a_grant_beside_the_plugin_decides_as_it_would_on_a_host() {
    let grant = |path: &str| json!({ "hosts": [{ "url": "https://words.example", "path": path }] });
    let files = [("mock.json", mock("hello")), ("grant.json", grant("/other/"))];
    let mut dev = Developing::start(&files, &FETCH).await;
    let denied = dev.said.until("denied").await;
    assert!(!denied.contains("hello"), "{denied}");
    dev.replace("grant.json", grant("/").to_string());
    dev.said.until("completed in ").await;
}

#[tokio::test]
async fn a_secret_reaches_the_servers_that_answer() {
    let input = json!({ "url": "https://words.example/", "bearers": { "authorization": "words-key" } });
    let mut mocks = mock("hello");
    mocks[0]["request"]["headers"] = json!({ "authorization": "Bearer k-123456" });
    let job = ["--secret", "words-key=k-123456", "--task", "fetch", "--input", &input.to_string()];
    let mut dev = Developing::start(&[("mock.json", mocks)], &job).await;
    dev.said.until("request   GET https://words.example/ 200 (mock 1, ").await;
}

#[tokio::test]
async fn a_failed_attempt_is_shown_with_its_reason_and_the_time_of_the_next() {
    let job = ["--task", "fail", "--input", r#"{"kind":"retryable","message":"not today"}"#];
    let mut dev = Developing::start(&[], &job).await;
    dev.said.until("retryable failed: not today").await;
    dev.said.until("again at ").await;
}

#[tokio::test]
async fn wrong_arguments_end_it_and_say_what_would_be_right() {
    for (arguments, said) in [
        (&["dev", "/nowhere/at-all"][..], "cannot read /nowhere/at-all"),
        (&["dev", ".", "--task", "fetch"], "give its --input as well"),
    ] {
        let output = Command::new(binaries::taskbox()).args(arguments).output().await.unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && error.contains(said), "{error}");
    }
}
