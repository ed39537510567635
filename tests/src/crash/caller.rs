//! One caller: asks for this and that until the line breaks off, and repeats what was not answered.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::checks::may_be_gone;
use super::ledger::{Asked, Batch, KnownJob, Ledger, Sent};
use super::line::{Answer, Line};
use super::requests::{self, queue_of};
use super::seen::text;
use crate::dice::Dice;

/// The longest rest between two requests, in milliseconds.
const REST_MS: u64 = 15;

/// Who loads a host. Acts only on its own jobs, so that it knows what became of them.
pub struct Caller {
    number: u64,
    dice: Dice,
    ledger: Arc<Mutex<Ledger>>,
    /// Its jobs, for acting on.
    jobs: Vec<String>,
    /// The keys of what was not answered.
    unanswered: Vec<String>,
    submitted: u64,
}

impl Caller {
    /// A caller with dice of its own.
    pub fn new(number: u64, dice: Dice, ledger: Arc<Mutex<Ledger>>) -> Self {
        Self { number, dice, ledger, jobs: Vec::new(), unanswered: Vec::new(), submitted: 0 }
    }

    /// Asks until the line breaks off.
    pub async fn load(mut self, line: Line) -> Self {
        while self.repeat(&line).await.is_some() && self.ask(&line).await.is_some() {
            tokio::time::sleep(Duration::from_millis(self.dice.below(REST_MS))).await;
        }
        self
    }

    /// Repeats what was not answered until all is.
    pub async fn repeat(&mut self, line: &Line) -> Option<()> {
        while let Some(key) = self.unanswered.last().cloned() {
            let sent = self.ledger().sent[&key].clone();
            self.send(line, sent, true).await?;
            self.unanswered.pop();
        }
        Some(())
    }

