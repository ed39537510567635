//! `taskbox plugin push`: what it says of a component, what the component asks for, and pushing again at a change.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::said::Said;
use tempfile::TempDir;
use tokio::process::Command;

/// A folder with a component that asks for a grant.
fn folder(wanted: &Value) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mis_behave.wasm");
    std::fs::write(&file, with_section("taskbox:grant", &wanted.to_string())).unwrap();
    (folder, file)
}

/// The component with one more custom section.
fn with_section(name: &str, content: &str) -> Vec<u8> {
    let body = [&[u8::try_from(name.len()).unwrap()], name.as_bytes(), content.as_bytes()].concat();
    let length = u16::try_from(body.len()).unwrap();
    assert!(length < 1 << 14, "its length has two bytes");
    let length = [(length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
    [&binaries::plugin("misbehave")[..], &[0], &length, &body].concat()
}

fn push(host: &TestHost, arguments: &[&str]) -> Command {
    let mut command = Command::new(binaries::taskbox());
    command.args(["plugin", "push"]).args(arguments).env("TASKBOX_HOST", &host.url);
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn printed(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "the bar is for terminals");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn a_push_says_what_was_found_and_what_is_asked_for_and_not_given() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let wanted = json!({ "submit": ["mail.*"], "limits": { "memory": "128MiB" }, "config": { "base": "https://a.example" } });
    let (folder, file) = folder(&wanted);

    let said = printed(push(&host, &[text(&file)]).output().await.unwrap());
    for words in [
        "mis-behave version 1 is active\n  digest   sha256:",
        "\n  size     ",
        "\n  imports  ",
        "wasi:http/outgoing-handler",
        "standard interfaces of WASI\n",
        "\n  task     echo: Returns its input\n  task     noop: Does nothing\n",
        "give?: any",
        "} -> integer | {pair?: any}\n",
        "\nIt asks for what its grant does not give:\n",
        "\n  submit: \"mail.*\"\n",
        "\n  limits: {\"memory\":\"128MiB\"}\n",
        "\nThe first job:\n  taskbox job submit echo '{}' --watch\n",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(host.get("/v1/plugins/mis-behave/grant").await["submit"], json!([]), "asking gives nothing");

    let grant = folder.path().join("given");
    std::fs::write(&grant, wanted.to_string()).unwrap();
    let said = printed(push(&host, &[text(&file), "--grant", text(&grant)]).output().await.unwrap());
    assert!(!said.contains("asks for"), "{said}");
    assert_eq!(host.get("/v1/plugins/mis-behave/grant").await["submit"], json!(["mail.*"]));

    std::fs::write(folder.path().join("grant.json"), r#"{"submit":["mail.*","resize"]}"#).unwrap();
    std::fs::write(&file, with_section("other", "")).unwrap();
    let said = printed(push(&host, &["mis-behave", text(&file), "--no-activate"]).output().await.unwrap());
    assert!(
        said.contains("version 2 is stored; activate it with: taskbox plugin activate mis-behave 2"),
        "{said}"
    );
    assert!(
        said.contains("\n  submit: \"resize\"\nGrant it all, if you trust it: taskbox plugin grant "),
        "{said}"
    );
}

#[tokio::test]
async fn the_host_answers_an_upload_with_the_grant_that_it_asks_for() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (_, uploaded) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!((&uploaded["wanted_grant"], &uploaded["lacking_grant"]), (&Value::Null, &Value::Null));
    let asking = with_section("taskbox:grant", r#"{"submit":["mail"]}"#);
    let (_, uploaded) = host.upload("misbehave", asking.clone()).await;
    let submit = |grant: &str| uploaded[grant]["submit"].clone();
    assert_eq!((submit("wanted_grant"), submit("lacking_grant")), (json!(["mail"]), json!(["mail"])));
    host.put("/v1/plugins/misbehave/grant", &json!({ "submit": ["*"] })).await;
    let (status, uploaded) = host.upload("misbehave", asking).await;
    assert_eq!((status.as_u16(), &uploaded["version"]), (200, &json!(2)), "the same bytes");
    assert_eq!(
        (&uploaded["wanted_grant"]["submit"], &uploaded["lacking_grant"]),
        (&json!(["mail"]), &Value::Null)
    );
    let (status, problem) = host.upload("misbehave", with_section("taskbox:grant", r#"{"host":1}"#)).await;
    assert_eq!(status.as_u16(), 422);
    assert!(problem["detail"].as_str().unwrap().contains("unknown field `host`"), "{problem}");
}

/// Reads on until a line says this.
#[tokio::test]
async fn a_watched_file_is_pushed_again_when_it_has_changed() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (folder, file) = folder(&json!({}));
    let mut watching = push(&host, &["misbehave", text(&file), "--watch"]);
    let mut watching =
        watching.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let (mut said, mut remarks) = (Said::by(watching.stdout.take()), Said::by(watching.stderr.take()));
    said.until("misbehave version 1 is active").await;
    // As a compiler does it: another file takes the name.
    let replace = |content: &[u8]| {
        let other = folder.path().join("other");
        std::fs::write(&other, content).unwrap();
        std::fs::rename(&other, &file).unwrap();
    };
    replace(b"no component");
    remarks.until("this is a text, not a WebAssembly component").await;
    replace(&with_section("x", "y"));
    said.until("misbehave version 2 is active").await;
    watching.kill().await.unwrap();
}
