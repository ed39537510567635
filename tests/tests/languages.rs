//! Plugins in Python and in JavaScript, built as users build them.

use std::fs;
use std::path::Path;
use std::process::Output;

use reqwest::StatusCode;
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries::{self, tools, workspace};
use taskbox_tests::host::TestHost;
use taskbox_tests::projects::copy_beside_tools;
use taskbox_tests::story::Story;
use tempfile::TempDir;
use tokio::process::Command;

/// Orders by the words of their payment and of their customer: what third parties do with them.
const ORDERS: [(&str, &str); 10] = [
    ("usd_4999", "fine"),
    ("jpy_500", "fine"),
    ("kwd_5124", "fine"),
    ("unpaid", "fine"),
    ("refunded", "fine"),
    ("missing", "fine"),
    ("usd_100", "503"),
    ("usd_100", "closed"),
    ("usd_100", "refused"),
    ("usd_100", "long"),
];

#[tokio::test]
async fn the_order_plugin_does_the_same_in_every_language() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let in_rust = orders(&story, "rust").await;
    assert_eq!(in_rust[0]["status"], json!("completed"), "{in_rust:?}");
    assert_eq!(in_rust[6]["errors"].as_array().map(Vec::len), Some(2), "{in_rust:?}");
    let (javascript, _copy) = copy_beside_tools("plugins/create-order-javascript");
    for (language, folder) in
        [("python", workspace().join("plugins/create-order-python")), ("javascript", javascript)]
    {
        let pushed = push(&story.host.url, &folder).await;
        assert!(pushed.status.success(), "{language}: {}", text(&pushed.stderr));
        let here = orders(&story, language).await;
        for (order, (here, there)) in ORDERS.iter().zip(here.iter().zip(&in_rust)) {
            assert_eq!(here, there, "{language}: {order:?}");
        }
    }
}

/// What becomes of the orders, with their language as `X`, and the ids of the partner as `ID`.
async fn orders(story: &Story, language: &str) -> Vec<Value> {
    let mut placed = Vec::new();
    for (payment, customer) in ORDERS {
        let (payment, user) =
            (format!("pi_{payment}_{language}{customer}"), format!("u_{customer}_{language}{payment}"));
        placed.push((story.place(&user, &payment).await, payment, user));
    }
    let mut seen = Vec::new();
    for (order, payment, user) in placed {
        let order = story.finished(&order).await;
        let job = story.host.get(&format!("/v1/jobs/{}", order["job_id"].as_str().unwrap())).await;
        let errors =
            job["errors"].as_array().unwrap().iter().map(|error| [&error["kind"], &error["message"]]);
        let books = story.partner.ledger();
        let order = json!({
            "status": order["status"],
            "price": order["price"],
            "currency": order["currency"],
            "error": order["error"],
            "errors": errors.collect::<Vec<_>>(),
            // Each step once, however often the job was tried: the others found its checkpoint.
            "payments_fetched": story.stripe.ledger().answered.get(&payment),
            "registrations": books.registrations.iter().filter(|known| known.user_id == user).count(),
            "orders": books.orders.iter().filter(|known| known.user_id == user).count(),
            "log": story.host.get(&format!("/v1/jobs/{}/logs", job["id"].as_str().unwrap())).await["items"]
                .as_array().map(Vec::len),
        });
        let mut text = order.to_string().replace(language, "X");
        for known in books.orders.iter().filter(|known| known.user_id == user) {
            text = text.replace(&known.id, "ID");
        }
        seen.push(serde_json::from_str(&text).unwrap());
    }
    seen
}

/// A plugin that fails and that computes for ever.
const LOST_IN_PYTHON: &str = r#"
import random
import re
from taskbox_task import Job, task

@task(max_attempts=1, timeout=0.5)
def match_in_python(job: Job) -> bool:
    job.step("payment", lambda: 7)
    return bool(re.match(r"(a+)+$", "a" * 40 + "b"))

@task(max_attempts=1)
def fail_in_python(job: Job, order: int) -> None:
    def refuse() -> None:
        raise KeyError(f"no order {order}")
    job.step("payment", refuse)

@task
def draw_in_python(job: Job) -> dict:
    return {"numbers": [random.random(), random.gauss(0, 1)], "metadata": job.metadata, "tags": job.tags}
"#;

/// The same.
const LOST_IN_JAVASCRIPT: &str = r#"
import { task } from "taskbox-task";

task({ name: "match-in-javascript", maxAttempts: 1, timeout: 500 }, (job) => {
  job.step("payment", () => 7);
  return /^(a+)+$/.test("a".repeat(40) + "b");
});

function refuse(order) {
  throw new TypeError(`no order ${order}`);
}

task({ name: "fail-in-javascript", maxAttempts: 1 }, (job, order) => job.step("payment", () => refuse(order)));
"#;

