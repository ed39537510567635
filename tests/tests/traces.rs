//! Traces: a collector that decodes what a host exports, and one trace from the request to the settlement.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use taskbox_tests::story::Story;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// A span, decoded strictly by the JSON of OTLP.
#[derive(Clone, Debug)]
struct Span {
    trace: String,
    id: String,
    parent: String,
    name: String,
    kind: u64,
    began: u64,
    ended: u64,
    attributes: BTreeMap<String, String>,
}

/// A stand-in for a collector.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

impl Collector {
    async fn start(&self) -> SocketAddr {
        let spans = self.clone();
        let receive = async move |headers: HeaderMap, body: Bytes| {
            assert_eq!(headers["content-type"], "application/json");
            spans.0.lock().unwrap().extend(decode(&body));
            Json(json!({}))
        };
        serve(Router::new().route("/v1/traces", post(receive))).await
    }

    fn of_trace(&self, trace: &str) -> Vec<Span> {
        self.0.lock().unwrap().iter().filter(|span| span.trace == trace).cloned().collect()
    }

    /// The spans of a trace, as soon as those of these names are there.
    async fn until_there(&self, trace: &str, names: &[&str]) -> Vec<Span> {
        let there = async || {
            let spans = self.of_trace(trace);
            let found: BTreeSet<_> = spans.iter().map(|span| span.name.as_str()).collect();
            names.iter().all(|name| found.contains(name)).then_some(spans)
        };
        until(&format!("spans {names:?}"), there).await
    }
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn decode(body: &[u8]) -> Vec<Span> {
    let body: Value = serde_json::from_slice(body).expect("it is JSON");
    let resource = &body["resourceSpans"][0];
    let about = attributes(&resource["resource"]["attributes"]);
    assert_eq!(about["service.name"], "taskbox");
    assert!(about.contains_key("service.instance.id") && about.contains_key("service.version"));
    let spans = resource["scopeSpans"][0]["spans"].as_array().expect("a list of spans");
    spans.iter().map(span).collect()
}

fn span(span: &Value) -> Span {
    let text = |name: &str| span[name].as_str().unwrap_or_else(|| panic!("{name} in {span}")).to_owned();
    let time = |name: &str| text(name).parse::<u64>().expect("a 64-bit number as a text");
    let (trace, id, parent) = (text("traceId"), text("spanId"), text("parentSpanId"));
    assert!(trace.len() == 32 && id.len() == 16 && [0, 16].contains(&parent.len()), "{span}");
    let (began, ended) = (time("startTimeUnixNano"), time("endTimeUnixNano"));
    assert!(began <= ended && began > 1_600_000_000_000_000_000, "{span}");
    let (name, kind) = (text("name"), span["kind"].as_u64().expect("a kind"));
    Span { trace, id, parent, name, kind, began, ended, attributes: attributes(&span["attributes"]) }
}

fn attributes(list: &Value) -> BTreeMap<String, String> {
    let entry = |entry: &Value| {
        let value = entry["value"]["stringValue"].as_str().expect("a text");
        (entry["key"].as_str().expect("a key").to_owned(), value.to_owned())
    };
    list.as_array().expect("a list").iter().map(entry).collect()
}

fn named<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut found = spans.iter().filter(|span| span.name == name);
    let span = found.next().unwrap_or_else(|| panic!("no {name} in {spans:?}"));
    assert!(found.next().is_none(), "two of {name}");
    span
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_shows_an_order_from_its_request_to_its_settlement() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::default());
    let settings = format!("otlp_endpoint = \"http://{}\"", collector.start().await);
    let host = TestHost::start_with(place.path(), &settings).await;
    let story = Story::begin_on(host, Pace::AT_ONCE).await;
    let request = story
        .host
        .request(Method::POST, "/v1/orders")
        .header("traceparent", format!("00-{TRACE}-{CALLER}-01"))
        .json(&json!({ "user_id": "u_1", "payment_intent_id": "pi_1" }));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::ACCEPTED);
    let (request, attempt) = ("POST /v1/orders", "attempt create-order");
    let spans =
        collector.until_there(TRACE, &[request, "store", "wait", attempt, "checkpoint", "settle"]).await;
    for name in [request, "store", "wait", attempt] {
        assert_eq!(named(&spans, name).parent, CALLER, "{name}");
    }
    assert_eq!((named(&spans, request).kind, named(&spans, attempt).kind), (2, 5));
    assert_eq!(named(&spans, request).attributes["http.response.status_code"], "202");
    let attempt = named(&spans, attempt);
    assert_eq!(attempt.attributes["taskbox.outcome"], "succeeded");
    let below: Vec<_> = spans.iter().filter(|span| span.parent == attempt.id).collect();
    let outbound = below.iter().filter(|span| span.kind == 3).count();
    assert!(outbound >= 2, "Stripe and the partner: {below:?}");
    assert!(
        below.iter().any(|span| span.name == "checkpoint") && below.iter().any(|span| span.name == "settle")
    );
    assert!(below.iter().all(|span| attempt.began <= span.began && span.ended <= attempt.ended), "{below:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_told_of_the_trace_with_and_without_a_collector() {
    for exports in [false, true] {
        let (place, collector) = (tempfile::tempdir().unwrap(), Collector::default());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hears = Arc::clone(&heard);
        let hear = async move |headers: HeaderMap| {
            hears.lock().unwrap().push(headers["traceparent"].to_str().unwrap().to_owned());
        };
        let server = serve(Router::new().route("/", get(hear))).await;
        let settings = format!("otlp_endpoint = \"http://{}\"", collector.start().await);
        let host = TestHost::start_with(place.path(), if exports { &settings } else { "" }).await;
        let url = format!("http://{server}");
        let grant = json!({ "hosts": [{ "url": url }], "networks": ["127.0.0.0/8"] });
        host.put("/v1/plugins/misbehave/grant", &grant).await;
        assert!(host.upload("misbehave", binaries::plugin("misbehave")).await.0.is_success());
        let parent = format!("00-{TRACE}-{CALLER}-01");
        let job = json!({ "task": "fetch", "input": { "url": format!("{url}/") }, "traceparent": parent, "max_attempts": 1 });
        let job = host.run_job(&job).await;
        assert_eq!(job["state"], "completed", "{job}");
        let told = heard.lock().unwrap().clone();
        assert_eq!(told.len(), 1);
        if exports {
            let spans = collector.until_there(TRACE, &["GET 127.0.0.1"]).await;
            let outbound = named(&spans, "GET 127.0.0.1");
            assert_eq!(told[0], format!("00-{TRACE}-{}-01", outbound.id));
            assert_eq!(outbound.attributes["http.response.status_code"], "200");
        } else {
            assert_eq!(told[0], parent);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_without_a_trace_has_one_of_its_own_and_one_that_is_not_sampled_has_none() {
    let (place, collector) = (tempfile::tempdir().unwrap(), Collector::default());
    let settings = format!("otlp_endpoint = \"http://{}\"", collector.start().await);
    let host = TestHost::start_with(place.path(), &settings).await;
    assert!(host.upload("misbehave", binaries::plugin("misbehave")).await.0.is_success());
    let unsampled = format!("00-{TRACE}-{CALLER}-00");
    host.run_job(&json!({ "task": "noop", "traceparent": unsampled })).await;
    let job = host.run_job(&json!({ "task": "noop" })).await;
    let trace = job["id"].as_str().unwrap().replace('-', "");
    collector.until_there(&trace, &["store", "wait", "attempt noop", "settle"]).await;
    assert!(collector.of_trace(TRACE).is_empty());
}

/// A collector that is not there costs nothing but spans.
#[tokio::test]
async fn jobs_run_and_the_host_ends_in_order_without_its_collector() {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start_with(place.path(), "otlp_endpoint = \"http://127.0.0.1:1\"").await;
    assert!(host.upload("misbehave", binaries::plugin("misbehave")).await.0.is_success());
    assert_eq!(host.run_job(&json!({ "task": "noop" })).await["state"], "completed");
    assert!(host.terminate().await.success());
}
