//! The first plugin of a newcomer in each language: the lines of the documentation, typed as they stand in an empty
//! folder outside this repository, on a real host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::json;
use taskbox_tests::binaries::{self, target_of_authors, workspace};
use taskbox_tests::host::TestHost;
use taskbox_tests::markdown::blocks;
use taskbox_tests::said::Said;
use tokio::process::Command;

#[tokio::test]
async fn a_first_plugin_in_rust_completes_a_job() {
    type_lines_of("rust").await;
}

#[tokio::test]
async fn a_project_is_built_by_plain_cargo_and_by_cargo_component() {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(&place.path().join("data"), &[]).await;
    run("taskbox plugin new both-builds", place.path(), &host.url).await;
    let folder = place.path().join("both-builds");
    for (build, target) in [
        ("cargo build --release --target wasm32-wasip2", "wasm32-wasip2"),
        ("cargo component build --release", "wasm32-wasip1"),
    ] {
        run(build, &folder, &host.url).await;
        let component = target_of_authors().join(target).join("release/both_builds.wasm");
        let (status, answer) = host.upload("both-builds", fs::read(component).unwrap()).await;
        assert!(status.is_success(), "{build}: {answer}");
        let job = host.run_job(&json!({ "task": "both-builds", "input": { "name": "Ada" } })).await;
        assert_eq!(job["output"], json!({ "text": "Hello, Ada!" }), "{build}: {job}");
    }
}

#[tokio::test]
async fn a_project_in_rust_is_developed_and_runs_again_when_its_source_has_changed() {
    let place = tempfile::tempdir().unwrap();
    run("taskbox plugin new develop", place.path(), "").await;
    let mut shell =
        shell("exec taskbox dev develop --listen 127.0.0.1:0 --input '{\"name\":\"Ada\"}'", place.path());
    let mut program = shell.stdout(Stdio::piped()).spawn().unwrap();
    let mut said = Said::by(program.stdout.take());
    assert!(said.until("completed in ").await.contains("Hello, Ada!"));
    let source = place.path().join("develop/src/lib.rs");
    let changed = fs::read_to_string(&source).unwrap().replace("Hello, {}!", "Good morning, {}!");
    fs::write(&source, changed).unwrap();
    said.until("develop version 2 runs, ").await;
    assert!(said.until("completed in ").await.contains("Good morning, Ada!"));
}

#[tokio::test]
async fn a_first_plugin_in_python_completes_a_job() {
    type_lines_of("python").await;
}

#[tokio::test]
async fn a_first_plugin_in_javascript_completes_a_job() {
    type_lines_of("javascript").await;
}

/// Types the lines behind each `$ ` of `docs/first-plugin-LANGUAGE.md`. What stands below one is printed by it.
async fn type_lines_of(language: &str) {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(&place.path().join("data"), &[]).await;
    let page = fs::read_to_string(workspace().join(format!("docs/first-plugin-{language}.md"))).unwrap();
    let blocks = blocks(&page);
    assert_eq!((blocks[0].language.as_str(), blocks[0].text.as_str()), ("sh", "taskbox serve\n"));
    let log: String = blocks[1..].iter().map(|block| block.text.as_str()).collect();
    let (typed, expected): (Vec<&str>, Vec<&str>) = log.lines().partition(|line| line.starts_with("$ "));
    let lines: Vec<&str> = typed.iter().map(|line| &line[2..]).collect();
    let printed = run(&lines.join("\n"), place.path(), &host.url).await;
    let mut rest = printed.as_str();
    for line in expected {
        let (_, after) = rest.split_once(line).unwrap_or_else(|| panic!("{line:?} is not in {rest}"));
        rest = after;
    }
    let jobs = host.get("/v1/jobs?task=hello").await;
    let states: Vec<_> = jobs["items"].as_array().unwrap().iter().map(|job| &job["state"]).collect();
    assert_eq!(states, [&json!("completed")], "the other one was refused");
    let job = host.get(&format!("/v1/jobs/{}", jobs["items"][0]["id"].as_str().unwrap())).await;
    assert_eq!(job["output"], json!({ "text": "Hello, Ada!" }));
}

/// Runs lines in a shell whose home and folder are `place`, with `taskbox` in its path; returns all that they print.
async fn run(lines: &str, place: &Path, host: &str) -> String {
    let output = shell(lines, place).env("TASKBOX_HOST", host).output().await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}\n{printed}", output.status);
    printed
}

fn shell(lines: &str, place: &Path) -> Command {
    let mut shell = Command::new("bash");
    shell
        .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{lines}")])
        .current_dir(place)
        .env("PATH", path_with_taskbox())
        .env("XDG_CACHE_HOME", place.join("cache"))
        .env_remove("VIRTUAL_ENV")
        .env("CARGO_TARGET_DIR", target_of_authors())
        // The crates are those of the workspace, which are there.
        .env("CARGO_NET_OFFLINE", "true")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    shell
}

fn path_with_taskbox() -> std::ffi::OsString {
    let program: PathBuf = binaries::taskbox();
    let beside = program.parent().expect("a program lies in a folder").to_owned();
    let path = std::env::var_os("PATH").expect("there is a PATH");
    std::env::join_paths(std::iter::once(beside).chain(std::env::split_paths(&path))).expect("it is a path")
}
