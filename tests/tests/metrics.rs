//! `/metrics`, and what reads it: the dashboard and the alerts in `docs/`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};
use taskbox::metering::catalog;
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries::workspace;
use taskbox_tests::exposition::{self, Families};
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use taskbox_tests::promtool;
use taskbox_tests::story::Story;

async fn text(host: &TestHost) -> String {
    host.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap()
}

/// The metrics once an attempt has ended of which everything is counted.
async fn after_an_order(host: &TestHost) -> (String, Families) {
    let settled = async || {
        let text = text(host).await;
        let families = exposition::parse(&text);
        let is_settled = families.get("taskbox_settle_seconds").is_some_and(|times| times.count() >= 1.0);
        is_settled.then_some((text, families))
    };
    until("an attempt is settled", settled).await
}

#[tokio::test]
async fn every_sample_has_help_and_type_and_an_order_is_counted_everywhere() {
    let place = tempfile::tempdir().unwrap();
    let story = Story::begin(place.path(), Pace::AT_ONCE).await;
    let order = story.place("u_1", "pi_1").await;
    assert_eq!(story.finished(&order).await["status"], "completed");
    let (text, families) = after_an_order(&story.host).await;
    let declared: BTreeMap<_, _> = catalog::ALL.iter().map(|metric| (metric.name(), metric)).collect();
    for (name, family) in &families {
        let metric = declared.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not declared"));
        assert_eq!((family.kind.as_str(), family.help.as_str()), (metric.kind(), metric.help()), "{name}");
        for sample in &family.samples {
            let labels: BTreeSet<_> =
                sample.labels.keys().map(String::as_str).filter(|name| *name != "le").collect();
            assert_eq!(labels, metric.labels().into_iter().collect(), "{sample:?}");
        }
    }
    let count = |name: &str, labels: &[(&str, &str)]| families[name].sum(labels);
    let of_task = [("task", "create-order"), ("queue", "default")];
    assert_eq!(count("taskbox_jobs_total", &[of_task[0], of_task[1], ("outcome", "completed")]), 1.0);
    assert_eq!(count("taskbox_attempts_total", &[of_task[0], of_task[1], ("outcome", "succeeded")]), 1.0);
    assert_eq!(count("taskbox_jobs_submitted_total", &[]), 1.0);
    let of_plugin = ("plugin", "create-order");
    assert!(count("taskbox_egress_requests_total", &[of_plugin, ("status", "2xx")]) >= 2.0);
    for times in [
        "taskbox_submit_seconds",
        "taskbox_job_wait_seconds",
        "taskbox_attempt_seconds",
        "taskbox_settle_seconds",
        "taskbox_sandbox_seconds",
        "taskbox_sandbox_cpu_seconds",
        "taskbox_sandbox_memory_peak_bytes",
    ] {
        assert_eq!(families[times].count(), 1.0, "{times}");
    }
    assert!(families["taskbox_storage_sync_seconds"].count() >= 3.0);
    assert!(count("taskbox_storage_bytes", &[]) > 0.0 && count("taskbox_storage_free_bytes", &[]) > 0.0);
    assert_eq!(count("taskbox_build_info", &[("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    assert_eq!(count("taskbox_ready", &[]), 1.0);
    promtool::check(&["check", "metrics"], &text);
}

#[tokio::test]
async fn many_names_have_a_bounded_number_of_series_that_add_up() {
    const QUEUES: usize = 300;
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(place.path(), &[]).await;
    let job = |number: usize| json!({ "task": "nobody", "allow_unknown_task": true, "queue": format!("q{number}") });
    let jobs: Vec<Value> = (0..QUEUES).map(job).collect();
    host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    let families = exposition::parse(&text(&host).await);
    let gauges = &families["taskbox_queue_jobs"];
    assert!(gauges.samples.len() <= 504, "{} series", gauges.samples.len());
    assert_eq!(gauges.sum(&[]), QUEUES as f64);
    assert!(gauges.sum(&[("queue", "other")]) > 100.0);
    // A queue that has emptied shows so.
    let path = "/v1/jobs/bulk";
    host.post(path, &json!({ "action": "cancel", "filter": { "queue": "q0" } })).await;
    let families = exposition::parse(&text(&host).await);
    assert_eq!(families["taskbox_queue_jobs"].sum(&[("queue", "q0")]), 0.0);
    assert_eq!(families["taskbox_queue_jobs"].sum(&[]), (QUEUES - 1) as f64);
    assert_eq!(families["taskbox_jobs_total"].sum(&[("outcome", "cancelled")]), 1.0);
}

fn docs(file: &str) -> String {
    std::fs::read_to_string(workspace().join("docs").join(file)).unwrap()
}

/// The names of metrics in a query: each word that begins as those of the host do.
fn named(query: &str) -> BTreeSet<String> {
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != ':');
    let is_metric = |word: &&str| word.starts_with("taskbox_") || word.starts_with("process_");
    let without_suffix = |word: &str| {
        let family = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| word.strip_suffix(suffix));
        let is_histogram = |name: &&str| {
            catalog::ALL.iter().any(|metric| metric.name() == *name && metric.kind() == "histogram")
        };
        family.filter(is_histogram).unwrap_or(word).to_owned()
    };
    words.filter(is_metric).map(without_suffix).collect()
}

/// All queries of a dashboard, however deep they are.
fn queries(dashboard: &Value) -> Vec<String> {
    match dashboard {
        Value::Object(members) => {
            let own = ["expr", "query", "definition"].iter().filter_map(|name| members.get(*name)?.as_str());
            own.map(str::to_owned).chain(members.values().flat_map(queries)).collect()
        }
        Value::Array(items) => items.iter().flat_map(queries).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn the_dashboard_and_the_alerts_name_metrics_that_there_are() {
    let dashboard: Value = serde_json::from_str(&docs("grafana.json")).unwrap();
    let alerts = docs("alerts.yml");
    let declared: BTreeSet<_> = catalog::ALL.iter().map(|metric| metric.name().to_owned()).collect();
    let queries = queries(&dashboard);
    assert!(queries.len() > 15, "{} queries", queries.len());
    for query in queries.iter().map(String::as_str).chain([alerts.as_str()]) {
        let unknown: Vec<_> = named(query).difference(&declared).cloned().collect();
        assert!(unknown.is_empty(), "{unknown:?} in {query}");
    }
}

#[test]
fn the_alerts_are_rules_that_fire_when_they_should() {
    promtool::check(&["check", "rules", "docs/alerts.yml"], "");
    promtool::check(&["test", "rules", "tests/fixtures/alerts.test.yml"], "");
}

/// A query that Prometheus cannot read would show an empty panel.
#[test]
fn every_query_of_the_dashboard_is_one_that_prometheus_reads() {
    let dashboard: Value = serde_json::from_str(&docs("grafana.json")).unwrap();
    let place = tempfile::tempdir().unwrap();
    let rules = place.path().join("rules.yml");
    let written: String = queries(&dashboard)
        .iter()
        .filter(|query| !query.starts_with("label_values("))
        .enumerate()
        .map(|(at, query)| format!("  - record: query:{at}\n    expr: {}\n", json!(with_interval(query))))
        .collect();
    std::fs::write(&rules, format!("groups:\n- name: dashboard\n  rules:\n{written}")).unwrap();
    promtool::check(&["check", "rules", "--lint=none", path_text(&rules)], "");
}

/// The variables of Grafana, filled in.
fn with_interval(query: &str) -> String {
    query.replace("$__rate_interval", "5m").replace("$instance", ".*")
}

fn path_text(path: &Path) -> &str {
    path.to_str().expect("the path is text")
}
