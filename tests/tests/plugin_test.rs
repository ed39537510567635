//! `taskbox plugin test`: the real program with real components, and no host.

use std::fs;
use std::path::PathBuf;

use axum::Router;
use axum::http::header::SET_COOKIE;
use axum::routing::post;
use serde_json::{Value, json};
use taskbox_tests::binaries::{self, workspace};
use taskbox_tests::trial::{Ended, assert_says, plugin_test};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// The input of an order that the mocks know.
const ORDER: &str = r#"{"order_id":"order-1","user_id":"u_42","payment_intent_id":"pi_paid"}"#;

/// What `create-order` needs beside its input.
const PARTNERS: [&str; 8] = [
    "--config",
    "stripe-base-url=https://api.stripe.com",
    "--config",
    "partner-base-url=https://partner.example",
    "--secret",
    "stripe-key=sk_test_1",
    "--secret",
    "partner-key=pk_test_1",
];

/// A folder with components and files for the command.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["create-order", "misbehave"] {
            fs::write(folder.path().join(format!("{name}.wasm")), binaries::plugin(name)).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, text: impl ToString) -> String {
        fs::write(self.folder.path().join(name), text.to_string()).unwrap();
        self.path(name)
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        plugin_test(self.folder.path(), arguments).await
    }

    /// Runs a task of `misbehave`.
    async fn task(&self, task: &str, input: &Value, more: &[&str]) -> Ended {
        let input = input.to_string();
        self.run(&[&["misbehave.wasm", "--task", task, "--input", &input], more].concat()).await
    }

    /// Runs `create-order` with its mocks.
    async fn order(&self, more: &[&str]) -> Ended {
        let mock = create_order().join("mocks/paid.json");
        let mock = ["--http", mock.to_str().unwrap()];
        self.run(&[&["create-order.wasm", "--input", ORDER], &mock[..], &PARTNERS, more].concat()).await
    }
}

/// The folder of `create-order`.
fn create_order() -> PathBuf {
    workspace().join("plugins/create-order")
}

#[tokio::test]
async fn an_order_completes_with_mocks_and_all_of_it_is_shown() {
    let said = Bench::new().order(&[]).await.with(0);
    assert_says(
        &said,
        &[
            "Takes the paid amount from Stripe",
            "progress  0/3 Fetching the payment",
            "request   GET https://api.stripe.com/v1/payment_intents/pi_paid?expand%5B%5D=latest_charge 200 (mock 1",
            "step      payment",
            "log       order order-1: paid 44.90 EUR",
            "completed in",
            "\"third_party_order_id\":\"ord_1\"",
            "CPU time",
            "peak memory",
            "3: 3 by the mock file",
            "order, payment, registration",
            "submitted          none",
        ],
    );
    assert!(!said.contains('\u{1b}'), "no terminal, no escapes: {said}");
}

#[tokio::test]
async fn the_report_as_json_has_everything() {
    let report = Bench::new().order(&["--json"]).await.json(0);
    assert_eq!((&report["outcome"], &report["passed"]), (&json!("completed"), &json!(true)), "{report}");
    assert_eq!(report["output"]["price"], "44.90");
    assert_eq!(report["requests"][2]["url"], "https://partner.example/orders");
    assert_eq!(report["requests"][2]["mock"], 3);
    assert_eq!(report["checkpoints"]["registration"], "reg_1");
    assert_eq!(report["attempts"][0]["log"][0], "order order-1: paid 44.90 EUR");
    assert!(report["peak_memory_bytes"].as_u64().unwrap() > 100_000, "{report}");
    assert!(report["wall_ms"].as_f64().unwrap() >= 20.0, "the mock waits for 20 ms: {report}");
    assert!(report["cpu_ms"].as_f64().unwrap() > 0.0, "{report}");
}

