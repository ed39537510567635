//! Schedules: the ticker on a clock that is moved, and the whole host.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::{
    Cadence, Holder, Job, JobRequest, Json, Missed, Overlap, ScheduleName, ScheduleSpec, Submitter, Timestamp,
};
use taskbox::domain::{Limits, Outcome, WorkerId, transition::Settlement};
use taskbox::events::LocalEvents;
use taskbox::ids::IdGenerator;
use taskbox::ports::{ClaimRequest, Clock, EndedAttempt, Ids, JobFilter, PageRequest, Registry, Storage};
use taskbox::schedules::{SchedulePorts, Schedules, Ticker};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::model::ModelStorage;
use taskbox_tests::patience::until;
use taskbox_tests::scripted_runner::OnePlugin;
use taskbox_tests::sim_clock::SimClock;

const BEGIN: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);

/// Storage, a clock that stands, and as many hosts as a test starts.
struct Scene {
    clock: Arc<SimClock>,
    storage: Arc<dyn Storage>,
    ids: Arc<IdGenerator>,
}

impl Scene {
    fn begin() -> Self {
        let storage: Arc<dyn Storage> = Arc::new(ModelStorage::default());
        Self { clock: Arc::new(SimClock::at(BEGIN)), storage, ids: Arc::default() }
    }

    fn host(&self) -> (Arc<Schedules>, Ticker) {
        let registry: Arc<dyn Registry> = Arc::new(OnePlugin { limits: Limits::default() });
        let schedules = Arc::new(Schedules::new(SchedulePorts {
            storage: self.storage.clone(),
            registry,
            events: Arc::new(LocalEvents::default()),
            clock: self.clock.clone(),
            ids: self.ids.clone(),
        }));
        (schedules.clone(), Ticker::start(schedules))
    }

    async fn pass(&self, time: Duration) {
        self.clock.at_rest().await;
        self.clock.advance(time);
        self.clock.at_rest().await;
    }

    /// All jobs, oldest first.
    async fn jobs(&self) -> Vec<Job> {
        let page = PageRequest { limit: 1000, before: None };
        let listed = self.storage.jobs(JobFilter::default(), page, self.clock.now()).await.unwrap();
        listed.jobs.into_iter().rev().map(|full| full.job).collect()
    }

    async fn complete_one(&self) {
        let (now, token) = (self.clock.now(), self.ids.lease_token(self.clock.now()));
        let claim = ClaimRequest {
            limit: 1,
            queues: Arc::default(),
            worker: WorkerId::new("test"),
            holder: Holder::Host,
            token,
            lease_until: now.plus(MINUTE),
            routes: OnePlugin { limits: Limits::default() }.routes(),
            capacity: Default::default(),
            now,
        };
        let claimed = self.storage.claim(claim).await.unwrap();
        let outcome = Outcome::Succeeded(Json::empty_object());
        let settlement = Settlement { token, outcome, progress: None, jitter: taskbox::domain::Jitter::NONE };
        let ended = EndedAttempt { job: claimed.jobs[0].job.spec.id, settlement, log: String::new() };
        let answers = self.storage.settle(vec![ended], now).await.unwrap();
        answers.into_iter().for_each(|answer| drop(answer.unwrap()));
    }
}

fn name() -> ScheduleName {
    "report".parse().unwrap()
}

fn every_minute() -> ScheduleSpec {
    ScheduleSpec {
        cadence: Cadence::Every { period: MINUTE },
        missed: Missed::default(),
        overlap: Overlap::default(),
        until: None,
        job: JobRequest::new(OnePlugin::task(), Json::empty_object()),
        submitter: Submitter::default(),
    }
}

#[tokio::test]
async fn the_jobs_of_a_schedule_belong_to_who_wrote_it_last() {
    let scene = Scene::begin();
    let (schedules, ticker) = scene.host();
    scene.clock.at_rest().await;
    for writer in ["deploy", "night"] {
        let spec = ScheduleSpec { submitter: Submitter::token(writer), ..every_minute() };
        schedules.put(name(), spec).await.unwrap();
        scene.pass(MINUTE).await;
        assert_eq!(scene.jobs().await.last().unwrap().spec.submitter, Submitter::token(writer));
    }
    ticker.stop().await;
}

#[tokio::test]
async fn a_tick_comes_at_its_moment_and_not_before() {
    let scene = Scene::begin();
    let (schedules, ticker) = scene.host();
    scene.clock.at_rest().await;
    schedules.put(name(), every_minute()).await.unwrap();
    scene.pass(MINUTE - Duration::from_millis(1)).await;
    assert_eq!(scene.jobs().await, []);
    scene.pass(Duration::from_millis(1)).await;
    let jobs = scene.jobs().await;
    assert_eq!((jobs.len(), jobs[0].spec.created_at), (1, BEGIN.plus(MINUTE)));
    assert_eq!(jobs[0].spec.options.tags, ["schedule:report"]);
    assert_eq!(jobs[0].spec.options.label.as_deref(), Some("report of 2027-01-15T08:01:00.000Z"));
    ticker.stop().await;
    scene.pass(MINUTE).await;
    assert_eq!(scene.jobs().await.len(), 1);
}

