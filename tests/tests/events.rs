//! Streams of events: all events of a job or an order, in order, on the real host.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use taskbox_tests::story::Story;
use tokio::time::timeout;

/// A server-sent event.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    name: String,
    id: Option<String>,
    data: Value,
}

impl Event {
    fn of(text: &str) -> Option<Self> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let data = serde_json::from_str(field("data:")?).expect("data is JSON");
        Some(Self { name: field("event:")?.to_owned(), id: field("id:").map(str::to_owned), data })
    }

    /// It in a word: a state with its attempt, a line, a step.
    fn word(&self) -> String {
        let text = |name: &str| self.data[name].as_str().unwrap_or_default().to_owned();
        match self.name.as_str() {
            "state" => format!("{} {}", text("state"), self.data["attempt"]),
            "log" => text("line"),
            "progress" => text("message"),
            "order" => text("status"),
            "gap" => format!("gap {}", self.data["left_out"]),
            other => panic!("{other}"),
        }
    }
}

fn words(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::word).collect()
}

/// A stream of events.
struct Stream {
    response: Response,
    unread: String,
}

impl Stream {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((text, rest)) = self.unread.split_once("\n\n") {
                let (event, rest) = (Event::of(text), rest.to_owned());
                self.unread = rest;
                if event.is_some() {
                    return event;
                }
                continue;
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.expect("there is more in time");
            self.unread.push_str(std::str::from_utf8(&chunk.expect("it does not break")?).expect("text"));
        }
    }

    async fn rest(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}

async fn open(host: &TestHost, path: &str, last_id: Option<&str>) -> Response {
    let request = host.request(Method::GET, path);
    let request = last_id.into_iter().fold(request, |request, id| request.header("last-event-id", id));
    request.send().await.expect("the host answers")
}

async fn watch(host: &TestHost, path: &str) -> Stream {
    Stream { response: open(host, path, None).await, unread: String::new() }
}

async fn watch_from(host: &TestHost, path: &str, last_id: &str) -> Stream {
    Stream { response: open(host, path, Some(last_id)).await, unread: String::new() }
}

async fn host(data: &std::path::Path) -> TestHost {
    let host = TestHost::start(data, &[]).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    host
}

/// The events of a job that cannot start yet.
async fn held(host: &TestHost, job: Value) -> String {
    host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let job = host.post("/v1/jobs", &job).await;
    format!("/v1/jobs/{}/events", job["id"].as_str().unwrap())
}

async fn let_go(host: &TestHost) {
    host.put("/v1/queues/default", &json!({ "paused": false })).await;
}

/// All events of a job, watched before it starts.
async fn all(host: &TestHost, job: Value) -> (String, Vec<Event>) {
    let path = held(host, job).await;
    let mut stream = watch(host, &path).await;
    let first = stream.next().await.expect("its state at once");
    let_go(host).await;
    let mut events = vec![first];
    events.extend(stream.rest().await);
    (path, events)
}

#[tokio::test]
async fn what_a_quick_job_prints_is_told_between_its_states() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let print = json!({ "task": "print", "input": { "stdout": 3, "text": "line" } });
    let (_, events) = all(&host, print).await;
    assert_eq!(words(&events), ["available 0", "running 1", "line 1", "line 2", "line 3", "completed 1"]);
    assert!(events.iter().all(|event| event.id.is_some()), "{events:?}");
    assert_eq!(events[5].data["output"], Value::Null);
    assert!(events[5].data.get("output").is_some() && !events[5].data["finalized_at"].is_null());
}

#[tokio::test]
async fn every_attempt_is_told_with_its_end() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let (_, events) = all(&host, json!({ "task": "fail-until", "input": { "attempts": 2 } })).await;
    let states: Vec<_> = words(&events).into_iter().filter(|word| !word.starts_with("available")).collect();
    assert_eq!(states, ["running 1", "retryable 1", "running 2", "completed 2"]);
    let retryable = events.iter().find(|event| event.word() == "retryable 1").unwrap();
    assert_eq!(retryable.data["errors"][0]["message"], json!("attempt 1 of 2"));
    assert_eq!(events.last().unwrap().data["output"], json!({ "attempt": 2 }));
}

#[tokio::test]
async fn progress_is_told_step_by_step() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let (_, events) = all(&host, json!({ "task": "progress", "input": { "steps": 3 } })).await;
    let expected = ["available 0", "running 1", "step 1", "step 2", "step 3", "completed 1"];
    assert_eq!(words(&events), expected);
}

