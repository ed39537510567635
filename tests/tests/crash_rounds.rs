//! Many rounds of `kill -9` of the whole host, under every load, at any moment: while it works, while it starts, while
//! retention deletes jobs. After each, nothing acknowledged may be lost or changed, and in the end every job ends.
//!
//! `TASKBOX_CRASH_ROUNDS` sets the number of rounds, `TASKBOX_SEED` selects other ones: `random`, or those of a
//! number.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::Timestamp;
use taskbox::stand_ins::{Pace, Partner, Stripe};
use taskbox_tests::binaries;
use taskbox_tests::crash::{
    Asked, Caller, IDLE_TAG, KnownQueue, Ledger, Line, Pruning, Seen, ask_for_ticks, check, check_ticks,
    queue_of,
};
use taskbox_tests::dice::{self, Dice};
use taskbox_tests::host::{PATIENCE, TestHost};
use taskbox_tests::story::Story;
use tokio::task::JoinSet;

const ROUNDS: u64 = 100;
const CALLERS: u64 = 6;

/// The longest life of a host that is killed while it starts: a little longer than a start.
const START_MS: u64 = 120;
/// Its life under load.
const LOAD_MS: std::ops::Range<u64> = 10..450;
/// Its life while retention has much to do.
const RETENTION_MS: u64 = 60;

