//! The real host as a process of its own, on a free port, ended by its own id.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::binaries;
pub use crate::patience::PATIENCE;
use crate::patience::until;

/// A host at work.
pub struct TestHost {
    /// Where it listens, such as `http://127.0.0.1:40123`.
    pub url: String,
    /// Its data directory.
    pub data: PathBuf,
    process: Child,
    client: reqwest::Client,
    /// Kept open: a host that cannot write to its stdout is not the one that users run.
    _stdout: Lines<BufReader<ChildStdout>>,
}

/// A host that starts and is perhaps not ready yet.
pub struct StartingHost {
    data: PathBuf,
    process: Child,
}

impl StartingHost {
    /// Waits until it is ready.
    pub async fn ready(mut self) -> TestHost {
        let mut stdout = BufReader::new(self.process.stdout.take().expect("stdout is piped")).lines();
        let url = tokio::time::timeout(PATIENCE, announced_url(&mut stdout))
            .await
            .expect("the host is ready in time");
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        TestHost { url, data: self.data, process: self.process, client, _stdout: stdout }
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(mut self) {
        self.process.kill().await.expect("the host is killed");
    }
}

impl TestHost {
    /// Starts a host on this data directory, with further arguments of `taskbox serve`.
    pub async fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::begin(data, arguments).ready().await
    }

    /// Starts a host with these settings, in the form of a file. Its directory is `data` in this place.
    pub async fn start_with(place: &Path, settings: &str) -> Self {
        Self::begin_with(place, settings).ready().await
    }

    /// The same, without waiting until it is ready.
    pub fn begin_with(place: &Path, settings: &str) -> StartingHost {
        Self::begin_with_by(Command::new("env"), place, settings)
    }

    /// The same, by a program that runs the command in its arguments in its own place.
    pub fn begin_with_by(program: Command, place: &Path, settings: &str) -> StartingHost {
        let file = place.join("settings.toml");
        std::fs::write(&file, settings).expect("the settings can be written");
        let file = file.to_str().expect("the path is text");
        Self::begin_by(program, &place.join("data"), &["--config", file])
    }

    /// Starts a host, without waiting until it is ready.
    pub fn begin(data: &Path, arguments: &[&str]) -> StartingHost {
        Self::begin_by(Command::new("env"), data, arguments)
    }

    /// The same, by a program that runs the command in its arguments in its own place.
    pub fn begin_by(mut program: Command, data: &Path, arguments: &[&str]) -> StartingHost {
        let process = program
            .arg(binaries::taskbox())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the taskbox program starts");
        StartingHost { data: data.to_owned(), process }
    }

    /// The host's process id.
    pub fn pid(&self) -> u32 {
        self.process.id().expect("the host runs")
    }

    /// A request to this host.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Sends and reads a JSON answer.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = self.request(method, path);
        let request = if let Some(body) = body { request.json(body) } else { request };
        answer(request).await
    }

    /// `GET`, which must succeed.
    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.call(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {body}");
        body
    }

    /// `POST`, which must succeed.
    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// `PUT`, which must succeed.
    pub async fn put(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.call(Method::PUT, path, Some(body)).await;
        assert!(status.is_success(), "PUT {path}: {status} {answer}");
        answer
    }

    /// Uploads a component under a name.
    pub async fn upload(&self, name: &str, component: Vec<u8>) -> (StatusCode, Value) {
        answer(self.request(Method::PUT, &format!("/v1/plugins/{name}")).body(component)).await
    }

    /// Submits a job and waits until it is final.
    pub async fn run_job(&self, job: &Value) -> Value {
        let submitted = self.post("/v1/jobs", job).await;
        self.wait_final(submitted["id"].as_str().expect("a job has an id")).await
    }

    /// Waits until a job is final.
    pub async fn wait_final(&self, id: &str) -> Value {
        let job = self.get(&format!("/v1/jobs/{id}?wait=60s")).await;
        assert!(!job["finalized_at"].is_null(), "not final in time: {job}");
        job
    }

    /// Waits until a job is in this state.
    pub async fn wait_for_state(&self, id: &str, state: &str) -> Value {
        let path = format!("/v1/jobs/{id}");
        let look = async || Some(self.get(&path).await).filter(|job| job["state"] == state);
        until(&format!("{path} is {state}"), look).await
    }

    /// Kills it as `kill -9` does.
    pub async fn kill(mut self) {
        self.process.kill().await.expect("the host is killed");
    }

    /// Ends it in order, as a service manager does.
    pub async fn terminate(mut self) -> ExitStatus {
        let sent = Command::new("kill").arg(self.pid().to_string()).status().await.expect("kill runs");
        assert!(sent.success());
        tokio::time::timeout(PATIENCE, self.process.wait())
            .await
            .expect("ends in time")
            .expect("is waited for")
    }
}

async fn announced_url(stdout: &mut Lines<BufReader<ChildStdout>>) -> String {
    while let Some(line) = stdout.next_line().await.expect("stdout is text") {
        if let Some(url) = line.strip_prefix("Taskbox listens on ") {
            return url.to_owned();
        }
    }
    panic!("the host ended before it was ready");
}

async fn answer(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("the host answers");
    let status = response.status();
    let text = response.text().await.expect("the answer is whole");
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}
