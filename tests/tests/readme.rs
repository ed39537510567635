//! Every block of code in the documentation is run, sent or parsed unchanged, on the real host. Blocks of Rust are
//! compiled by the package `readme` in `tests/guests`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use taskbox_tests::markdown::{Block, blocks};
use taskbox_tests::promtool;
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::timeout;

/// The address of the host in the documentation.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// Blocks of JSON, by a part of them, and the request whose body they are.
const BODIES: [(&str, Method, &str); 1] =
    [("http://10.0.0.7:8000", Method::PUT, "/v1/plugins/taskbox.webhook/grant")];

/// The document whose commands run in the folder of a plugin.
const ABOUT_A_PLUGIN: &str = "testing-plugins.md";

/// The document whose commands write files where they run.
const ABOUT_OPERATIONS: &str = "operating.md";

/// Blocks that cannot be run, by a part of them, and why not.
const NOT_RUN: [(&str, &str); 1] =
    [("$ taskbox dev hello", "it runs until Ctrl-C; newcomer.rs develops such a project")];

/// The replacements of the programs that the documentation calls. `curl` calls the host under test and fails on its
/// errors; `taskbox serve` prints what it would do, and questions are confirmed; of `make` only the targets are looked
/// up.
const PROGRAMS: [(&str, &str); 3] = [
    (
        "curl",
        r#"for argument in "$@"; do arguments+=("${argument//$ADDRESS/$TASKBOX_HOST}"); done
        PATH=$REAL_PATH; exec curl --fail-with-body -sS "${arguments[@]}""#,
    ),
    (
        "taskbox",
        r#"case "$*" in
          serve*--print-config*) ;;
          serve*) set -- "$@" --print-config ;;
          "job retry "* | "job cancel "* | "job delete "*) set -- "$@" --yes ;;
        esac
        exec "$TASKBOX" "$@""#,
    ),
    ("make", r#"for target in "$@"; do grep -q "^$target:" Makefile; done"#),
];

/// A host with the tasks that the documentation names, and the programs to call it by.
struct Reader {
    host: TestHost,
    place: TempDir,
    /// Jobs that exist, for where the documentation leaves out an id.
    jobs: [String; 2],
}

impl Reader {
    async fn begin() -> Self {
        let place = tempfile::tempdir().unwrap();
        let host = TestHost::start(&place.path().join("data"), &[]).await;
        for plugin in ["misbehave", "create-order"] {
            let (status, answer) = host.upload(plugin, binaries::plugin(plugin)).await;
            assert_eq!(status, StatusCode::CREATED, "{answer}");
        }
        let job = json!({ "task": "report", "delay": "1h" });
        let id = async || host.post("/v1/jobs", &job).await["id"].as_str().unwrap().to_owned();
        let jobs = [id().await, id().await];
        for (name, script) in PROGRAMS {
            let path = place.path().join(name);
            fs::write(&path, format!("#!/bin/bash\nset -eu\narguments=()\n{script}\n")).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { host, place, jobs }
    }

    /// Where the commands of a document run: in the folder of the plugin of the README, in one of their own, or in the
    /// repository.
    fn folder(&self, whence: &str) -> PathBuf {
        if whence.starts_with(ABOUT_OPERATIONS) {
            let folder = self.place.path().join("operations");
            fs::create_dir_all(&folder).unwrap();
            return folder;
        }
        if !whence.starts_with(ABOUT_A_PLUGIN) {
            return workspace().to_owned();
        }
        let folder = self.place.path().join("greet");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("greet.wasm"), binaries::plugin("readme")).unwrap();
        folder
    }

