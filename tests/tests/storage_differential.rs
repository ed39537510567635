//! The same random operations go into sled and into the model, and every answer is compared.
//!
//! `TASKBOX_DIFFERENTIAL_ROUNDS` sets the number of rounds; `TASKBOX_SEED=random` plays other ones, and a number repeats
//! one.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::num::NonZeroU32;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use taskbox::domain::transition::{self, Refusal, Renewal, Settlement};
use taskbox::domain::{
    After, AfterFailed, AfterWhen, Cadence, Caller, Digest, EventKey, EventName, EventUrl, Failure,
    FailureKind, FlowControl, GateChange, Holder, Jitter, JitterSeed, Job, JobGates, JobId, JobRequest,
    JobSpec, LeaseToken, Missed, OnConflict, OrderId, OrderStatusName, Outcome, Overlap, PluginName,
    Progress, QueueChange, QueueChoice, QueueName, Reach, Retention, RetentionRule, Retry, ScheduleName,
    ScheduleSpec, StateName, SubmissionStep, SubmittedBy, SubmittedStep, Submitter, TaskChange, TaskName,
    Timestamp, Unique, WaitRequest,
};
use taskbox::ports::{
    Action, ClaimRequest, EndedAttempt, Firing, IdempotencyKey, JobFilter, JobStore, NamePageRequest, NewJob,
    OrderFilter, OrderStore, PageRequest, Recipient, Storage, StorageError, StorageResult, Submission,
};
use taskbox::storage::sled::SledStorage;
use taskbox_tests::conformance::world::{Draft, NOW, World, after, json, receipt, submission};
use taskbox_tests::dice::{self, Dice};
use taskbox_tests::model::ModelStorage;

const ROUNDS: u64 = 12;
const STEPS: usize = 250;

#[test]
fn sled_and_the_model_give_the_same_answers() {
    let asked = std::env::var("TASKBOX_DIFFERENTIAL_ROUNDS").ok().and_then(|text| text.parse().ok());
    let rounds = if dice::asked_seed().is_some() { 1 } else { asked.unwrap_or(ROUNDS) };
    let first = dice::seed();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for seed in first..first + rounds {
        println!("TASKBOX_SEED={seed}");
        let dir = tempfile::tempdir().unwrap();
        runtime.block_on(Both::new(dir.path(), seed).play());
    }
}

/// Both stores, and what was learned of them.
struct Both<'dir> {
    dir: &'dir Path,
    sled: Option<SledStorage>,
    model: ModelStorage,
    /// Makes jobs and ids; its store is not asked.
    world: World,
    dice: Dice,
    now: Timestamp,
    jobs: Vec<JobId>,
    orders: Vec<OrderId>,
    leases: Vec<(JobId, LeaseToken)>,
}

/// Asks both stores the same and compares the answers.
macro_rules! both {
    ($self:ident, |$storage:ident| $ask:expr) => {{
        let from_sled = {
            let $storage: &dyn Storage = $self.sled();
            $ask.await
        };
        let from_model = {
            let $storage: &dyn Storage = &$self.model;
            $ask.await
        };
        same(&from_sled, &from_model);
        from_sled
    }};
}

/// Few keys, so that many jobs meet.
fn random_unique(dice: &mut Dice) -> Option<Unique> {
    dice.chance(40).then(|| Unique {
        key: ["k", "l"][dice.below(2) as usize].to_owned(),
        within: dice.chance(30).then(|| Duration::from_secs(dice.below(60) + 1)),
        states: StateName::ALL.into_iter().filter(|_| dice.chance(50)).collect(),
        on_conflict: OnConflict::ALL[dice.below(3) as usize],
    })
}

/// Few keys here too, and many jobs without any.
fn random_flow_control(dice: &mut Dice) -> FlowControl {
    let concurrency_key = dice.chance(40).then(|| ["c", "d"][dice.below(2) as usize].to_owned());
    FlowControl {
        strict_order: concurrency_key.is_some() && dice.chance(50),
        concurrency_key,
        fairness_key: dice.chance(50).then(|| ["f", "g", "h"][dice.below(3) as usize].to_owned()),
        fairness_weight: dice.below(3) as u16 + 1,
    }
}

fn random_submitter(dice: &mut Dice) -> Submitter {
    let names = ["s", "t"];
    if dice.chance(50) { Submitter::token(names[dice.below(2) as usize]) } else { Submitter::default() }
}