#[tokio::test]
async fn of_many_hosts_one_makes_the_job_of_a_tick() {
    let scene = Scene::begin();
    let hosts: Vec<_> = (0..5).map(|_| scene.host()).collect();
    hosts[0].0.put(name(), every_minute()).await.unwrap();
    // The others see it when they look.
    scene.pass(Duration::from_secs(30)).await;
    for minutes in 1..=3 {
        scene.pass(MINUTE).await;
        assert_eq!(scene.jobs().await.len(), minutes);
    }
}

#[tokio::test]
async fn a_host_that_was_down_goes_on_in_the_same_phase() {
    let scene = Scene::begin();
    let (schedules, ticker) = scene.host();
    schedules.put(name(), ScheduleSpec { missed: Missed::Once, ..every_minute() }).await.unwrap();
    ticker.stop().await;
    scene.clock.advance(Duration::from_secs(10 * 60 + 17));
    let (schedules, _ticker) = scene.host();
    scene.clock.at_rest().await;
    // One for those that are missed, and the one of 17 seconds ago.
    assert_eq!(scene.jobs().await.len(), 2);
    let state = schedules.schedule(name()).await.unwrap().unwrap().state;
    assert_eq!(state.next_at, Some(BEGIN.plus(11 * MINUTE)));
    scene.pass(Duration::from_secs(43)).await;
    assert_eq!(scene.jobs().await.len(), 3);
}

#[tokio::test]
async fn with_overlap_skip_there_is_no_second_job_while_the_first_is_not_final() {
    let scene = Scene::begin();
    let (schedules, _ticker) = scene.host();
    schedules.put(name(), ScheduleSpec { overlap: Overlap::Skip, ..every_minute() }).await.unwrap();
    for _ in 0..3 {
        scene.pass(MINUTE).await;
    }
    assert_eq!(scene.jobs().await.len(), 1);
    scene.complete_one().await;
    scene.pass(MINUTE).await;
    assert_eq!(scene.jobs().await.len(), 2);
}

#[tokio::test]
async fn missed_all_catches_up_with_everything_step_by_step() {
    let scene = Scene::begin();
    let (schedules, ticker) = scene.host();
    schedules.put(name(), ScheduleSpec { missed: Missed::All, ..every_minute() }).await.unwrap();
    ticker.stop().await;
    scene.clock.advance(750 * MINUTE);
    let (_schedules, _ticker) = scene.host();
    scene.clock.at_rest().await;
    assert_eq!(scene.jobs().await.len(), 750);
}

/// A schedule of two seconds that a host reads after nine more.
async fn nine_seconds_late(missed: Missed, stop: bool) -> Vec<Timestamp> {
    let scene = Scene::begin();
    let (schedules, ticker) = scene.host();
    let cadence = Cadence::Every { period: Duration::from_secs(2) };
    schedules.put(name(), ScheduleSpec { cadence, missed, ..every_minute() }).await.unwrap();
    let _ticker = if stop {
        ticker.stop().await;
        scene.clock.advance(Duration::from_secs(9));
        scene.host().1
    } else {
        scene.clock.at_rest().await;
        scene.clock.advance(Duration::from_secs(9));
        ticker
    };
    scene.clock.at_rest().await;
    let ticks =
        scene.jobs().await.into_iter().map(|job| job.spec.options.label.expect("a job names its tick"));
    ticks.map(|label| label.split_once(" of ").expect("and when it was").1.parse().unwrap()).collect()
}

#[tokio::test]
async fn no_tick_of_the_last_minute_is_missed_by_a_host_that_was_down_or_stalled() {
    let due: Vec<_> = [2, 4, 6, 8].map(|seconds| BEGIN.plus(Duration::from_secs(seconds))).into();
    for missed in [Missed::Skip, Missed::Once, Missed::All] {
        assert_eq!(nine_seconds_late(missed, true).await, due, "down, {missed:?}");
        assert_eq!(nine_seconds_late(missed, false).await, due, "stalled, {missed:?}");
    }
}

async fn host() -> (TestHost, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (host, data)
}

async fn jobs_of(host: &TestHost, schedule: &str) -> Vec<Value> {
    let jobs = host.get(&format!("/v1/jobs?tag=schedule:{schedule}&limit=500")).await;
    jobs["items"].as_array().unwrap().clone()
}

/// Real seconds pass here: the whole host has a real clock.
async fn until_completed(host: &TestHost, count: usize) -> Vec<Value> {
    until(&format!("{count} jobs of ticks are completed"), async || {
        let mut jobs = jobs_of(host, "tick").await;
        jobs.retain(|job| job["state"] == json!("completed"));
        (jobs.len() >= count).then_some(jobs)
    })
    .await
}

