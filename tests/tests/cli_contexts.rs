//! Hosts with a name, and the question before one in production is changed.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use serde_json::Value;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tokio::process::Command;

/// Runs `taskbox` for the user of this folder, without a terminal.
async fn taskbox(user: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binaries::taskbox());
    command
        .args(arguments)
        .env("XDG_CONFIG_HOME", user)
        .env_remove("TASKBOX_HOST")
        .env_remove("TASKBOX_TOKEN");
    command.output().await.expect("the taskbox program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn commands_call_the_host_of_the_current_or_the_named_context() {
    let (data, user) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = TestHost::start(data.path(), &[]).await;
    let run = async |arguments: &[&str]| {
        let output = taskbox(user.path(), arguments).await;
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    assert!(run(&["context", "list"]).await.contains("taskbox context set"), "an empty list says what to do");
    run(&["context", "set", "dev", "--host", &host.url, "--use"]).await;
    run(&["--host", "http://127.0.0.1:9", "--token", "taskbox_1", "context", "add", "other", "--keep-token"])
        .await;
    assert!(run(&["queue", "list"]).await.starts_with("NAME\t"));
    let output = taskbox(user.path(), &["queue", "list", "--context", "other"]).await;
    assert!(text(&output.stderr).contains("127.0.0.1:9"), "{}", text(&output.stderr));

    let listed = run(&["context", "list"]).await;
    assert!(listed.contains(&format!("*\tdev\t{}\t-\t-\n", host.url)), "{listed}");
    assert!(!listed.contains("taskbox_1"), "no token is shown: {listed}");
    let file = user.path().join("taskbox/contexts.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    run(&["context", "use", "other"]).await;
    let listed: Value = serde_json::from_str(&run(&["--json", "context", "list"]).await).unwrap();
    assert_eq!(
        (&listed["items"][1]["current"], &listed["items"][1]["has_token"]),
        (&true.into(), &true.into())
    );
    run(&["context", "remove", "other"]).await;
    let output = taskbox(user.path(), &["context", "use", "other"]).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("there are: dev"), "{}", text(&output.stderr));
}

#[tokio::test]
async fn a_production_host_is_read_freely_and_changed_only_with_its_name() {
    let (data, user) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let host = TestHost::start(data.path(), &[]).await;
    let set = ["context", "set", "prod", "--host", &host.url, "--production", "--use"];
    assert!(taskbox(user.path(), &set).await.status.success());
    assert!(taskbox(user.path(), &["job", "list"]).await.status.success());

    let submit = ["job", "submit", "later", "--allow-unknown-task"];
    let refused = taskbox(user.path(), &submit).await;
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("--confirm prod"), "{}", text(&refused.stderr));
    let wrong = taskbox(user.path(), &[&submit[..], &["--confirm", "dev"]].concat()).await;
    assert_eq!(wrong.status.code(), Some(2));
    assert_eq!(host.get("/v1/jobs").await["items"].as_array().unwrap().len(), 0, "nothing was changed");

    let confirmed = taskbox(user.path(), &[&["--confirm", "prod"], &submit[..]].concat()).await;
    assert!(confirmed.status.success(), "{}", text(&confirmed.stderr));
    assert_eq!(host.get("/v1/jobs").await["items"].as_array().unwrap().len(), 1);
}