fn same(sled: &impl Debug, model: &impl Debug) {
    let (sled, model) = (format!("{sled:?}"), format!("{model:?}"));
    assert_eq!(sled, model, "sled answered the first, the model the second");
}

impl<'dir> Both<'dir> {
    fn new(dir: &'dir Path, seed: u64) -> Self {
        Self {
            dir,
            sled: Some(SledStorage::open(dir, NOW).unwrap()),
            model: ModelStorage::default(),
            world: World::new(std::sync::Arc::new(ModelStorage::default())),
            dice: Dice::new(seed),
            now: NOW,
            jobs: Vec::new(),
            orders: Vec::new(),
            leases: Vec::new(),
        }
    }

    fn sled(&self) -> &SledStorage {
        self.sled.as_ref().unwrap()
    }

    async fn play(mut self) {
        for _ in 0..STEPS {
            match self.dice.below(100) {
                0..25 => self.submit().await,
                25..45 => self.claim().await,
                45..65 => self.settle().await,
                65..68 => self.renew().await,
                68..70 => self.receive().await,
                70..75 => self.rescue().await,
                75..79 => self.act().await,
                79..80 => self.take_step().await,
                80..81 => self.act_on_many().await,
                81..82 => self.prune().await,
                82..86 => self.checkpoint().await,
                86..88 => self.list().await,
                88..89 => self.look_into_inbox().await,
                89..91 => self.configure_queue().await,
                91..92 => self.configure_task().await,
                92..94 => self.schedule().await,
                94..95 => self.expire().await,
                95..98 => self.move_clock(),
                _ => self.restart(),
            }
            // Both share the rules of the domain: what these promise is looked at apart.
            self.model.check_invariants();
        }
        self.restart();
        self.compare_everything().await;
    }

    /// Writes, removes or fires a schedule. What was found for an earlier state of it is fired too.
    async fn schedule(&mut self) {
        let name: ScheduleName = ["x", "y"][self.dice.below(2) as usize].parse().unwrap();
        let now = self.now;
        match self.dice.below(10) {
            0..3 => {
                let spec = self.random_schedule();
                both!(self, |storage| storage.put_schedule(name.clone(), spec.clone(), now)).unwrap();
            }
            3 => drop(both!(self, |storage| storage.remove_schedule(name.clone())).unwrap()),
            _ => {
                let known = both!(self, |storage| storage.schedule(name.clone())).unwrap();
                let Some(tick) = known.as_ref().and_then(|known| known.tick(self.dice.chance(30), now))
                else {
                    return;
                };
                let caller = self.random_caller();
                let alone = |new: NewJob| NewJob { order: None, ..new };
                let jobs: Vec<_> = tick.jobs.iter().map(|_| alone(self.random_job(&caller))).collect();
                self.jobs.extend(jobs.iter().map(|new| new.job.spec.id));
                let submission = Submission { caller, now, ..submission(jobs) };
                let firing = Firing { expected: known.unwrap(), tick, submission };
                for _ in 0..=self.dice.below(2) {
                    let _ = both!(self, |storage| storage.fire(firing.clone()));
                }
            }
        }
        both!(self, |storage| storage.schedules()).unwrap();
        let limit = self.dice.below(3) as usize;
        both!(self, |storage| storage.due_schedules(now, limit)).unwrap();
    }

    fn random_schedule(&mut self) -> ScheduleSpec {
        let dice = &mut self.dice;
        ScheduleSpec {
            cadence: Cadence::Every { period: Duration::from_secs(1 + dice.below(20)) },
            missed: dice.pick(&[Missed::Skip, Missed::Once, Missed::All]).unwrap(),
            overlap: dice.pick(&[Overlap::Allow, Overlap::Skip]).unwrap(),
            until: dice.chance(20).then(|| self.now.plus(Duration::from_secs(dice.below(60)))),
            job: JobRequest::new("mail".parse().unwrap(), json("{}")),
            submitter: Submitter::default(),
        }
    }