/// A host with both, in a directory that lives as long as it.
async fn host_of_the_lost() -> (TestHost, TempDir) {
    let place = tempfile::tempdir_in(tools()).unwrap();
    let host = TestHost::start(&place.path().join("data"), &[]).await;
    for (file, source) in [("lost.py", LOST_IN_PYTHON), ("lost-too.js", LOST_IN_JAVASCRIPT)] {
        let file = place.path().join(file);
        fs::write(&file, source).unwrap();
        let pushed = push(&host.url, &file).await;
        assert!(pushed.status.success(), "{}", text(&pushed.stderr));
    }
    (host, place)
}

/// The one error of a job of this task.
async fn error_of(host: &TestHost, task: &str) -> Value {
    let job = host.run_job(&json!({ "task": task, "input": 12 })).await;
    assert_eq!(job["state"], json!("discarded"), "{job}");
    job["errors"][0].clone()
}

#[tokio::test]
async fn a_failure_says_where_the_task_was_in_every_language() {
    let (host, _place) = host_of_the_lost().await;
    for (language, function) in [("python", "sre_ucs1_match"), ("javascript", "function ")] {
        let error = error_of(&host, &format!("match-in-{language}")).await;
        assert_eq!(error["kind"], json!("timeout"), "{error}");
        let detail = error["detail"].as_str().unwrap();
        let (activity, calls) = detail.split_once("\nbacktrace:\n").expect(detail);
        assert!(
            activity.starts_with("last activity 0.") && activity.ends_with("checkpoint \"payment\" stored")
        );
        assert!(calls.starts_with(&format!("  at {function}")) && calls.lines().count() < 8, "{detail}");
    }
    let error = error_of(&host, "fail-in-python").await;
    assert_eq!(error["message"], json!("KeyError: 'no order 12'"), "{error}");
    let detail = error["detail"].as_str().unwrap();
    let place = "lost.py\", line 14, in refuse\n";
    assert!(detail.starts_with("Traceback") && detail.contains(place), "{detail}");
    let error = error_of(&host, "fail-in-javascript").await;
    assert_eq!(error["message"], json!("TypeError: no order 12"), "{error}");
    let detail = error["detail"].as_str().unwrap();
    let places: Vec<_> = detail.lines().map(str::trim).collect();
    assert!(places[0].starts_with("at refuse (/app/lost-too.js:10:"), "{detail}");
    assert!(places[1].starts_with("at <anonymous> (/app/lost-too.js:13:"), "{detail}");
}

#[tokio::test]
async fn what_an_attempt_in_python_begins_with_is_not_that_of_another_one() {
    let (host, _place) = host_of_the_lost().await;
    let mut seen: Vec<Value> = Vec::new();
    for number in 0..3 {
        let request = json!({ "task": "draw-in-python", "metadata": { "n": number }, "tags": ["a"] });
        let output = host.run_job(&request).await["output"].clone();
        assert_eq!((&output["metadata"]["n"], &output["tags"]), (&json!(number), &json!(["a"])), "{output}");
        for index in [0, 1] {
            let drawn = &output["numbers"][index];
            assert!(drawn.is_f64() && !seen.contains(drawn), "{output}");
            seen.push(drawn.clone());
        }
    }
    let tasks = host.get("/v1/tasks").await;
    let names: Vec<_> = tasks["items"].as_array().unwrap().iter().map(|task| &task["name"]).collect();
    assert!(names.contains(&&json!("draw-in-python")), "{tasks}");
    assert!(!names.iter().any(|name| name.as_str().unwrap().contains("warm")), "{tasks}");
}

#[tokio::test]
async fn the_packages_of_python_pass_their_own_tests() {
    let folders = [
        "plugins/python",
        "plugins/create-order-python",
        "plugins/examples/report",
        "plugins/templates/python",
    ];
    for folder in folders {
        let mut python = Command::new(tools().join("python/bin/python"));
        python.args(["-B", "-m", "unittest", "discover", "-t", "."]);
        python.env("PYTHONPATH", workspace().join("plugins/python/src"));
        passes(python.current_dir(workspace().join(folder)), folder).await;
    }
}

#[tokio::test]
async fn the_packages_of_javascript_pass_their_own_tests() {
    let package = workspace().join("plugins/javascript");
    let mut node = Command::new("node");
    passes(node.args(["--test", "tests/job.test.js"]).current_dir(&package), "plugins/javascript").await;
    for plugin in ["plugins/create-order-javascript", "plugins/examples/mail"] {
        let (folder, _copy) = copy_beside_tools(plugin);
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        std::os::unix::fs::symlink(&package, folder.join("node_modules/taskbox-task")).unwrap();
        let mut node = Command::new("node");
        passes(node.args(["--test", "test.js"]).current_dir(folder), plugin).await;
    }
}

async fn passes(command: &mut Command, what: &str) {
    let output = command.output().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let printed = text(&[output.stdout, output.stderr].concat());
    assert!(output.status.success(), "{what}: {printed}");
    assert!(!printed.contains("Ran 0 tests") && !printed.contains("# tests 0"), "{what}: {printed}");
}

