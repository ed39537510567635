//! The host as a process: the signals that end it, and the pipes that it prints to.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use taskbox_tests::patience::until;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The number of runs of a race that a host must win every time.
const ROUNDS: usize = 5;

fn serve(data: &Path, listen: &str) -> Command {
    let mut command = Command::new(binaries::taskbox());
    command.args(["serve", "--listen", listen, "--log-format", "json", "--data"]).arg(data);
    command.stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// A full pipe without reads. The reader must be kept.
async fn full_pipe() -> (Stdio, pipe::Receiver) {
    let (writer, reader) = pipe::pipe().unwrap();
    let mut written = 0;
    // It takes whole pages, until it has no more.
    writer.writable().await.unwrap();
    while let Ok(count) = writer.try_write(&[b'x'; 4096]) {
        written += count;
    }
    assert!(written >= 4096, "nothing was written");
    (writer.into_blocking_fd().unwrap().into(), reader)
}

/// A pipe whose reader is closed.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn lines<R: AsyncRead + Unpin>(output: Option<R>) -> Lines<BufReader<R>> {
    BufReader::new(output.expect("it is piped")).lines()
}

/// The address in the line of the log that announces the host.
async fn logged_address<R: AsyncRead + Unpin>(log: &mut Lines<BufReader<R>>) -> String {
    loop {
        let line = timeout(PATIENCE, log.next_line()).await.expect("it logs in time").unwrap();
        let line: Value = serde_json::from_str(&line.expect("it runs")).unwrap();
        if line["fields"]["message"] == "ready" {
            return line["fields"]["address"].as_str().unwrap().to_owned();
        }
    }
}

async fn is_ready(address: &str) -> bool {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("http://{address}/readyz")).send().await;
    answer.is_ok_and(|answer| answer.status() == StatusCode::OK)
}

async fn signal(process: u32) {
    let sent = Command::new("kill").arg(process.to_string()).status().await.unwrap();
    assert!(sent.success());
}

/// Ends it like a service manager.
async fn terminate(mut host: Child) -> ExitStatus {
    signal(host.id().expect("it runs")).await;
    timeout(PATIENCE, host.wait()).await.expect("it ends in time").unwrap()
}

#[tokio::test]
async fn a_host_whose_announcement_cannot_be_written_is_ready_and_ends_in_order() {
    let (full, _reader) = full_pipe().await;
    for (what, stdout) in [("full", full), ("closed", closed_pipe())] {
        let data = tempfile::tempdir().unwrap();
        let mut command = serve(data.path(), "127.0.0.1:0");
        let mut host = command.stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = lines(host.stderr.take());
        let address = logged_address(&mut log).await;
        assert!(is_ready(&address).await, "{what}");
        let ended = terminate(host).await;
        assert!(ended.success(), "{what}: {ended}");
        let mut rest = String::new();
        while let Some(line) = log.next_line().await.unwrap() {
            rest.push_str(&line);
        }
        assert!(rest.contains("stopped"), "{what}: {rest}");
    }
}

#[tokio::test]
async fn a_host_whose_log_cannot_be_written_is_ready_and_ends_in_order() {
    let (full, _reader) = full_pipe().await;
    for (what, stderr) in [("full", full), ("closed", closed_pipe())] {
        let data = tempfile::tempdir().unwrap();
        let mut command = serve(data.path(), "127.0.0.1:0");
        let mut host =
            command.args(["--log", "debug"]).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        let mut stdout = lines(host.stdout.take());
        let announced = timeout(PATIENCE, stdout.next_line()).await.expect("it announces itself in time");
        let announced = announced.unwrap().expect("it runs");
        assert!(is_ready(announced.strip_prefix("Taskbox listens on http://").unwrap()).await, "{what}");
        let ended = terminate(host).await;
        assert!(ended.success(), "{what}: {ended}");
    }
}

#[tokio::test]
async fn a_second_signal_ends_a_host_at_once_also_when_its_log_cannot_be_written() {
    let (full, _reader) = full_pipe().await;
    let data = tempfile::tempdir().unwrap();
    let mut program = Command::new("env");
    program.stderr(full);
    let host = TestHost::begin_by(program, data.path(), &["--drain", "1h"]).ready().await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    let job = host.post("/v1/jobs", &json!({ "task": "sleep-hour" })).await;
    host.wait_for_state(job["id"].as_str().unwrap(), "running").await;
    signal(host.pid()).await;
    let closes = async || {
        let (status, _) = host.call(Method::GET, "/readyz", None).await;
        (status == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    };
    until("the host closes", closes).await;
    assert_eq!(host.terminate().await.code(), Some(1));
}

#[tokio::test]
async fn a_program_that_cannot_say_why_it_failed_ends_all_the_same() {
    let (full, _reader) = full_pipe().await;
    let mut command = Command::new(binaries::taskbox());
    command.args(["order", "list"]).env("TASKBOX_HOST", "http://127.0.0.1:9").kill_on_drop(true);
    let ended = timeout(PATIENCE / 4, command.stderr(full).status()).await.expect("it ends in time");
    assert_eq!(ended.unwrap().code(), Some(1));
}

#[tokio::test]
async fn a_signal_right_after_the_first_ready_answer_ends_it_in_order() {
    for round in 0..ROUNDS {
        let data = tempfile::tempdir().unwrap();
        // A port that was free a moment ago: the test calls the host before it announces its address.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let host = serve(data.path(), &address).stdout(Stdio::null()).spawn().unwrap();
        timeout(PATIENCE, async { while !is_ready(&address).await {} }).await.expect("it is ready in time");
        let ended = terminate(host).await;
        assert!(ended.success(), "round {round}: {ended}");
    }
}

/// The files and directories below this one, each with its permission bits.
fn modes(dir: &Path) -> Vec<(std::path::PathBuf, bool, u32)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        found.push((entry.path(), metadata.is_dir(), metadata.permissions().mode() & 0o777));
        if metadata.is_dir() {
            found.extend(modes(&entry.path()));
        }
    }
    found
}

#[tokio::test]
async fn all_files_of_a_host_are_its_own_whatever_the_umask() {
    let data = tempfile::tempdir().unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$@\"", "sh"]);
    let host = TestHost::begin_by(shell, data.path(), &[]).ready().await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    host.run_job(&json!({ "task": "echo", "input": 1 })).await;
    assert!(host.terminate().await.success());
    let found = modes(data.path());
    assert!(found.iter().any(|(path, ..)| path.extension().is_some_and(|kind| kind == "cwasm")));
    for (path, is_dir, mode) in found {
        assert_eq!(mode, if is_dir { 0o700 } else { 0o600 }, "{}", path.display());
    }
}