    async fn submit(&mut self) {
        let (count, caller) = (self.dice.below(4) + 1, self.random_caller());
        let mut jobs = Vec::new();
        for _ in 0..count {
            let mut new = self.random_job(&caller);
            new.job = Job::new(JobSpec { after: self.random_after(&jobs), ..new.job.spec });
            jobs.push(new);
        }
        let idempotency = self.dice.chance(40).then(|| self.random_key());
        for new in &mut jobs {
            new.webhook = new.job.spec.webhook(self.world.draft().id).map(Box::new);
        }
        let submission = Submission { idempotency, caller, now: self.now, ..submission(jobs.clone()) };
        if let Some(key) = &submission.idempotency {
            let _ = both!(self, |storage| storage.first_answer(key.clone(), self.now));
        }
        let _ = both!(self, |storage| storage.submit(submission.clone()));
        self.jobs.extend(jobs.iter().map(|new| new.job.spec.id));
        self.jobs
            .extend(jobs.iter().filter_map(|new| new.webhook.as_ref()).map(|webhook| webhook.job.spec.id));
        self.orders.extend(jobs.iter().filter_map(|new| new.job.spec.order));
    }

    /// Some reach only to what is their own.
    fn random_caller(&mut self) -> Caller {
        let submitter = self.dice.pick(&["shop", "mail"]).map(Submitter::token).unwrap_or_default();
        let reach = self.dice.pick(&[Reach::Own, Reach::Read, Reach::Operate, Reach::Operate]).unwrap();
        Caller::new(submitter, reach)
    }

    fn random_job(&mut self, caller: &Caller) -> NewJob {
        let with_order = self.dice.chance(50);
        let dice = &mut self.dice;
        let now = self.now;
        let change = |draft: &mut Draft| {
            draft.submitter = caller.submitter.clone();
            draft.priority = dice.below(3) as i8 - 1;
            draft.run_at = now.plus(Duration::from_secs(dice.below(3) * dice.below(20)));
            draft.max_attempts = dice.below(3) as u32 + 1;
            draft.options.expires_at = dice.chance(20).then(|| now.plus(Duration::from_secs(dice.below(30))));
            draft.queue = ["a", "b"][dice.below(2) as usize].parse().unwrap();
            draft.task = ["create-order", "mail"][dice.below(2) as usize].parse().unwrap();
            (draft.created_at, draft.options.unique) = (now, random_unique(dice));
            draft.options.flow = random_flow_control(dice);
            draft.submitter = random_submitter(dice);
            draft.options.callback_url = dice.chance(20).then(|| "https://shop.example".to_owned());
            draft.options.tags =
                ["x", "y"].into_iter().filter(|_| dice.chance(50)).map(str::to_owned).collect();
            draft.input =
                json(format!("\"{}\"", "i".repeat(dice.below(2) as usize * dice.below(20_000) as usize)));
        };
        if with_order { self.world.order_job("u", change) } else { self.world.job(change) }
    }

    /// Few parents, so that many jobs wait for the same; some of them are gone.
    fn random_after(&mut self, earlier: &[NewJob]) -> Option<After> {
        if !self.dice.chance(40) {
            return None;
        }
        let recent = self.jobs.iter().rev().take(8).copied();
        let known: Vec<JobId> = recent.chain(earlier.iter().map(|new| new.job.spec.id)).collect();
        let parents: BTreeSet<_> = (0..3).filter_map(|_| self.dice.pick(&known)).collect();
        let (when, on_failed) = (self.dice.below(2) as usize, self.dice.below(3) as usize);
        let (when, on_failed) = (AfterWhen::ALL[when], AfterFailed::ALL[on_failed]);
        (!parents.is_empty()).then(|| After { jobs: parents.into_iter().collect(), when, on_failed })
    }

    fn random_key(&mut self) -> IdempotencyKey {
        let key = self.world.key(&self.dice.below(20).to_string(), &self.dice.below(2).to_string());
        IdempotencyKey { expires_at: self.now.plus(Duration::from_secs(self.dice.below(60) + 1)), ..key }
    }

    async fn claim(&mut self) {
        let named = || ["a".parse().unwrap()].into();
        let queues = match self.dice.below(6) {
            0 => QueueChoice::Only(named()),
            1 => QueueChoice::Except(named()),
            _ => QueueChoice::All,
        };
        let request = self.world.claim_request(self.dice.below(6) as usize, self.now);
        let dice = &mut self.dice;
        let mut room = |name: &PluginName| dice.chance(30).then(|| (name.clone(), dice.below(4) as usize));
        let capacity = request.routes.values().filter_map(|code| room(code.grantee())).collect();
        let mut routes = (*request.routes).clone();
        routes.retain(|_, _| !self.dice.chance(15));
        let (queues, routes) = (Arc::new(queues), Arc::new(routes));
        let holder = if self.dice.chance(30) { Holder::Remote } else { Holder::Host };
        let request = ClaimRequest { queues, routes, capacity, holder, ..request };
        let claimed = both!(self, |storage| storage.claim(request.clone())).unwrap();
        if claimed.unfinished && self.dice.chance(50) {
            let now = self.now;
            let _ = both!(self, |storage| storage.follow_on(now));
        }
        self.leases.extend(claimed.jobs.iter().map(|full| (full.job.spec.id, request.token)));
    }