    /// Runs commands and returns what they print.
    async fn run(&self, commands: &str, whence: &str) -> String {
        let ([one, other], soon) = (&self.jobs, self.ends_soon().await);
        let commands = commands.replace("0198c7d2-...", one).replace("ID ID", &format!("{one} {other}"));
        let commands = commands.replace("019d...", &soon).replace(" ID", &format!(" {soon}"));
        let path = std::env::var("PATH").unwrap();
        let mut bash = Command::new("bash");
        bash.args(["-euo", "pipefail", "-c", &commands])
            .current_dir(self.folder(whence))
            .env("PATH", format!("{}:{path}", self.place.path().display()))
            .env("REAL_PATH", path)
            .env("ADDRESS", ADDRESS)
            .env("TASKBOX", binaries::taskbox())
            .env("TASKBOX_HOST", &self.host.url)
            .env("XDG_CACHE_HOME", self.place.path().join("cache"))
            .env("XDG_CONFIG_HOME", self.place.path().join("config"))
            .env("host", &self.host.url)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = timeout(PATIENCE, bash.output()).await.expect("the commands end").unwrap();
        let [said, wrong] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "{whence}: {}\n{commands}\n{said}{wrong}", output.status);
        said
    }

    /// A job that can be watched: it will print a line and end.
    async fn ends_soon(&self) -> String {
        let job = json!({ "task": "print", "input": { "stdout": 1, "text": "page" }, "delay": "1s" });
        self.host.post("/v1/jobs", &job).await["id"].as_str().unwrap().to_owned()
    }

    /// Runs the commands behind each `$ `, and compares what they print with what stands below them.
    async fn play(&self, console: &str, whence: &str) {
        for part in format!("\n{console}").split("\n$ ").skip(1) {
            let is_continued = |line: &&str| line.ends_with('\\');
            let length = part.lines().take_while(is_continued).count() + 1;
            let command: Vec<&str> = part.lines().take(length).collect();
            let said = self.run(&command.join("\n"), whence).await;
            for line in part.lines().skip(length) {
                assert!(is_said(line, &said), "{whence}: {line:?} is not in\n{said}");
            }
        }
    }

    /// Sends a body to where it belongs.
    async fn send(&self, body: &str, whence: &str) {
        let body_of = BODIES.iter().find(|(part, ..)| body.contains(part));
        let (_, method, path) =
            body_of.unwrap_or_else(|| panic!("{whence}: BODIES does not say of what it is the body"));
        let body: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{whence}: {error}"));
        let (status, answer) = self.host.call(method.clone(), path, Some(&body)).await;
        assert!(status.is_success(), "{whence}: {status} {answer}");
    }

    /// Checks a configuration of Prometheus, with the alerts beside it.
    fn check_prometheus(&self, config: &str, whence: &str) {
        let folder = self.folder(whence);
        fs::copy(workspace().join("docs/alerts.yml"), folder.join("alerts.yml")).unwrap();
        let file = folder.join("prometheus.yml");
        fs::write(&file, config).unwrap();
        promtool::check(&["check", "config", "--syntax-only", file.to_str().unwrap()], "");
    }

    /// Reads a file of settings, or runs a file of cases.
    async fn read_settings(&self, settings: &str, whence: &str) {
        if settings.contains("[[case]]") {
            fs::write(self.folder(whence).join("taskbox-test.toml"), settings).unwrap();
            return drop(self.run("taskbox plugin test .", whence).await);
        }
        let file = self.place.path().join("settings.toml");
        fs::write(&file, settings).unwrap();
        self.run(&format!("taskbox serve --config {}", file.display()), whence).await;
    }
}

/// Whether an answer has this line: a status as it stands there, a header of this name, JSON with these names.
fn is_said(line: &str, said: &str) -> bool {
    if line.starts_with('{') {
        let names = line.split('"').skip(1).step_by(2).map(|name| format!("\"{name}\":"));
        return names.filter(|name| line.contains(name)).all(|name| said.contains(&name));
    }
    let begin = match line.split_once(':') {
        Some((header, _)) => format!("{header}:"),
        None => line.to_owned(),
    };
    said.lines().any(|said| said.starts_with(&begin))
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The README, and every text in `docs` but for the logs of newcomers, which `newcomer.rs` types.
fn documents() -> Vec<PathBuf> {
    let is_log = |path: &PathBuf| path.to_string_lossy().contains("/first-plugin-");
    let is_text =
        |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md") && !is_log(path);
    let docs = fs::read_dir(workspace().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    docs.filter(is_text).chain([workspace().join("README.md")]).collect()
}

#[tokio::test]
async fn every_block_of_the_documentation_does_what_it_says() {
    let reader = Reader::begin().await;
    let mut checked = 0;
    for document in documents() {
        let name = document.file_name().unwrap().to_string_lossy().into_owned();
        for Block { line, language, text } in blocks(&fs::read_to_string(&document).unwrap()) {
            let whence = format!("{name}:{line}");
            if let Some((_, why)) = NOT_RUN.iter().find(|(part, _)| text.contains(part)) {
                println!("{whence} is not run: {why}");
                continue;
            }
            match language.as_str() {
                "sh" => drop(reader.run(&text, &whence).await),
                "console" => reader.play(&text, &whence).await,
                "json" => reader.send(&text, &whence).await,
                "yaml" => reader.check_prometheus(&text, &whence),
                "toml" => reader.read_settings(&text, &whence).await,
                // Compiled by the guest `readme`; a text is a picture.
                "rust" | "text" => {}
                other => panic!("{whence}: nothing checks a block of the kind {other:?}"),
            }
            checked += 1;
        }
    }
    assert!(checked >= 15, "only {checked} blocks were found");
}

#[tokio::test]
async fn the_plugin_of_the_readme_is_taken_and_runs() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (status, answer) = host.upload("readme", binaries::plugin("readme")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let job = host.run_job(&json!({ "task": "greet", "input": { "name": "Ann" }, "max_attempts": 1 })).await;
    // It calls a host, and nothing is granted by default.
    let error = &job["errors"][0];
    assert_eq!(error["kind"], json!("denied"), "{job}");
    assert!(error["message"].as_str().unwrap().contains("https://example.com"), "{job}");
}