#[tokio::test]
async fn the_error_of_a_tool_is_shown_and_nothing_is_uploaded() {
    let place = tempfile::tempdir_in(tools()).unwrap();
    let manifest =
        "[package]\nname = \"wrong\"\nedition = \"2024\"\n[lib]\ncrate-type = [\"cdylib\"]\n[workspace]\n";
    for (name, contents) in [
        ("app.py", "from taskbox_task import nothing\n"),
        ("app.js", "import { task } frm \"taskbox-task\";\n"),
        ("wrong/Cargo.toml", manifest),
        ("wrong/src/lib.rs", "pub fn f() -> u32 { nothing }\n"),
    ] {
        let file = place.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }
    for (source, words) in [
        ("app.py", "app.py\", line 1, in <module>"),
        ("app.js", "app.js:1:"),
        ("wrong", "error[E0425]: cannot find value `nothing`"),
    ] {
        // Nobody listens there: it would be another error.
        let pushed = push("http://127.0.0.1:9", &place.path().join(source)).await;
        let error = text(&pushed.stderr);
        assert_eq!(pushed.status.code(), Some(1), "{error}");
        assert!(error.contains(words) && error.contains("is not built"), "{source}: {error}");
        assert!(!error.contains("RUST_BACKTRACE") && !error.contains("    at async"), "{error}");
        assert_eq!(text(&pushed.stdout), "");
    }
}

#[tokio::test]
async fn a_tool_that_is_missing_is_installed_by_the_line_that_is_printed() {
    let place = tempfile::tempdir().unwrap();
    let programs = place.path().join("programs");
    fs::create_dir_all(place.path().join("crate/src")).unwrap();
    fs::create_dir(&programs).unwrap();
    for (name, contents) in
        [("app.py", ""), ("app.js", ""), ("crate/Cargo.toml", "[package]\nname = \"x\"\n")]
    {
        fs::write(place.path().join(name), contents).unwrap();
    }
    let line = async |source: &str| {
        let mut taskbox = Command::new(binaries::taskbox());
        taskbox.args(["plugin", "push", source]).current_dir(place.path());
        let pushed = taskbox.env("PATH", &programs).env_remove("VIRTUAL_ENV").output().await.unwrap();
        assert_eq!(pushed.status.code(), Some(1));
        let error = text(&pushed.stderr);
        assert!(error.contains("is missing"), "{error}");
        assert!(error.lines().all(|line| line.chars().count() <= 80), "{error}");
        let lines: Vec<_> = error.lines().filter_map(|line| line.strip_prefix("  ")).collect();
        assert_eq!(lines.len(), 1, "{error}");
        lines[0].to_owned()
    };
    let for_python = "python3 -m venv .venv && .venv/bin/pip install componentize-py==0.25.1";
    assert_eq!(line("app.py").await, for_python);
    assert_eq!(line("app.js").await, "sudo apt-get install -y nodejs npm");
    assert!(line("crate").await.ends_with("-y --target wasm32-wasip2"));
    for program in ["python3", "node"] {
        fs::write(programs.join(program), "").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(programs.join(program), mode).unwrap();
    }
    assert_eq!(line("app.py").await, for_python);
    assert_eq!(line("app.js").await, "npm install --save-dev componentize-qjs@0.4.5");
}

/// The tools build for what came after WASI 0.2 unless they are told otherwise.
#[tokio::test]
async fn an_asynchronous_component_is_refused_with_the_line_of_its_tool() {
    let place = tempfile::tempdir().unwrap();
    for (name, contents) in [
        ("wit/world.wit", "package a:b;\nworld w { export run: async func(); }\n"),
        ("app.js", "export async function run() {}\n"),
        (
            "app.py",
            "import wit_world\n\nclass WitWorld(wit_world.WitWorld):\n    async def run(self) -> None: ...\n",
        ),
    ] {
        let file = place.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, contents).unwrap();
    }
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    for (program, arguments, line) in [
        (
            "python/bin/componentize-py",
            "-q -d wit -w a:b/w componentize app -o app.wasm",
            "`componentize-py -d wit -w taskbox:guest/plugin componentize app -o app.wasm`",
        ),
        (
            "node_modules/.bin/componentize-qjs",
            "--wit wit --js app.js -o app.wasm",
            "`componentize-qjs --sync --wit wit --js app.js -o app.wasm`",
        ),
    ] {
        let mut tool = Command::new(tools().join(program));
        passes(tool.args(arguments.split(' ')).current_dir(place.path()), program).await;
        let (status, problem) = host.upload("hello", fs::read(place.path().join("app.wasm")).unwrap()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("component-model async") && detail.contains(line), "{detail}");
    }
}

/// `taskbox plugin push` with the tools that `make` installs.
async fn push(host: &str, source: &Path) -> Output {
    let mut taskbox = Command::new(binaries::taskbox());
    taskbox.args(["plugin", "push"]).arg(source).env("TASKBOX_HOST", host);
    taskbox.env("VIRTUAL_ENV", tools().join("python")).output().await.expect("the taskbox program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