    async fn settle(&mut self) {
        let Some((id, token)) = self.dice.pick(&self.leases) else { return };
        let outcome = self.random_outcome();
        let progress = self.dice.chance(30).then(|| self.progress());
        let jitter = Jitter::from_random(self.dice.below(2_000) as u32);
        let settlement = Settlement { token, outcome, progress, jitter };
        let log = "printed ".repeat(self.dice.below(2) as usize * self.dice.below(2_000) as usize);
        let now = self.now;
        let ended = EndedAttempt { job: id, settlement: settlement.clone(), log };
        // The second one is stale, unless the first one is.
        let all = vec![ended; 1 + usize::from(self.dice.chance(20))];
        let answers = both!(self, |storage| storage.settle(all.clone(), now)).unwrap();
        if let Some(Err(StorageError::Refused(Refusal::StaleLease))) = answers.last() {
            let late = transition::late(1, &settlement.outcome, now);
            both!(self, |storage| storage.note_late(id, late.clone())).unwrap();
        }
        if self.dice.chance(80) {
            self.leases.retain(|(known, _)| *known != id);
        }
    }

    fn progress(&self) -> Progress {
        Progress { done: 1, total: 2, message: "half".to_owned(), at: self.now }
    }

    fn random_outcome(&mut self) -> Outcome {
        let failed = |retry| {
            let (kind, message) = (FailureKind::Failed, "no ".repeat(2_000));
            Outcome::Failed(Failure { kind, message, detail: None, retry })
        };
        match self.dice.below(11) {
            9.. => {
                let timeout = Duration::from_secs(self.dice.below(20));
                let steps = ["a", "b"].into_iter().filter(|_| self.dice.chance(40)).map(str::to_owned);
                let steps = steps.collect();
                Outcome::Waiting(WaitRequest { steps, ..WaitRequest::new(self.random_event(), timeout) })
            }
            0..3 => Outcome::Succeeded(receipt()),
            3 => Outcome::Succeeded(json("{}")),
            4 => failed(Retry::Backoff),
            5 => failed(Retry::After(Duration::from_secs(7))),
            6 => failed(Retry::Never),
            7 => Outcome::Snoozed(Duration::from_secs(3)),
            _ => [Outcome::Interrupted, Outcome::Cancelled][self.dice.below(2) as usize].clone(),
        }
    }

    /// Few events, so that many are known, awaited or missed.
    fn random_event(&mut self) -> EventName {
        ["a", "b", "c"][self.dice.below(3) as usize].parse().unwrap()
    }

    async fn receive(&mut self) {
        let Some(id) = self.dice.pick(&self.jobs) else { return };
        let (event, now, key) = (self.random_event(), self.now, EventKey { job: id, secret: [1; 16] });
        let by_key = self.dice.chance(30);
        let recipient = if by_key { Recipient::Key(key) } else { Recipient::Job(id, event.clone()) };
        let value = json(self.dice.below(2).to_string());
        let _ = both!(self, |storage| storage.receive(recipient.clone(), value.clone(), now));
        both!(self, |storage| storage.event(id, event.clone())).unwrap();
    }

    /// Jobs that submit jobs; few steps, so that many were taken before.
    async fn take_step(&mut self) {
        let Some((by, token)) = self.dice.pick(&self.leases) else { return };
        let name = ["a", "b", "c"][self.dice.below(3) as usize].to_owned();
        let step = SubmissionStep { by, token, name, fingerprint: Digest::of(&[self.dice.below(2) as u8]) };
        let caller = self.random_caller();
        let mut new = self.random_job(&caller);
        let submitted_by = Some(SubmittedBy { job: by, depth: 1 });
        new.job = Job::new(JobSpec { submitted_by, ..new.job.spec });
        let id = new.job.spec.id;
        let submission = Submission { now: self.now, caller, ..submission(vec![new]) };
        let taken = both!(self, |storage| storage.submit_step(step.clone(), submission.clone()));
        self.jobs.extend(taken.is_ok_and(|taken| taken.submitted.is_some()).then_some(id));
        both!(self, |storage| steps_by_name(storage, by)).unwrap();
    }