#[tokio::test]
async fn of_very_many_lines_each_is_told_or_counted_as_left_out() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    host.put("/v1/plugins/misbehave/grant", &json!({ "limits": { "log_bytes": "4MiB" } })).await;
    let (_, events) =
        all(&host, json!({ "task": "print", "input": { "stdout": 60_000, "text": "l" } })).await;
    let mut next = 1;
    for event in &events {
        match event.name.as_str() {
            "log" => {
                assert_eq!(event.data["line"], json!(format!("l {next}")));
                next += 1;
            }
            "gap" => next += event.data["left_out"].as_u64().unwrap(),
            _ => {}
        }
    }
    assert_eq!(next, 60_001);
    assert_eq!(events.last().unwrap().word(), "completed 1");
}

#[tokio::test]
async fn who_comes_back_goes_on_behind_the_last_event() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let (path, events) =
        all(&host, json!({ "task": "print", "input": { "stdout": 5, "text": "line" } })).await;
    for place in 0..events.len() - 1 {
        let again = watch_from(&host, &path, events[place].id.as_deref().unwrap()).await.rest().await;
        assert_eq!(words(&again), words(&events[place + 1..]));
        assert!(again.iter().zip(&events[place + 1..]).all(|(one, other)| one.id == other.id));
    }
    let last = events.last().unwrap().id.as_deref();
    assert_eq!(open(&host, &path, last).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn who_is_cut_off_misses_nothing() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let path = held(&host, json!({ "task": "progress", "input": { "steps": 10, "ms": 20 } })).await;
    let mut stream = watch(&host, &path).await;
    let_go(&host).await;
    let (mut heard, mut last_id) = (Vec::new(), None);
    loop {
        match stream.next().await {
            Some(event) => {
                last_id = event.id.clone().or(last_id);
                heard.push(event.word());
            }
            None => break,
        }
        if heard.len() % 3 == 0 {
            drop(stream);
            stream = watch_from(&host, &path, last_id.as_deref().unwrap()).await;
        }
    }
    let steps = (1..=10).map(|step| format!("step {step}"));
    let begin = ["available 0", "running 1"].map(str::to_owned);
    let expected: Vec<_> = begin.into_iter().chain(steps).chain(["completed 1".to_owned()]).collect();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn who_comes_late_is_told_what_was_printed_and_where_the_job_stands() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let job =
        host.post("/v1/jobs", &json!({ "task": "print-and-wait", "input": { "lines": ["a", "b"] } })).await;
    let id = job["id"].as_str().unwrap();
    let path = format!("/v1/jobs/{id}/events");
    // Whenever it is opened: the lines come from the attempt's log or from the running attempt.
    let mut early = watch(&host, &path).await;
    let until_b = async |stream: &mut Stream| {
        let mut heard = Vec::new();
        while heard.last().is_none_or(|word| word != "b") {
            heard.push(stream.next().await.expect("it goes on").word());
        }
        heard
    };
    let heard = until_b(&mut early).await;
    assert!(heard.ends_with(&["running 1", "a", "b"].map(str::to_owned)), "{heard:?}");
    let mut late = watch(&host, &path).await;
    assert_eq!(until_b(&mut late).await, ["running 1", "a", "b"]);
    host.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    assert_eq!(words(&late.rest().await), ["running 1", "cancelled 1"], "asked to stop, and stopped");
    let after = watch(&host, &path).await.rest().await;
    assert_eq!(words(&after), ["a", "b", "cancelled 1"]);
    let last = after.last().unwrap().id.as_deref();
    assert_eq!(open(&host, &path, last).await.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn after_a_restart_the_stream_says_that_it_begins_anew() {
    let data = tempfile::tempdir().unwrap();
    let host = host(data.path()).await;
    let (path, events) =
        all(&host, json!({ "task": "print", "input": { "stdout": 2, "text": "line" } })).await;
    host.terminate().await;
    let host = TestHost::start(data.path(), &[]).await;
    for last_id in [events[2].id.as_deref().unwrap(), "not-ours"] {
        let again = watch_from(&host, &path, last_id).await.rest().await;
        assert_eq!(words(&again), ["gap null", "line 1", "line 2", "completed 1"]);
    }
}

#[tokio::test]
async fn the_events_of_an_order_have_ids_to_come_back_with() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    story.host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let order = story.place("u_42", "pi_1").await;
    let path = format!("/v1/orders/{}/events", order["id"].as_str().unwrap());
    let mut stream = watch(&story.host, &path).await;
    let loading = stream.next().await.expect("at once");
    drop(stream);
    let_go(&story.host).await;
    let again = watch_from(&story.host, &path, loading.id.as_deref().unwrap()).await;
    let rest = timeout(Duration::from_secs(60), again.rest()).await.expect("it ends");
    assert_eq!((loading.word().as_str(), words(&rest)), ("loading", vec!["completed".to_owned()]));
    let last = rest[0].id.as_deref();
    assert_eq!(open(&story.host, &path, last).await.status(), StatusCode::NO_CONTENT);
    let anew = watch_from(&story.host, &path, "0-0").await.rest().await;
    assert_eq!(words(&anew), ["gap null", "completed"]);
}