/// The number of keys that are sent again after a start.
const REPLAYS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_changed_by_a_hundred_kills() {
    let asked = std::env::var("TASKBOX_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds = asked.unwrap_or(ROUNDS);
    let place = tempfile::tempdir().unwrap();
    let mut crash = Crash::begin(place.path(), Dice::new(dice::seed())).await;
    for round in 0..rounds {
        let began = Instant::now();
        let what = crash.round().await;
        println!("round {round}: {what} in {:?}: {:?}", began.elapsed(), crash.ledger().tally);
    }
    crash.end().await;
    let tally = crash.ledger().tally;
    println!("{tally:?}");
    // Otherwise the rounds have not tested what they claim.
    let happened = [tally.acknowledged, tally.lost, tally.compared, tally.pruned, tally.deleted];
    assert!(rounds < ROUNDS || happened.iter().all(|count| *count > 0), "{tally:?}");
    let replays = [tally.found_done, tally.replayed, tally.duplicates];
    assert!(rounds < ROUNDS || replays.iter().all(|count| *count > 0), "{tally:?}");
}

struct Crash {
    place: PathBuf,
    data: PathBuf,
    dice: Dice,
    ledger: Arc<Mutex<Ledger>>,
    callers: Vec<Caller>,
    _stripe: Stripe,
    partner: Partner,
}

impl Crash {
    async fn begin(place: &Path, mut dice: Dice) -> Self {
        let (place, data) = (place.to_owned(), place.join("data"));
        let pace = Pace::between(Duration::ZERO, Duration::from_millis(40));
        let story = Story::begin(&data, pace).await;
        let (status, answer) = story.host.upload("misbehave", binaries::plugin("misbehave")).await;
        assert!(status.is_success(), "{answer}");
        ask_for_ticks(&Line::to(&story.host)).await;
        let Story { host, stripe, partner } = story;
        host.kill().await;
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let caller = |number| Caller::new(number, Dice::new(dice.roll()), Arc::clone(&ledger));
        let callers = (0..CALLERS).map(caller).collect();
        Self { place, data, dice, ledger, callers, _stripe: stripe, partner }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// One life of a host, and the check of its data.
    async fn round(&mut self) -> &'static str {
        let what = match self.dice.below(10) {
            0 | 1 => self.killed_while_starting().await,
            2 => self.killed_after(Pruning::AllButFew, RETENTION_MS).await,
            3 | 4 => self.killed_after(Pruning::Completed, RETENTION_MS).await,
            _ => self.killed_after(Pruning::Nothing, 0).await,
        };
        let seen = Seen::on_disk(&self.data, now()).await;
        check(&mut self.ledger(), &seen);
        what
    }

    async fn killed_while_starting(&mut self) -> &'static str {
        let starting = self.start(Pruning::Completed);
        tokio::time::sleep(Duration::from_millis(self.dice.below(START_MS))).await;
        starting.kill().await;
        "killed while starting"
    }

    /// Checks, lets the callers load the host, and kills it.
    async fn killed_after(&mut self, pruning: Pruning, ms: u64) -> &'static str {
        let host = self.start(pruning).ready().await;
        let line = Line::to(&host);
        if pruning == Pruning::Nothing {
            self.look(&line).await;
        }
        let mut loading = JoinSet::new();
        for caller in self.callers.drain(..) {
            loading.spawn(caller.load(line.clone()));
        }
        let ms = match ms {
            0 => LOAD_MS.start + self.dice.below(LOAD_MS.end - LOAD_MS.start),
            ms => self.dice.below(ms),
        };
        tokio::time::sleep(Duration::from_millis(ms)).await;
        host.kill().await;
        self.callers = loading.join_all().await;
        if pruning == Pruning::Nothing { "killed under load" } else { "killed during retention" }
    }

    fn start(&self, pruning: Pruning) -> taskbox_tests::host::StartingHost {
        let (completed, count) = match pruning {
            Pruning::Nothing => ("forever", 1_000_000),
            Pruning::Completed => ("0s", 1_000_000),
            Pruning::AllButFew => ("forever", 50),
        };
        let settings = format!("retention_completed = {completed:?}\nretention_count = {count}\n");
        self.ledger().pruning = pruning;
        TestHost::begin_with(&self.place, &settings)
    }

    /// The checks of a running host without callers.
    async fn look(&mut self, line: &Line) {
        let seen = Seen::by_http(line).await;
        check(&mut self.ledger(), &seen);
        self.look_at_queues(line).await;
        self.replay(line).await;
    }

    async fn look_at_queues(&self, line: &Line) {
        let queues = line.get("/v1/queues").await;
        let shown = |name: &str| {
            let queues = queues["items"].as_array().unwrap();
            let queue = queues.iter().find(|queue| queue["name"] == name);
            queue.map(|queue| {
                json!({ "paused": queue["paused"], "concurrency": queue["concurrency"], "rate": queue["rate"] })
            })
        };
        for (name, known) in &mut self.ledger().queues {
            let shown = shown(name);
            let was_asked = shown.as_ref().is_some_and(|shown| known.perhaps.contains(shown));
            let is_one = was_asked || shown == known.settings || known.settings.is_none();
            assert!(is_one, "queue {name}: {known:?}, shown {shown:?}");
            // Nothing is in doubt any more.
            *known = KnownQueue { settings: shown, perhaps: Vec::new() };
        }
    }

    /// The responses to keys that had one before.
    async fn replay(&mut self, line: &Line) {
        let sent: Vec<_> =
            self.ledger().sent.values().filter(|sent| sent.answered.is_some()).cloned().collect();
        for _ in 0..REPLAYS.min(sent.len()) {
            let sent = &sent[self.dice.below(sent.len() as u64) as usize];
            let answer = line.ask(Method::POST, sent.path, &sent.body, Some(&sent.key)).await.unwrap();
            assert_eq!((answer.status, answer.replayed), (StatusCode::OK, true), "{sent:?}: {}", answer.body);
            assert_eq!(answer.body["id"].as_str(), sent.answered.as_deref(), "{sent:?}: {}", answer.body);
            let another = json!({ "task": "noop" });
            let refused = line.ask(Method::POST, "/v1/jobs", &another, Some(&sent.key)).await.unwrap();
            let is_same_call = sent.path == "/v1/jobs";
            assert!(!is_same_call || refused.status == StatusCode::UNPROCESSABLE_ENTITY, "{sent:?}");
            self.ledger().tally.replayed += 1;
        }
    }

    /// Checks that no job is held back any more, and each ends.
    async fn end(&mut self) {
        let host = self.start(Pruning::Nothing).ready().await;
        let line = Line::to(&host);
        self.look(&line).await;
        for caller in &mut self.callers {
            caller.repeat(&line).await.unwrap();
        }
        let free = json!({ "paused": false, "concurrency": null, "rate": null });
        let queues = (0..CALLERS).map(queue_of);
        for queue in queues.chain(["ticks".to_owned()]) {
            line.ask(Method::PUT, &format!("/v1/queues/{queue}"), &free, None).await.unwrap();
        }
        for schedule in ["ticks", "beats"] {
            let path = format!("/v1/schedules/{schedule}");
            line.ask(Method::DELETE, &path, &Value::Null, None).await.unwrap();
        }
        for job in self.ledger().tagged(IDLE_TAG) {
            job.stopping = Asked::Perhaps;
        }
        let stop = json!({ "action": "cancel", "filter": { "tag": IDLE_TAG } });
        line.ask(Method::POST, "/v1/jobs/bulk", &stop, None).await.unwrap();
        until_all_ended(&line).await;
        self.replay(&line).await;
        let seen = Seen::by_http(&line).await;
        check(&mut self.ledger(), &seen);
        check_ticks(&self.ledger());
        self.check_partner(&seen);
        assert!(host.terminate().await.success());
    }

    /// The third party has each order at most once, and those that are completed.
    fn check_partner(&self, seen: &Seen) {
        let placed = self.partner.ledger().orders;
        let mut by_user = std::collections::BTreeMap::new();
        for order in &placed {
            let other = by_user.insert(order.user_id.clone(), order.id.clone());
            assert_eq!(other, None, "{} was ordered twice", order.user_id);
        }
        for order in seen.orders.values().filter(|order| order.status == "completed") {
            assert_eq!(by_user.get(&order.user), order.third_party_order_id.as_ref(), "{order:?}");
        }
    }
}

/// Waits until every job that can end has ended: no lease is held for ever.
async fn until_all_ended(line: &Line) {
    let began = Instant::now();
    loop {
        let queues = line.get("/v1/queues").await;
        let count = |state: &str| -> u64 {
            let queues = queues["items"].as_array().unwrap();
            queues.iter().map(|queue| queue["counts"][state].as_u64().unwrap()).sum()
        };
        let open = ["available", "running", "retryable"].map(count);
        let lasting = line.list("/v1/jobs").await;
        let is_due = |job: &Value| job["state"] == "scheduled" && job["task"] != "noop";
        if open == [0, 0, 0] && !lasting.iter().any(is_due) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "available, running, retryable: {open:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as u64)
}