    async fn look_into_inbox(&mut self) {
        let Some((id, token)) = self.dice.pick(&self.leases) else { return };
        let (event, now) = (self.random_event(), self.now);
        if self.dice.chance(50) {
            let _ = both!(self, |storage| storage.time_out(id, token, event.clone(), now));
        } else {
            let key = EventKey { job: id, secret: [1; 16] };
            let url = EventUrl::new(event, key, Duration::from_secs(self.dice.below(60)), now);
            let _ = both!(self, |storage| storage.open_url(token, url.clone(), now));
        }
    }

    async fn renew(&mut self) {
        let expires_at = self.now.plus(Duration::from_secs(40));
        let progress = self.dice.chance(50).then(|| self.progress());
        let leases: Vec<_> = (0..3).filter_map(|_| self.dice.pick(&self.leases)).collect();
        let renewal = |token| Renewal { token, expires_at, progress: progress.clone() };
        let renewals: Vec<_> = leases.into_iter().map(|(id, token)| (id, renewal(token))).collect();
        let _ = both!(self, |storage| storage.renew(renewals.clone()));
    }

    async fn rescue(&mut self) {
        let (now, limit) = (self.now, self.dice.below(5) as usize);
        let seed = JitterSeed::from_random(self.dice.below(u64::MAX));
        let _ = both!(self, |storage| storage.rescue(now, seed, limit));
    }

    async fn expire(&mut self) {
        let (now, limit) = (self.now, self.dice.below(5) as usize);
        let _ = both!(self, |storage| storage.expire(now, limit));
    }

    async fn act(&mut self) {
        let Some(id) = self.dice.pick(&self.jobs) else { return };
        let action = [Action::Cancel, Action::Retry, Action::Delete][self.dice.below(3) as usize];
        let now = self.now;
        let _ = both!(self, |storage| storage.act(id, action, now));
    }

    async fn act_on_many(&mut self) {
        let ids: Vec<_> = (0..6).filter_map(|_| self.dice.pick(&self.jobs)).collect();
        let action = [Action::Cancel, Action::Retry, Action::Delete][self.dice.below(3) as usize];
        let (filter, now) = (self.random_filter(), self.now);
        let _ = both!(self, |storage| storage.act_on_many(ids.clone(), filter.clone(), action, now));
    }

    async fn prune(&mut self) {
        let (now, limit) = (self.now, self.dice.below(4) as usize);
        let mut keep = || RetentionRule {
            age: self.dice.chance(50).then(|| Duration::from_secs(self.dice.below(60))),
            count: self.dice.below(20),
        };
        let retention = Retention { completed: keep(), discarded: keep(), cancelled: keep() };
        let _ = both!(self, |storage| storage.count_final(retention.cutoffs(now)));
        let _ = both!(self, |storage| storage.prune(retention.cutoffs(now), now, limit));
        let _ = both!(self, |storage| storage.count_final(retention.cutoffs(now)));
    }

    async fn checkpoint(&mut self) {
        let Some((id, token)) = self.dice.pick(&self.leases) else { return };
        let name = ["paid", "booked"][self.dice.below(2) as usize].to_owned();
        let value = json(format!("\"{}\"", "c".repeat(self.dice.below(9_000) as usize)));
        let _ = both!(self, |storage| storage.save_checkpoint(id, token, name.clone(), value.clone()));
    }

    async fn list(&mut self) {
        let now = self.now;
        let filter = self.random_filter();
        let page = PageRequest { limit: self.dice.below(9) as usize, before: self.dice.pick(&self.jobs) };
        let _ = both!(self, |storage| storage.jobs(filter.clone(), page, now));
        let _ = both!(self, |storage| storage.job_ids(filter.clone(), page, now));
        let filter = OrderFilter {
            user_id: self.dice.chance(50).then(|| "u".to_owned()),
            status: self.dice.chance(50).then(|| OrderStatusName::ALL[self.dice.below(4) as usize]),
        };
        let page = PageRequest { limit: self.dice.below(9) as usize, before: self.dice.pick(&self.orders) };
        let _ = both!(self, |storage| storage.orders(filter.clone(), page));
        let page = NamePageRequest { limit: self.dice.below(3) as usize, after: self.random_name() };
        let _ = both!(self, |storage| storage.queues(page.clone(), now));
        let page = NamePageRequest { limit: self.dice.below(3) as usize, after: self.random_name() };
        let _ = both!(self, |storage| storage.tasks(page.clone()));
    }