    async fn ask(&mut self, line: &Line) -> Option<()> {
        match self.dice.below(100) {
            0..25 => self.submit(line, "/v1/orders", requests::order).await,
            25..50 => {
                let (mut dice, number) = (self.dice.clone(), self.number);
                self.dice.roll();
                self.submit(line, "/v1/jobs", |key| requests::job(&mut dice, number, key)).await
            }
            50..56 => self.submit(line, "/v1/jobs", requests::lasting).await,
            56..60 => self.batch(line).await,
            60..68 => self.unique(line).await,
            68..80 => self.cancel(line).await,
            80..86 => self.retry(line).await,
            86..92 => self.delete(line).await,
            92..95 => self.bulk(line).await,
            _ => self.configure(line).await,
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().expect("nobody panicked")
    }

    fn next_key(&mut self, kind: &str) -> String {
        self.submitted += 1;
        format!("{kind}_{}_{}", self.number, self.submitted)
    }

    async fn submit(
        &mut self,
        line: &Line,
        path: &'static str,
        body: impl FnOnce(&str) -> Value,
    ) -> Option<()> {
        let key = self.next_key("sent");
        let sent = Sent { path, body: body(&key), key: key.clone(), answered: None };
        self.ledger().sent.insert(key.clone(), sent.clone());
        let done = self.send(line, sent, false).await;
        if done.is_none() {
            self.unanswered.push(key);
        }
        done
    }

    async fn send(&mut self, line: &Line, sent: Sent, again: bool) -> Option<()> {
        let answer = line.ask(Method::POST, sent.path, &sent.body, Some(&sent.key)).await;
        let Some(answer) = answer else {
            self.ledger().tally.lost += 1;
            return None;
        };
        assert!(answer.status.is_success(), "{sent:?}: {} {}", answer.status, answer.body);
        assert!(again || !answer.replayed, "{sent:?} was known: {}", answer.body);
        let (id, mut job) = acknowledged(&sent, &answer.body);
        // What was done before the line broke off may be over, and forgotten.
        if answer.replayed {
            job.deleting = Asked::Perhaps;
        }
        self.jobs.push(id.clone());
        let mut ledger = self.ledger();
        ledger.tally.acknowledged += 1;
        ledger.tally.found_done += usize::from(answer.replayed);
        ledger.jobs.insert(id, job);
        ledger.sent.get_mut(&sent.key).expect("it was sent").answered = Some(text(&answer.body["id"]));
        Some(())
    }

    async fn batch(&mut self, line: &Line) -> Option<()> {
        let tag = self.next_key("batch");
        let count = 2 + self.dice.below(20) as usize;
        let jobs = vec![requests::lasting(&tag); count];
        self.ledger().batches.insert(tag.clone(), Batch { count, acknowledged: false });
        let answer = line.ask(Method::POST, "/v1/jobs/batch", &json!({ "jobs": jobs }), None).await?;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
        let mut ledger = self.ledger();
        ledger.tally.acknowledged += 1;
        ledger.batches.get_mut(&tag).expect("it was sent").acknowledged = true;
        Some(())
    }

    async fn unique(&mut self, line: &Line) -> Option<()> {
        let body = requests::unique(&mut self.dice);
        let answer = line.ask(Method::POST, "/v1/jobs", &body, None).await?;
        assert!(answer.status.is_success(), "{}", answer.body);
        let mut ledger = self.ledger();
        ledger.tally.acknowledged += 1;
        ledger.tally.duplicates += usize::from(answer.body["duplicate"] == json!(true));
        // Others may replace what it says, or have it cancelled.
        let job = KnownJob { stopping: Asked::Perhaps, retrying: true, ..KnownJob::default() };
        ledger.jobs.entry(text(&answer.body["id"])).or_insert(job);
        Some(())
    }

    /// One of its own jobs that is there as far as it knows.
    fn pick(&mut self, fits: impl Fn(&KnownJob) -> bool) -> Option<String> {
        let place = self.dice.below(self.jobs.len().max(1) as u64) as usize;
        let id = self.jobs.get(place)?.clone();
        let ledger = self.ledger();
        let job = &ledger.jobs[&id];
        let fits = !job.gone && job.deleting == Asked::No && fits(job);
        fits.then_some(id)
    }

    async fn cancel(&mut self, line: &Line) -> Option<()> {
        let Some(id) = self.pick(|_| true) else { return Some(()) };
        self.ledger().job(&id).stopping = Asked::Perhaps;
        let answer = line.ask(Method::POST, &format!("/v1/jobs/{id}/cancel"), &json!({}), None).await?;
        if self.found(&id, &answer) {
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
            let mut ledger = self.ledger();
            let job = ledger.job(&id);
            job.stopping = Asked::Done;
            if let Some(at) = answer.body["finalized_at"].as_str() {
                job.ended = Some((text(&answer.body["state"]), at.to_owned()));
                // It may have run again since its order was looked at: that has the new end as well.
                if std::mem::take(&mut job.retrying)
                    && let Some(order) = job.order.clone()
                {
                    ledger.ended_orders.remove(&order);
                }
            }
        }
        Some(())
    }

    async fn retry(&mut self, line: &Line) -> Option<()> {
        let Some(id) = self.pick(|job| !job.lasting) else { return Some(()) };
        self.ledger().job(&id).retrying = true;
        let answer = line.ask(Method::POST, &format!("/v1/jobs/{id}/retry"), &json!({}), None).await?;
        if self.found(&id, &answer) {
            assert!([StatusCode::OK, StatusCode::CONFLICT].contains(&answer.status), "{}", answer.body);
        }
        Some(())
    }

    async fn delete(&mut self, line: &Line) -> Option<()> {
        let Some(id) = self.pick(|_| true) else { return Some(()) };
        self.ledger().job(&id).deleting = Asked::Perhaps;
        let answer = line.ask(Method::DELETE, &format!("/v1/jobs/{id}"), &Value::Null, None).await?;
        if self.found(&id, &answer) {
            let deleting = match answer.status {
                StatusCode::NO_CONTENT => Asked::Done,
                StatusCode::CONFLICT => Asked::No,
                status => panic!("{status} {}", answer.body),
            };
            let mut ledger = self.ledger();
            ledger.job(&id).deleting = deleting;
            ledger.tally.deleted += usize::from(deleting == Asked::Done);
        }
        Some(())
    }

    /// Whether a job of its own was there. One that was not must have been forgotten as it may.
    fn found(&self, id: &str, answer: &Answer) -> bool {
        let is_there = answer.status != StatusCode::NOT_FOUND;
        let mut ledger = self.ledger();
        let pruning = ledger.pruning;
        let job = ledger.job(id);
        if !is_there {
            let unasked = KnownJob { deleting: Asked::No, ..job.clone() };
            assert!(may_be_gone(&unasked, pruning), "{id} is gone: {job:?}");
            job.gone = true;
        }
        is_there
    }

    async fn bulk(&mut self, line: &Line) -> Option<()> {
        let tag = requests::bulk_tag(self.number);
        let action = self.dice.pick(&["cancel", "retry", "delete"]).expect("there are three");
        for job in self.ledger().tagged(&tag) {
            match action {
                "cancel" => job.stopping = job.stopping.max(Asked::Perhaps),
                "retry" => job.retrying = true,
                _ => job.deleting = job.deleting.max(Asked::Perhaps),
            }
        }
        let body = json!({ "action": action, "filter": { "tag": tag } });
        let answer = line.ask(Method::POST, "/v1/jobs/bulk", &body, None).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        Some(())
    }

    async fn configure(&mut self, line: &Line) -> Option<()> {
        let (name, settings) = (queue_of(self.number), requests::settings(&mut self.dice));
        self.ledger().queues.entry(name.clone()).or_default().perhaps.push(settings.clone());
        let answer = line.ask(Method::PUT, &format!("/v1/queues/{name}"), &settings, None).await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let mut ledger = self.ledger();
        let queue = ledger.queues.get_mut(&name).expect("it was asked for");
        (queue.settings, queue.perhaps) = (Some(settings), Vec::new());
        Some(())
    }
}

/// The job that an answer acknowledges.
fn acknowledged(sent: &Sent, answer: &Value) -> (String, KnownJob) {
    if sent.path == "/v1/orders" {
        let id = text(&answer["id"]);
        let (user, intent) = (&sent.body["user_id"], &sent.body["payment_intent_id"]);
        let input = json!({ "order_id": id, "user_id": user, "payment_intent_id": intent });
        let job = KnownJob { input, order: Some(id), ..KnownJob::default() };
        return (text(&answer["job_id"]), job);
    }
    let lasting = sent.body["delay"].is_string();
    let tags = sent.body["tags"].as_array().into_iter().flatten().map(text).collect();
    let job = KnownJob { input: sent.body["input"].clone(), lasting, tags, ..KnownJob::default() };
    (text(&answer["id"]), job)
}