fn millis(time: &Value) -> u64 {
    time.as_str().unwrap().parse::<Timestamp>().unwrap().as_millis()
}

#[tokio::test]
async fn a_schedule_makes_jobs_that_run_and_a_restart_keeps_its_phase() {
    let (host, data) = host().await;
    let body = json!({ "every": "1s", "job": { "task": "echo", "input": { "n": 1.50 } } });
    let written = host.put("/v1/schedules/tick", &body).await;
    assert_eq!(written["next"].as_array().unwrap().len(), 5);
    assert_eq!(
        (&written["every"], &written["missed"], &written["last_at"]),
        (&json!("1s"), &json!("skip"), &Value::Null)
    );
    let jobs = until_completed(&host, 2).await;
    assert_eq!(jobs[0]["input"], json!({ "n": 1.5 }));
    let before = host.get("/v1/schedules/tick").await;
    host.kill().await;

    let host = TestHost::start(data.path(), &[]).await;
    until_completed(&host, jobs.len() + 2).await;
    let after = host.get("/v1/schedules/tick").await;
    let phase = |schedule: &Value| millis(&schedule["next_at"]) % 1000;
    assert_eq!(phase(&after), phase(&before));
    assert!(millis(&after["last_at"]) > millis(&before["last_at"]));
    let labels: Vec<_> = jobs_of(&host, "tick").await.iter().map(|job| job["label"].to_string()).collect();
    let mut once = labels.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), labels.len(), "no tick made two jobs: {labels:?}");
}

#[tokio::test]
async fn a_schedule_is_shown_listed_and_removed() {
    let (host, _data) = host().await;
    let body = json!({
        "cron": "30 8 * * mon-fri", "timezone": "Europe/Berlin", "missed": "once", "overlap": "skip",
        "until": "2099-01-01T00:00:00.000Z", "job": { "task": "echo", "tags": ["a"] },
    });
    let written = host.put("/v1/schedules/report", &body).await;
    for field in ["cron", "timezone", "missed", "overlap", "until"] {
        assert_eq!(written[field], body[field], "{field}");
    }
    assert_eq!((&written["job"]["task"], &written["job"]["tags"]), (&json!("echo"), &json!(["a"])));
    assert_eq!(written["next_at"], written["next"][0]);
    assert_eq!(host.get("/v1/schedules/report").await, written);
    assert_eq!(host.get("/v1/schedules").await["items"], json!([written]));
    let (status, _) = host.call(Method::DELETE, "/v1/schedules/report", None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    for method in [Method::GET, Method::DELETE] {
        let (status, _) = host.call(method, "/v1/schedules/report", None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused_with_its_field_and_its_place() {
    let (host, _data) = host().await;
    let job = json!({ "task": "echo" });
    for (body, pointers, words) in [
        (
            json!({ "cron": "0 25 * * *", "job": job }),
            vec!["/cron"],
            "at character 3: the hour must be from 0 to 23",
        ),
        (json!({ "cron": "0 0 30 2 *", "job": job }), vec!["/cron"], "at character 5"),
        (json!({ "cron": "@daily", "timezone": "Mars/Base", "job": job }), vec!["/timezone"], "IANA"),
        (json!({ "every": "1s", "timezone": "UTC", "job": job }), vec!["/timezone"], "requires cron"),
        (json!({ "every": "10ms", "job": job }), vec!["/every"], "1s"),
        (json!({ "every": "1h", "cron": "@daily", "job": job }), vec!["/every"], "must be left out"),
        (json!({ "job": job }), vec!["/cron"], "is required"),
        (json!({ "every": "1h", "until": "2001-01-01T00:00:00Z", "job": job }), vec!["/until"], "never run"),
        (json!({ "every": "1h", "job": { "task": "ecko" } }), vec!["/job/task"], "echo"),
        (
            json!({ "every": "1h", "job": { "task": "echo", "max_attempts": 0 } }),
            vec!["/job/max_attempts"],
            "1000",
        ),
        (
            json!({ "every": "1h", "job": { "task": "echo", "run_at": "2099-01-01T00:00:00Z" } }),
            vec!["/job/run_at"],
            "delay",
        ),
        (
            json!({ "every": "1h", "mised": "all", "overlap": "no", "job": { "tsk": "echo" } }),
            vec!["/overlap", "/job/task", "/job/tsk", "/mised"],
            "did you mean",
        ),
    ] {
        let (status, problem) = host.call(Method::PUT, "/v1/schedules/s", Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        let errors = problem["errors"].as_array().unwrap();
        let found: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(found, pointers, "{problem}");
        assert!(problem.to_string().contains(words), "{problem}");
    }
    assert_eq!(host.get("/v1/schedules").await["items"], json!([]));
}