    fn random_name<Name: FromStr<Err: Debug>>(&mut self) -> Option<Name> {
        self.dice.chance(50).then(|| ["a", "b", "create-order"][self.dice.below(3) as usize].parse().unwrap())
    }

    fn random_filter(&mut self) -> JobFilter {
        JobFilter {
            state: self.dice.chance(50).then(|| StateName::ALL[self.dice.below(7) as usize]),
            task: self.dice.chance(30).then(|| "mail".parse().unwrap()),
            queue: self.dice.chance(30).then(|| "a".parse().unwrap()),
            tag: self.dice.chance(30).then(|| "x".to_owned()),
        }
    }

    fn random_gate(&mut self) -> GateChange {
        let rate = ["1/1s", "3/20s", "2/1m"][self.dice.below(3) as usize].parse().unwrap();
        let concurrency = NonZeroU32::new(self.dice.below(3) as u32);
        GateChange {
            paused: self.dice.chance(50).then(|| self.dice.chance(20)),
            concurrency: self.dice.chance(50).then_some(concurrency),
            rate: self.dice.chance(50).then(|| self.dice.chance(50).then_some(rate)),
        }
    }

    async fn configure_queue(&mut self) {
        let name: QueueName = ["a", "b"][self.dice.below(2) as usize].parse().unwrap();
        let key_concurrency = NonZeroU32::new(self.dice.below(4) as u32);
        let key_concurrency = self.dice.chance(50).then_some(key_concurrency);
        let change = QueueChange { gate: self.random_gate(), key_concurrency };
        let now = self.now;
        let _ = both!(self, |storage| storage.configure_queue(name.clone(), change, now));
        let _ = both!(self, |storage| storage.queue(name.clone(), now));
    }

    async fn configure_task(&mut self) {
        let name: TaskName = ["create-order", "mail"][self.dice.below(2) as usize].parse().unwrap();
        let cancel_grace = self.dice.pick(&[None, Some(None), Some(Some(Duration::from_secs(5)))]).unwrap();
        let (change, now) = (TaskChange { gate: self.random_gate(), cancel_grace }, self.now);
        let _ = both!(self, |storage| storage.configure_task(name.clone(), change, now));
        let _ = both!(self, |storage| storage.task(name.clone()));
    }

    fn move_clock(&mut self) {
        let seconds = Duration::from_secs(self.dice.below(40));
        self.now = if self.dice.chance(25) { self.now.minus(seconds) } else { self.now.plus(seconds) };
    }

    fn restart(&mut self) {
        self.sled = None;
        self.sled = Some(SledStorage::open(self.dir, self.now).unwrap());
        self.model.restart(self.now);
    }

    async fn compare_everything(&self) {
        for id in self.jobs.iter().copied() {
            let _ = both!(self, |storage| storage.job(id));
            let _ = both!(self, |storage| storage.logs(id));
            let _ = both!(self, |storage| storage.checkpoints(id));
        }
        let _ = both!(self, |storage| storage.submitters(self.jobs.clone()));
        let _ = both!(self, |storage| gates(storage, self.jobs.clone()));
        for id in self.orders.iter().copied() {
            let _ = both!(self, |storage| storage.order(id));
        }
        for now in [NOW, self.now, after(1_000_000)] {
            let _ = both!(self, |storage| storage.queues(NamePageRequest { limit: 99, after: None }, now));
        }
        let _ = both!(self, |storage| storage.tasks(NamePageRequest { limit: 99, after: None }));
        let everything = PageRequest { limit: usize::MAX, before: None };
        for order in self.sled().orders(OrderFilter::default(), everything).await.unwrap() {
            let details = self.sled().job(order.job_id).await.unwrap();
            let is_final = details.is_none_or(|details| details.job.state.phase.is_final());
            assert_eq!(order.is_loading(), !is_final);
        }
    }
}

/// The gates before jobs, of each key whether a running job holds it: which one is the driver's choice.
async fn gates(storage: &dyn Storage, ids: Vec<JobId>) -> StorageResult<Vec<Option<(JobGates, bool)>>> {
    let gates = storage.gates(ids).await?.into_iter();
    let known = |gates: JobGates| (JobGates { key_holder: None, ..gates }, gates.key_holder.is_some());
    Ok(gates.map(|gates| gates.map(known)).collect())
}

/// The steps of a job in an order that does not depend on the driver.
async fn steps_by_name(storage: &dyn Storage, id: JobId) -> StorageResult<Vec<SubmittedStep>> {
    let mut steps = storage.steps(id).await?;
    steps.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(steps)
}
