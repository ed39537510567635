//! The dashboard in a real browser, with real clicks.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::browser::{Browser, Visitor, visit};
use taskbox_tests::host::TestHost;
use tempfile::TempDir;
use thirtyfour::prelude::*;

async fn host() -> (Arc<TestHost>, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert!(status.is_success(), "{answer}");
    (Arc::new(host), data)
}

fn printing(queue: &str) -> Value {
    json!({ "task": "print", "input": { "stdout": 1, "text": "fox" }, "queue": queue })
}

async fn open(browser: &Browser, host: &TestHost, path: &str) {
    browser.driver.goto(format!("{}{path}", host.url)).await.unwrap();
}

/// Clicks a button that asks first, and says yes.
async fn click_and_confirm(browser: &Browser, selector: &str) {
    browser.click(selector).await;
    browser.confirm().await;
}

async fn write(browser: &Browser, selector: &str, text: &str) {
    let field = browser.find(selector).await;
    field.clear().await.unwrap();
    field.send_keys(text).await.unwrap();
}

#[tokio::test]
async fn a_waiting_job_says_why_and_runs_when_its_queue_is_resumed() {
    let (host, _data) = host().await;
    visit(Visitor::DESK, async move |browser| {
        host.put("/v1/queues/mail", &json!({ "paused": true })).await;
        let job = host.post("/v1/jobs", &printing("mail")).await["id"].as_str().unwrap().to_owned();
        open(&browser, &host, &format!("/jobs/{job}")).await;
        assert!(browser.text("#why").await.to_lowercase().contains("its queue is paused"));

        open(&browser, &host, "/queues").await;
        browser.click("form[action='/queues/mail'] button").await;
        open(&browser, &host, &format!("/jobs/{job}")).await;
        browser.find(".machine .is-completed[aria-current=step]").await;
        assert!(browser.text("pre.log").await.contains("fox"));
        assert_eq!(browser.complaints().await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn jobs_are_found_by_search_selected_with_shift_and_retried() {
    let (host, _data) = host().await;
    visit(Visitor::DESK, async move |browser| {
        host.put("/v1/queues/mail", &json!({ "paused": true })).await;
        for shop in 1..=4 {
            let input = json!({ "stdout": 1, "text": "fox", "shop": shop });
            host.post("/v1/jobs", &json!({ "task": "print", "input": input, "queue": "mail" })).await;
        }
        open(&browser, &host, "/jobs").await;
        write(&browser, "#q", "queue:mail input.shop:3").await;
        browser.press(Key::Enter).await;
        browser.find("a[aria-current][href*='shop']").await;
        assert_eq!(browser.driver.find_all(By::Css("tbody tr")).await.unwrap().len(), 1);

        open(&browser, &host, "/jobs?q=quue:mail").await;
        assert!(browser.text("#q-error").await.contains("queue:mail"));

        open(&browser, &host, "/jobs?q=queue:mail").await;
        browser.find("input[data-select]").await;
        let range = "
            const boxes = document.querySelectorAll('input[data-select]');
            boxes[0].click();
            boxes[2].dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));
            return document.querySelector('[data-count]').textContent;";
        assert_eq!(browser.ask(range).await, json!("3 selected"));
        click_and_confirm(&browser, "button[name=action][value=cancel]").await;
        browser.find(".status.cancelled").await;
        assert_eq!(host.get("/v1/queues/mail").await["counts"]["cancelled"], 3);

        open(&browser, &host, "/jobs?state=cancelled&q=queue:mail").await;
        browser.click("#all-that-match summary").await;
        click_and_confirm(&browser, "form[action='/jobs/act-on-all'] button[value=retry]").await;
        assert!(browser.text("tbody tr .main").await.contains("retry cancelled jobs in mail"));
        assert_eq!(browser.changed_text("tbody tr .tag", "running").await, "completed");
        assert_eq!(host.get("/v1/queues/mail").await["counts"]["available"], 4);
    })
    .await;
}

#[tokio::test]
async fn an_operation_on_twenty_thousand_jobs_is_stopped_half_way() {
    let data = tempfile::tempdir().unwrap();
    // A disk that takes its time leaves some to press a button.
    let host = Arc::new(TestHost::start_with(data.path(), "sync_delay = \"50ms\"").await);
    visit(Visitor::DESK, async move |browser| {
        let job = json!({ "task": "nobody", "allow_unknown_task": true, "queue": "slow" });
        for _ in 0..2 {
            host.post("/v1/jobs/batch", &json!({ "jobs": vec![job.clone(); 10_000] })).await;
        }
        open(&browser, &host, "/jobs?q=queue:slow").await;
        browser.click("#all-that-match summary").await;
        click_and_confirm(&browser, "form[action='/jobs/act-on-all'] button[value=cancel]").await;
        click_and_confirm(&browser, "form[action$='/stop'] button").await;
        assert_eq!(browser.changed_text("tbody tr .tag", "running").await, "stopped");
        let operation = host.get("/v1/operations").await["items"][0].clone();
        assert!(operation["changed"].as_u64().unwrap() < 20_000, "{operation}");
    })
    .await;
}

#[tokio::test]
async fn a_job_is_submitted_by_the_form_of_its_task() {
    let (host, _data) = host().await;
    visit(Visitor::DESK, async move |browser| {
        open(&browser, &host, "/jobs/new?task=print").await;
        write(&browser, "#input", "{\"stdout\": 1, \"text\": ").await;
        browser.click("form[action='/jobs/new'][method=post] .acts button").await;
        assert!(browser.text(".alert").await.contains("/input"));
        write(&browser, "#input", "{\"stdout\": 1, \"text\": \"hare\"}").await;
        browser.click("button[name=show]").await;
        assert!(browser.text("#line-curl").await.contains("/v1/jobs"));
        assert!(browser.text("#line-taskbox").await.contains("taskbox job submit print --input"));
        browser.click("form[action='/jobs/new'][method=post] .acts button").await;
        browser.find(".machine .is-completed[aria-current=step]").await;
        let printed = browser.text("pre.log").await;
        assert!(printed.contains("hare"), "{printed}");
    })
    .await;
}

#[tokio::test]
async fn a_plugin_is_uploaded_by_its_file_and_rolled_back() {
    let (host, data) = host().await;
    visit(Visitor::DESK, async move |browser| {
        let file = data.path().join("misbehave.wasm");
        std::fs::write(&file, binaries::plugin("readme")).unwrap();
        open(&browser, &host, "/plugins").await;
        browser.find("#file").await.send_keys(file.to_str().unwrap()).await.unwrap();
        browser.click("form[data-upload] button").await;
        click_and_confirm(&browser, "#misbehave form[action$='/activate'] button[value='1']").await;
        assert!(browser.text("#misbehave h2").await.contains("version 1 active"));
        assert_eq!(host.get("/v1/plugins/misbehave").await["active_version"], 1);
        let actions = host.get("/v1/audit").await;
        let actions: Vec<_> =
            actions["items"].as_array().unwrap().iter().map(|entry| &entry["action"]).collect();
        assert_eq!(actions, ["plugin.activate", "plugin.upload", "plugin.upload"]);
    })
    .await;
}

#[tokio::test]
async fn a_denied_request_is_allowed_with_one_click() {
    let (host, _data) = host().await;
    visit(Visitor::DESK, async move |browser| {
        let input = json!({ "url": format!("{}/healthz", host.url), "method": "GET" });
        let job = host.run_job(&json!({ "task": "fetch", "input": input })).await;
        assert_eq!(job["errors"][0]["kind"], "denied", "{job}");
        open(&browser, &host, &format!("/jobs/{}", job["id"].as_str().unwrap())).await;
        assert!(browser.text("#denied").await.contains("GET http://127.0.0.1"));
        click_and_confirm(&browser, "#denied button").await;
        browser.find(".machine [aria-current=step]").await;
        let grant = host.get("/v1/plugins/misbehave/grant").await;
        assert_eq!(grant["hosts"][0]["methods"], json!(["GET"]));
    })
    .await;
}

#[tokio::test]
async fn a_page_is_driven_by_keys_and_a_paused_one_fetches_nothing() {
    let (host, _data) = host().await;
    visit(Visitor::DESK, async move |browser| {
        open(&browser, &host, "/").await;
        browser.find("[data-link-state=live]").await;
        browser.press("j").await;
        browser.find("#q").await;
        browser.press("/").await;
        assert_eq!(browser.ask("return document.activeElement.id").await, json!("q"));
        open(&browser, &host, "/queues").await;
        browser.find("[data-link-state=live]").await;
        browser.click("[data-control=pause]").await;
        browser.find("[data-link-state=paused]").await;
        // The browser records a request when it has ended, a stream that was closed as well.
        const STREAMS: &str = "return performance.getEntriesByType('resource')
            .filter((entry) => entry.name.includes('/live/queues')).length";
        browser.answers(STREAMS, &json!(1)).await;
        host.run_job(&printing("later")).await;
        assert!(!browser.text("main").await.contains("later"));
        browser.click("[data-control=pause]").await;
        browser.find("a[href='/queues/later']").await;
        browser.click("[data-control=help]").await;
        assert!(browser.text("dialog[open]").await.contains("Schedules"));
    })
    .await;
}

#[tokio::test]
async fn a_reader_logs_in_sees_no_button_and_logs_out() {
    let data = tempfile::tempdir().unwrap();
    let host = Arc::new(TestHost::start(data.path(), &[]).await);
    host.post("/v1/jobs", &json!({ "task": "nobody", "allow_unknown_task": true, "queue": "mail" })).await;
    let ops = host.post("/v1/tokens", &json!({ "name": "ops", "scopes": ["operate", "submit"] })).await;
    let ops = ops["token"].as_str().unwrap().to_owned();
    let make = host.request(Method::POST, "/v1/tokens").bearer_auth(&ops);
    let made = make.json(&json!({ "name": "reader", "scopes": ["read"] })).send().await.unwrap();
    let reader = made.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
    visit(Visitor::DESK, async move |browser| {
        const BUTTONS: &str = "return [...document.querySelectorAll('main form button')]
            .filter((button) => !button.closest('[role=search]')).length";
        open(&browser, &host, "/jobs").await;
        write(&browser, "input[name=token]", &reader).await;
        browser.press(Key::Enter).await;
        browser.find("tbody tr").await;
        for path in
            ["/", "/jobs", "/queues", "/queues/mail", "/tasks", "/schedules", "/plugins", "/operations"]
        {
            open(&browser, &host, path).await;
            browser.find("footer").await;
            assert_eq!(browser.ask(BUTTONS).await, json!(0), "{path}");
        }
        browser.click("form.logout button").await;
        write(&browser, "input[name=token]", &ops).await;
        browser.press(Key::Enter).await;
        browser.find("form.logout").await;
        open(&browser, &host, "/jobs").await;
        browser.find("input[data-select]").await;
        assert_ne!(browser.ask(BUTTONS).await, json!(0));
    })
    .await;
}

/// A host that has something to show on every page, and the paths of its pages.
async fn full_host() -> (Arc<TestHost>, TempDir, Vec<String>) {
    let (host, data) = host().await;
    let done = host.run_job(&printing("default")).await;
    let failed = host.run_job(&json!({ "task": "fetch", "input": { "url": "http://127.0.0.1:1/x" } })).await;
    host.put(
        "/v1/queues/mail",
        &json!({ "paused": true, "concurrency": 2, "rate": { "count": 5, "per": "1m" } }),
    )
    .await;
    let waits = json!({
        "task": "nobody", "allow_unknown_task": true, "queue": "mail", "tags": ["vip", "a-long-tag-of-a-customer"],
        "label": "Report of everything that there is", "input": { "shop": 7, "user": { "tags": [1, null, "x"] } },
    });
    let waits = host.post("/v1/jobs", &waits).await;
    host.put("/v1/schedules/nightly", &json!({ "cron": "0 3 * * *", "job": printing("nights") })).await;
    let operation = json!({ "action": "retry", "filter": { "state": "discarded", "task": "nothing" } });
    host.call(Method::POST, "/v1/operations", Some(&operation)).await;
    let mut paths: Vec<String> = [
        "/",
        "/?window=7d",
        "/orders",
        "/jobs",
        "/jobs?state=discarded",
        "/jobs?q=wrong",
        "/jobs/new",
        "/jobs/new?task=print",
        "/failures",
        "/operations",
        "/queues",
        "/queues/mail",
        "/tasks",
        "/tasks/print",
        "/schedules",
        "/plugins",
        "/nothing",
        "/audit",
        "/tokens",
    ]
    .map(str::to_owned)
    .into();
    paths.extend([done, failed, waits].map(|job| format!("/jobs/{}", job["id"].as_str().unwrap())));
    (host, data, paths)
}

async fn keeps_nobody_out(visitor: Visitor) {
    let (host, _data, paths) = full_host().await;
    visit(visitor, async move |browser| {
        for path in paths {
            open(&browser, &host, &path).await;
            browser.find("footer").await;
            assert_eq!(browser.barriers().await, [""; 0], "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn no_page_keeps_anybody_out_by_day() {
    keeps_nobody_out(Visitor::DESK).await;
}

#[tokio::test]
async fn no_page_keeps_anybody_out_at_night() {
    keeps_nobody_out(Visitor::AT_NIGHT).await;
}

#[tokio::test]
async fn no_page_is_wider_than_a_phone_and_none_complains() {
    let (host, _data, paths) = full_host().await;
    visit(Visitor::PHONE, async move |browser| {
        for path in paths {
            open(&browser, &host, &path).await;
            browser.find("footer").await;
            let widths = browser.ask("return [document.documentElement.scrollWidth, innerWidth]").await;
            // A page that is too wide would widen the window as well.
            assert_eq!(widths, json!([360, 360]), "{path} scrolls sideways");
            let complaints = browser.complaints().await;
            // The pages of errors answer with their status, of which the browser makes an entry.
            let complaints: Vec<_> =
                complaints.iter().filter(|text| !text.contains("the server responded")).collect();
            assert!(complaints.is_empty(), "{path}: {complaints:?}");
        }
    })
    .await;
}