#[tokio::test]
async fn a_request_that_nothing_answers_fails_with_the_line_that_would() {
    let bench = Bench::new();
    let mock = bench.write("mock.json", "[]");
    let post = json!({ "url": "https://a.example/x?q=1", "method": "POST", "body": "{\"n\":1.5}" });
    let said = bench.task("fetch", &post, &["--http", &mock]).await.with(1);
    let line = said.lines().find(|line| line.starts_with("{ \"request\"")).expect("there is a line to add");
    assert_says(
        line,
        &[r#""method": "POST""#, r#""url": "https://a.example/x?q=1""#, r#""body": {"n":1.5}"#],
    );
    assert_says(&said, &["nothing answers POST https://a.example/x?q=1", "denied in"]);
    bench.write("mock.json", format!("[{line}]"));
    bench.task("fetch", &post, &["--http", &mock]).await.with(0);
    let other = json!({ "url": "https://a.example/x?q=1", "method": "POST", "body": "{\"n\":2}" });
    let said = bench.task("fetch", &other, &["--http", &mock]).await.with(1);
    assert_says(&said, &["entry 1 is for this URL, but its body differs"]);
}

#[tokio::test]
async fn nothing_is_allowed_without_mocks_and_the_line_of_the_grant_is_named() {
    let bench = Bench::new();
    let get = json!({ "url": "https://a.example/x" });
    let said = bench.task("fetch", &get, &[]).await.with(1);
    assert_says(
        &said,
        &[r#"add {"url":"https://a.example","methods":["GET"],"path":"/"} to "hosts" of its grant"#],
    );
    let grant = bench.write("grant.json", json!({ "hosts": [{ "url": "https://a.example" }] }));
    let said = bench.task("fetch", &get, &["--grant", &grant]).await.with(1);
    assert_says(&said, &["nothing answers GET https://a.example/x", r#""url": "https://a.example/x""#]);
}

#[tokio::test]
async fn a_grant_holds_for_mocked_requests_too() {
    let bench = Bench::new();
    let mock =
        bench.write("mock.json", json!([{ "request": { "url": "https://a.example/*" }, "response": {} }]));
    let grant =
        bench.write("grant.json", json!({ "hosts": [{ "url": "https://a.example", "path": "/v1/" }] }));
    let get = |path: &str| json!({ "url": format!("https://a.example{path}") });
    let flags = ["--http", &mock, "--grant", &grant];
    bench.task("fetch", &get("/v1/x"), &flags).await.with(0);
    assert_says(
        &bench.task("fetch", &get("/v2/x"), &flags).await.with(1),
        &["may not GET https://a.example/v2/x"],
    );
    let wrong = bench.write("wrong.json", r#"{"hosts":[{"url":"a.example"}],"netwroks":[]}"#);
    let said = bench.task("fetch", &get("/"), &["--grant", &wrong]).await.with(2);
    assert_says(&said, &["wrong.json", "netwroks"]);
}

#[tokio::test]
async fn answers_are_delayed_broken_and_given_in_their_order() {
    let bench = Bench::new();
    let url = "https://a.example/";
    let entry = |more: Value| {
        let mut entry = json!({ "request": { "url": url } });
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let half = json!({ "headers": { "content-length": "9" }, "body": "half" });
    for (broken, kind) in [
        (json!({ "fault": "timeout" }), "timeout: "),
        (json!({ "fault": "connection-timeout" }), "timeout: "),
        (json!({ "fault": "connection-refused" }), "connect: "),
        (json!({ "fault": "connection-reset" }), "broken: "),
        (json!({ "fault": "dns" }), "connect: "),
        (json!({ "fault": "tls" }), "connect: "),
        (json!({ "fault": "timeout", "response": half }), "timeout: "),
        (json!({ "fault": "connection-reset", "response": half }), "broken: "),
    ] {
        let mock = bench.write("mock.json", json!([entry(broken.clone())]));
        let report = bench.task("fetch", &json!({ "url": url }), &["--http", &mock, "--json"]).await.json(1);
        let message = report["error"]["message"].as_str().unwrap();
        assert!(message.starts_with(kind), "{broken}: {message}");
        assert_eq!(report["requests"][0]["mock"], 1, "{broken}: {report}");
    }
    let late = json!([entry(json!({ "response": {}, "delay_ms": 60_000 }))]);
    let mock = bench.write("mock.json", late);
    let wanted = json!({ "url": url, "timeout_ms": 50 });
    let report = bench.task("fetch", &wanted, &["--http", &mock, "--json"]).await.json(1);
    assert!(report["error"]["message"].as_str().unwrap().starts_with("timeout: "), "{report}");
    let sequence = json!([
        entry(json!({ "fault": "connection-reset", "times": 1 })),
        entry(json!({ "response": { "status": 201, "headers": { "x-a": "b" }, "body": "second" } })),
    ]);
    let mock = bench.write("mock.json", sequence);
    let flags = ["--http", &mock, "--attempts", "2", "--json"];
    let report = bench.task("fetch", &json!({ "url": url }), &flags).await.json(0);
    assert_eq!(report["output"]["body"], "second", "{report}");
    assert_eq!(
        (&report["output"]["status"], &report["output"]["headers"]["x-a"]),
        (&json!(201), &json!("b"))
    );
}

#[tokio::test]
async fn an_attempt_that_is_killed_after_a_step_is_followed_by_one_that_repeats_none() {
    let bench = Bench::new();
    let said = bench.order(&["--attempts", "2", "--fail-at", "payment"]).await.with(0);
    assert_says(
        &said,
        &["attempt   1 of 2", "killed    after step payment", "attempt   2 of 2", "repeated           none"],
    );
    assert_eq!(said.matches("GET https://api.stripe.com").count(), 1, "{said}");
    let report = bench.order(&["--fail-at", "order", "--json"]).await.json(0);
    assert_eq!(report["attempts"][0]["killed_after"], "order", "{report}");
    assert_eq!(report["requests"].as_array().unwrap().len(), 3, "{report}");
    let said = bench.order(&["--fail-at", "delivery"]).await.with(1);
    assert_says(&said, &["no attempt reached the step delivery", "payment, registration, order"]);
}

#[tokio::test]
async fn jobs_events_and_parents_are_those_of_the_trial() {
    let bench = Bench::new();
    let fan_out = json!({ "task": "resize", "steps": ["a", "b"], "input": { "w": 7 } });
    let said = bench.task("fan-out", &fan_out, &[]).await.with(1);
    assert_says(&said, &[r#"add "submit": ["resize"]"#]);
    let grant = bench.write("grant.json", json!({ "submit": ["resize"] }));
    let flags = ["--grant", &grant, "--fail-at", "a", "--json"];
    let report = bench.task("fan-out", &fan_out, &flags).await.json(0);
    let submitted: Vec<_> = report["submitted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| [&job["step"], &job["input"]["w"]])
        .collect();
    assert_eq!(submitted, [[&json!("a"), &json!(7)], [&json!("b"), &json!(7)]], "{report}");

    let approval = json!({ "event": "approval", "ms": 60_000 });
    let said = bench.task("approval", &approval, &[]).await.with(1);
    assert_says(&said, &["waiting in", "--event approval=JSON"]);
    let value = |event: &'static str| {
        let (bench, approval) = (&bench, &approval);
        async move { bench.task("approval", approval, &["--event", event, "--json"]).await.json(0) }
    };
    assert_eq!(value("approval={\"by\":\"Ada\"}").await["output"]["value"], json!({ "by": "Ada" }));
    assert_eq!(value("approval").await["output"]["value"], Value::Null);

    let parents = ["--parent", r#"{"output":[1]}"#, "--parent", r#"{"error":"no"}"#, "--json"];
    let parents = bench.task("parents", &Value::Null, &parents).await.json(0)["output"].clone();
    assert_eq!(
        (&parents[0]["output"], &parents[0]["state"]),
        (&json!([1]), &json!("completed")),
        "{parents}"
    );
    assert_eq!(
        (&parents[1]["error"], &parents[1]["state"]),
        (&json!("no"), &json!("discarded")),
        "{parents}"
    );
}

#[tokio::test]
async fn a_job_that_a_host_would_not_take_from_a_task_is_refused_in_a_trial_too() {
    let bench = Bench::new();
    let grant = bench.write("grant.json", json!({ "submit": ["*"] }));
    let stranger = "00000000-0000-7000-8000-000000000002";
    for (wrong, words) in [
        (json!({ "task": "typed", "input": { "n": -1 } }), "/input/n: "),
        (json!({ "task": "typed", "input": {} }), "/input: "),
        (
            json!({ "task": "echo", "options": { "after": [stranger] } }),
            "/after/0: must name a job that this job submitted",
        ),
        (json!({ "task": "echo", "options": { "priority": 101 } }), "/priority: must be from -100 to 100"),
    ] {
        let mut wrong = wrong;
        wrong["steps"] = json!(["a"]);
        let report = bench.task("fan-out", &wrong, &["--grant", &grant, "--json"]).await.json(1);
        let message = report["error"]["message"].as_str().unwrap();
        assert!(message.contains(words), "{wrong}: {message}");
        assert_eq!(report["submitted"], json!([]), "{report}");
    }
    let fits = json!({ "task": "typed", "steps": ["a", "b"], "input": { "n": 1 } });
    let report = bench.task("fan-out", &fits, &["--grant", &grant, "--json"]).await.json(0);
    assert_eq!(report["submitted"].as_array().map(Vec::len), Some(2), "{report}");
}

#[tokio::test]
async fn limits_and_schemas_are_those_of_a_host() {
    let bench = Bench::new();
    let grant = bench.write("grant.json", json!({ "limits": { "cpu": "50ms", "wall": "5s" } }));
    let report = bench.task("spin", &Value::Null, &["--grant", &grant, "--json"]).await.json(1);
    assert_eq!(report["outcome"], "cpu-limit", "{report}");
    let report = bench.task("panic", &json!({ "message": "oh no" }), &["--json"]).await.json(1);
    assert_eq!(report["outcome"], "trap", "{report}");
    assert!(report["error"]["detail"].as_str().unwrap().contains("oh no"), "{report}");
    let wrong = ["create-order.wasm", "--input", r#"{"order_id":"x"}"#, "--json"];
    assert_eq!(bench.run(&wrong).await.json(1)["outcome"], "bad-input");
    let report =
        bench.task("fail-until", &json!({ "attempts": 3 }), &["--attempts", "3", "--json"]).await.json(0);
    assert_eq!(report["output"]["attempt"], 3, "{report}");
}

#[tokio::test]
async fn a_server_that_is_allowed_gets_requests_and_its_answers_are_recorded_without_secrets() {
    let bench = Bench::new();
    let answer =
        || async { ([(SET_COOKIE, "session=7")], axum::Json(json!({ "your": "Bearer sk_live_1", "n": 1 }))) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/echo", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/echo", post(answer))).await });
    let fetch =
        json!({ "url": url, "method": "POST", "body": "hello", "bearers": { "authorization": "key" } });
    let (record, key) = (bench.path("recorded.json"), bench.write("key", "sk_live_1\n"));
    let secret = format!("key=@{key}");
    let flags = ["--allow-http", &url.replace("/echo", ""), "--record", &record, "--secret", &secret];
    let said = bench.task("fetch", &fetch, &flags).await.with(0);
    assert_says(&said, &["1: 1 by servers"]);
    let recorded = fs::read_to_string(&record).unwrap();
    assert_says(&recorded, &[&url, "\"hello\"", "\"n\":1"]);
    assert!(!recorded.contains("sk_live_1") && !recorded.contains("session"), "{recorded}");
    assert!(!said.contains("sk_live_1"), "{said}");
    let again = ["--http", &record, "--secret", "key=x", "--json"];
    let report = bench.task("fetch", &fetch, &again).await.json(0);
    assert!(report["output"]["body"].as_str().unwrap().contains("\"n\":1"), "{report}");
}

#[tokio::test]
async fn a_file_of_cases_fails_with_one_of_them_and_says_why() {
    let bench = Bench::new();
    let suite = bench.write(
        "taskbox-test.toml",
        "plugin = \"misbehave.wasm\"\n\
         [[case]]\nname = \"fine\"\ntask = \"echo\"\ninput = { a = [1, 2] }\noutput = { a = [1, 2] }\n\
         [[case]]\nname = \"another output\"\ntask = \"echo\"\ninput = 7\noutput = 8\n\
         [[case]]\nname = \"a trap\"\ntask = \"panic\"\ninput = {}\noutcome = \"trap\"\n\
         [[case]]\nname = \"no trap\"\ntask = \"echo\"\noutcome = \"trap\"\n",
    );
    let said = bench.run(&[&suite]).await.with(1);
    assert_says(
        &said,
        &[
            "FAILED             another output",
            "expected an output with 8, and it is 7",
            "expected trap, and it is completed",
            "2 of 4 cases passed",
            "taskbox: 2 cases failed",
        ],
    );
    let report = bench.run(&[&suite, "--json"]).await.json(1);
    assert_eq!((&report["passed"], &report["failed"]), (&json!(2), &json!(2)), "{report}");
    assert_eq!(report["cases"][1]["case"], "another output", "{report}");
    bench.run(&[&suite, "--case", "fine", "--case", "a trap"]).await.with(0);
    assert_says(&bench.run(&[&suite, "--case", "x"]).await.with(2), &["the cases are fine, another output"]);
    assert_says(
        &bench.run(&[&suite, "--fail-at", "x"]).await.with(2),
        &["--fail-at belongs to a single trial"],
    );
}

#[tokio::test]
async fn a_profile_is_one_that_the_firefox_profiler_opens() {
    let bench = Bench::new();
    let grant = bench.write("grant.json", json!({ "limits": { "cpu": "200ms" } }));
    let profile = bench.path("profile.json");
    let flags = ["--grant", &grant, "--profile", &profile, "--json"];
    bench.task("spin", &Value::Null, &flags).await.json(1);
    let profile: Value = serde_json::from_str(&fs::read_to_string(&profile).unwrap()).unwrap();
    // The processed profile format: a version that the profiler knows, and threads with samples, stacks and names.
    assert!(profile["meta"]["preprocessedProfileVersion"].as_u64().unwrap() > 20, "{}", profile["meta"]);
    assert_eq!(profile["meta"]["product"], "spin");
    let thread = &profile["threads"][0];
    let samples = &thread["samples"];
    let count = samples["length"].as_u64().unwrap();
    assert!(count > 5, "200 ms have up to 200 samples of a millisecond: {count}");
    let strings = match &thread["stringArray"] {
        Value::Null => &profile["shared"]["stringArray"],
        strings => strings,
    };
    let is_named = |name: &Value| name.as_str().unwrap().contains("taskbox_task::");
    assert!(strings.as_array().unwrap().iter().any(is_named), "{strings}");
}

#[tokio::test]
async fn wrong_arguments_are_named_with_what_would_be_right() {
    let bench = Bench::new();
    let missing = bench.path("none.json");
    for folder in ["empty", "src"] {
        fs::create_dir(bench.path(folder)).unwrap();
    }
    bench.write("src/lib.rs", "");
    for (arguments, named) in [
        (vec!["none.wasm"], "cannot read none.wasm"),
        (vec!["misbehave.wasm"], "name one with --task: "),
        (vec!["misbehave.wasm", "--task", "nope"], "the plugin has no task nope"),
        (vec!["misbehave.wasm", "--task", "echo", "--input", "hello"], "the input is not JSON"),
        (vec!["misbehave.wasm", "--task", "echo", "--input", "@none.json"], "cannot read none.json"),
        (vec!["misbehave.wasm", "--task", "echo", "--http", &missing], "cannot read"),
        (vec!["misbehave.wasm", "--task", "echo", "--record", "x.json"], "--allow-http"),
        (vec!["misbehave.wasm", "--task", "echo", "--secret", "key"], "NAME=VALUE"),
        (vec!["misbehave.wasm", "--task", "echo", "--attempts", "0"], "1..=1000"),
        (vec!["misbehave.wasm", "--task", "echo", "--host", "http://a"], "runs without a host"),
        (vec!["."], "has several .wasm files: name one of them"),
        (vec!["none"], "cannot read none: No such file or directory"),
        (vec!["empty"], "give a folder with Cargo.toml, pyproject.toml or package.json"),
        (vec!["src/lib.rs"], "give the folder of its Cargo.toml"),
    ] {
        assert_says(&bench.run(&arguments).await.with(2), &[named]);
    }
    let suite = bench.write(
        "empty/taskbox-test.toml",
        "plugin = \"app.py\"\n[[case]]\nname = \"one\"\nhttp = \"none.json\"\n",
    );
    // What is wrong in a file is told before anything is built.
    assert_says(&bench.run(&[&suite]).await.with(2), &["case \"one\": cannot read", "none.json"]);
    bench.write("no.wasm", "no component");
    assert_says(&bench.run(&["no.wasm"]).await.with(1), &["no.wasm is no plugin"]);
}
