//! TLS from files, with HTTP/2, read again when they change. The certificates are in `fixtures/tls`, for 127.0.0.1.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, StatusCode, Version};
use serde_json::json;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use tempfile::TempDir;
use tokio::process::Command;

struct Encrypted {
    host: TestHost,
    data: TempDir,
}

impl Encrypted {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let host = TestHost::start_with(data.path(), &settings(data.path(), "first")).await;
        Self { host, data }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.host.url)
    }
}

/// The settings of a host whose files are in this place, after a copy of this certificate.
fn settings(place: &Path, certificate: &str) -> String {
    copy(place, certificate);
    let [pem, key] = ["host.pem", "host.key"].map(|name| place.join(name));
    format!("tls_certificate = {pem:?}\ntls_key = {key:?}\n")
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tls").join(name)
}

fn copy(place: &Path, certificate: &str) {
    for kind in ["pem", "key"] {
        fs::copy(fixture(&format!("{certificate}.{kind}")), place.join(format!("host.{kind}"))).unwrap();
    }
}

/// A client that trusts this certificate alone.
fn client(certificate: &str) -> Client {
    let pem = fs::read(fixture(&format!("{certificate}.pem"))).unwrap();
    let trusted = Certificate::from_pem(&pem).unwrap();
    Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap()
}

#[tokio::test]
async fn a_host_with_a_certificate_speaks_http_2_and_no_plain_http() {
    let encrypted = Encrypted::start().await;
    assert!(encrypted.host.url.starts_with("https://127.0.0.1:"), "{}", encrypted.host.url);
    let client = client("first");
    let answer = client.get(encrypted.url("/v1/queues")).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
    let job = json!({ "task": "wait", "input": 1, "delay": "1h", "allow_unknown_task": true });
    let submitted = client.post(encrypted.url("/v1/jobs")).json(&job).send().await.unwrap();
    assert_eq!(submitted.status(), StatusCode::ACCEPTED);
    let plain = encrypted.url("/healthz").replacen("https", "http", 1);
    assert!(client.get(plain).send().await.is_err());
    assert!(self::client("second").get(encrypted.url("/healthz")).send().await.is_err());
}

/// The authority of HTTP/2 is checked as `Host` is: a page may point a name of its own at this machine.
#[tokio::test]
async fn an_open_host_answers_to_no_foreign_name_over_http_2() {
    let encrypted = Encrypted::start().await;
    let port = encrypted.host.url.rsplit(':').next().unwrap();
    let pem = fs::read(fixture("first.pem")).unwrap();
    let client = Client::builder()
        .no_proxy()
        .tls_certs_only([Certificate::from_pem(&pem).unwrap()])
        .tls_danger_accept_invalid_hostnames(true)
        .resolve("evil.example", format!("127.0.0.1:{port}").parse().unwrap());
    let answer =
        client.build().unwrap().get(format!("https://evil.example:{port}/v1/queues")).send().await.unwrap();
    assert_eq!((answer.status(), answer.version()), (StatusCode::FORBIDDEN, Version::HTTP_2));
}

#[tokio::test]
async fn a_new_certificate_holds_for_new_connections_without_a_restart() {
    let encrypted = Encrypted::start().await;
    let url = encrypted.url("/healthz");
    // A key without its certificate changes nothing.
    fs::copy(fixture("second.key"), encrypted.data.path().join("host.key")).unwrap();
    assert!(client("first").get(&url).send().await.is_ok());
    copy(encrypted.data.path(), "second");
    until("the second certificate is shown", async || client("second").get(&url).send().await.ok()).await;
    assert!(client("first").get(&url).send().await.is_err());
}

#[tokio::test]
async fn the_cookie_of_a_session_is_for_encrypted_connections_only() {
    let encrypted = Encrypted::start().await;
    let client = client("first");
    let new = json!({ "name": "ops", "scopes": ["operate"] });
    let made = client.post(encrypted.url("/v1/tokens")).json(&new).send().await.unwrap();
    let made: serde_json::Value = made.json().await.unwrap();
    let plain = Client::builder().no_proxy().redirect(Policy::none());
    let trusted = Certificate::from_pem(&fs::read(fixture("first.pem")).unwrap()).unwrap();
    let plain = plain.tls_certs_only([trusted]).build().unwrap();
    let request = plain.post(encrypted.url("/login")).header("origin", &encrypted.host.url);
    let answer = request.body(format!("token={}", made["token"].as_str().unwrap())).send().await.unwrap();
    assert!(answer.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn files_that_do_not_fit_are_named_at_the_start() {
    let data = tempfile::tempdir().unwrap();
    let toml = settings(data.path(), "first");
    fs::copy(fixture("second.key"), data.path().join("host.key")).unwrap();
    let file = data.path().join("settings.toml");
    fs::write(&file, toml).unwrap();
    let output = Command::new(binaries::taskbox())
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data.path().join("data"))
        .arg("--config")
        .arg(file)
        .output();
    let output = output.await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("the key does not fit the certificate"), "{said}");
}
