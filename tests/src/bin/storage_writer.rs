//! Writes to storage as fast as it can and prints every fact that storage acknowledged, until it is
//! killed, or has submitted as much as it was asked to.
//!
//! `storage_writer DIR small|large SEED COUNT`

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use taskbox::domain::transition::Settlement;
use taskbox::domain::{
    Digest, Failure, FailureKind, Holder, Jitter, Job, JobId, JobOptions, JobSpec, LeaseToken, Order,
    OrderStatus, Outcome, Payload, PluginVersion, Submitter, WorkerId,
};
use taskbox::ids::IdGenerator;
use taskbox::ports::{
    Action, ClaimRequest, EndedAttempt, Ids, JobStore, NewJob, NewVersion, PluginStore, StorageResult,
    Submission,
};
use taskbox::storage::sled::SledStorage;
use taskbox_tests::conformance::world::{routes, submission};
use taskbox_tests::dice::Dice;
use taskbox_tests::facts::{Fact, NOW, Store, input, key, output, say, step};
use tokio::task::JoinSet;

/// How many write at the same time, so that groups form.
const WRITERS: u64 = 8;
/// How long a refused writer waits.
const REFUSED_PAUSE: Duration = Duration::from_millis(20);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, dir, size, seed, count] = &arguments[..] else {
        return Err("usage: storage_writer DIR small|large SEED COUNT".into());
    };
    let (seed, count): (u64, u64) = (seed.parse()?, count.parse()?);
    let storage = Arc::new(SledStorage::open(Path::new(dir), NOW)?);
    let ids = Arc::new(IdGenerator::new());
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let writer = Writer {
            storage: Arc::clone(&storage),
            ids: Arc::clone(&ids),
            dice: Dice::new(seed.wrapping_mul(WRITERS).wrapping_add(number)),
            large: size == "large",
        };
        writers.spawn(writer.write(count / WRITERS));
    }
    while let Some(written) = writers.join_next().await {
        written?;
    }
    Ok(())
}

struct Writer {
    storage: Store,
    ids: Arc<IdGenerator>,
    dice: Dice,
    large: bool,
}

impl Writer {
    async fn write(mut self, count: u64) {
        for _ in 0..count {
            match self.one_round().await {
                Ok(()) => {}
                Err(error) if error.may_pass() => {
                    eprintln!("{error}");
                    say(Fact::Refused);
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    async fn one_round(&mut self) -> StorageResult<()> {
        if self.dice.chance(3) {
            self.upload().await?;
        }
        self.submit().await?;
        let token = self.ids.lease_token(NOW);
        let limit = self.dice.below(4) as usize;
        let request = ClaimRequest {
            limit,
            queues: Arc::default(),
            worker: WorkerId::new("writer"),
            holder: Holder::Host,
            token,
            lease_until: NOW.plus(Duration::from_secs(30)),
            routes: Arc::new(routes()),
            capacity: Default::default(),
            now: NOW,
        };
        for full in self.storage.claim(request).await?.jobs {
            self.work(full.job.spec.id, token).await?;
        }
        Ok(())
    }

    fn size(&mut self) -> usize {
        let end =
            if self.large { [1_000, 9_000, 200_000, 1_500_000][self.dice.below(4) as usize] } else { 600 };
        self.dice.below(end) as usize
    }

    async fn submit(&mut self) -> StorageResult<()> {
        let id = self.ids.job_id(NOW);
        let bytes = self.size();
        let order = self.dice.chance(50).then(|| Order {
            id: self.ids.order_id(NOW),
            user_id: "u".to_owned(),
            payment_intent_id: "pi".to_owned(),
            job_id: id,
            status: OrderStatus::Loading,
            submitter: Submitter::default(),
            created_at: NOW,
            updated_at: NOW,
        });
        let order_id = order.as_ref().map(|order| order.id);
        let spec = JobSpec {
            priority: self.dice.below(3) as i8,
            max_attempts: 2,
            order: order_id,
            options: JobOptions { tags: vec!["t".to_owned()], ..JobOptions::default() },
            ..JobSpec::new(id, "create-order".parse().expect("a task name"), NOW)
        };
        let payload = Payload { input: input(id, bytes), metadata: input(id, 5) };
        let jobs = vec![NewJob { order, ..NewJob::new(Job::new(spec), payload) }];
        let submission = Submission { idempotency: Some(key(id)), ..submission(jobs) };
        self.storage.submit(submission).await?;
        say(Fact::Submitted(id, bytes));
        order_id.into_iter().for_each(|order| say(Fact::Ordered(id, order)));
        Ok(())
    }

    async fn work(&mut self, id: JobId, token: LeaseToken) -> StorageResult<()> {
        if self.dice.chance(30) {
            let bytes = self.size();
            self.storage.save_checkpoint(id, token, step(bytes), input(id, bytes)).await?;
            say(Fact::Checkpointed(id, bytes));
        }
        let bytes = self.size();
        let outcome = match self.dice.below(10) {
            0 => Outcome::Failed(Failure::permanent(FailureKind::Failed, "no".repeat(4_000))),
            1 => Outcome::Interrupted,
            _ => Outcome::Succeeded(output(id, bytes)),
        };
        let succeeded = matches!(outcome, Outcome::Succeeded(_));
        let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
        let ended = EndedAttempt { job: id, settlement, log: "l".repeat(self.size()) };
        self.storage.settle(vec![ended], NOW).await?.into_iter().try_for_each(|answer| answer.map(drop))?;
        if succeeded {
            say(Fact::Completed(id, bytes));
            self.delete_perhaps(id).await?;
        }
        Ok(())
    }

    async fn delete_perhaps(&mut self, id: JobId) -> StorageResult<()> {
        if self.dice.chance(20) {
            say(Fact::Deleting(id));
            self.storage.act(id, Action::Delete, NOW).await?;
            say(Fact::Deleted(id));
        }
        Ok(())
    }

    async fn upload(&mut self) -> StorageResult<()> {
        let component = Bytes::from(self.dice.roll().to_string().repeat(self.size() + 1));
        let digest = Digest::of(&component);
        let version = PluginVersion {
            name: "plugin".parse().expect("a plugin name"),
            version: 0,
            digest,
            size_bytes: component.len() as u64,
            tasks: Vec::new(),
            imports: Vec::new(),
            uploaded_at: NOW,
        };
        self.storage.add_plugin(NewVersion { version, component, activate: false }).await?;
        say(Fact::Uploaded(digest));
        Ok(())
    }
}
