//! Facts that storage acknowledged, one to a line: a writer process prints them, and whoever opens
//! its directory after its death checks them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use taskbox::domain::{Digest, JobId, Json, OrderId, OrderStatus, Phase, Timestamp};
use taskbox::ports::{
    IdempotencyKey, JobStore, OrderFilter, OrderStore, PageRequest, PluginStore, Submission, Submitted,
};
use taskbox::storage::sled::SledStorage;

use crate::conformance::world::submission;

/// When the writers and the checks live.
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// How many idempotency keys one check tries.
const REPLAYS: usize = 20;

/// Something that must be true after the process is gone, or that may have begun to change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// The job is there, with so many bytes of input, under an idempotency key of its id.
    Submitted(JobId, usize),
    /// So is its order.
    Ordered(JobId, OrderId),
    /// It has a checkpoint with so many bytes.
    Checkpointed(JobId, usize),
    /// It is completed, with a receipt and so many bytes of output.
    Completed(JobId, usize),
    /// It is about to be deleted, so it may be gone.
    Deleting(JobId),
    /// It is gone.
    Deleted(JobId),
    /// The component of a plugin is there.
    Uploaded(Digest),
    /// A write was refused, and promised nothing.
    Refused,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Submitted(job, bytes) => write!(f, "submitted {job} {bytes}"),
            Fact::Ordered(job, order) => write!(f, "ordered {job} {order}"),
            Fact::Checkpointed(job, bytes) => write!(f, "checkpointed {job} {bytes}"),
            Fact::Completed(job, bytes) => write!(f, "completed {job} {bytes}"),
            Fact::Deleting(job) => write!(f, "deleting {job}"),
            Fact::Deleted(job) => write!(f, "deleted {job}"),
            Fact::Uploaded(digest) => write!(f, "uploaded {digest}"),
            Fact::Refused => write!(f, "refused"),
        }
    }
}

impl FromStr for Fact {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let wrong = |error: &dyn fmt::Display| format!("{line:?} is no fact: {error}");
        let kind = word();
        if kind == "refused" {
            return Ok(Fact::Refused);
        }
        if kind == "uploaded" {
            return word().parse().map(Fact::Uploaded).map_err(|error| wrong(&error));
        }
        let job: JobId = word().parse()?;
        let bytes = |text: &str| text.parse::<usize>().map_err(|error| wrong(&error));
        match kind {
            "submitted" => Ok(Fact::Submitted(job, bytes(word())?)),
            "ordered" => Ok(Fact::Ordered(job, word().parse()?)),
            "checkpointed" => Ok(Fact::Checkpointed(job, bytes(word())?)),
            "completed" => Ok(Fact::Completed(job, bytes(word())?)),
            "deleting" => Ok(Fact::Deleting(job)),
            "deleted" => Ok(Fact::Deleted(job)),
            other => Err(wrong(&other)),
        }
    }
}

/// The facts that a process printed; a last line cut short by its death is none.
pub fn facts_in(printed: &str) -> Vec<Fact> {
    let whole = printed.rsplit_once('\n').map_or("", |(whole, _)| whole);
    whole.lines().map(|line| line.parse().expect("the writer prints facts")).collect()
}

/// A job's input, as it follows from its id.
pub fn input(job: JobId, bytes: usize) -> Json {
    Json::parse(format!("\"{}\"", text(job, bytes))).expect("ids and quotes are JSON")
}

/// A job's output: a receipt with so much more.
pub fn output(job: JobId, bytes: usize) -> Json {
    let receipt = r#""price":"49.99","currency":"USD","third_party_order_id":"po_1""#;
    Json::parse(format!("{{{receipt},\"more\":\"{}\"}}", text(job, bytes))).expect("this is JSON")
}

fn text(job: JobId, bytes: usize) -> String {
    let name = job.to_string();
    name.chars().cycle().take(bytes).collect()
}

/// The name of a checkpoint; another attempt of the job saves others.
pub fn step(bytes: usize) -> String {
    format!("step-{bytes}")
}

/// The idempotency key under which a job was submitted.
pub fn key(job: JobId) -> IdempotencyKey {
    IdempotencyKey {
        scope: "writer".to_owned(),
        key: job.to_string(),
        fingerprint: Digest::of(job.as_bytes()),
        expires_at: NOW.plus(std::time::Duration::from_secs(86_400)),
    }
}

/// Opens what a process left and checks what it was promised.
///
/// # Panics
/// When a fact does not hold.
pub fn check(dir: &Path, facts: &[Fact]) {
    check_some(dir, facts, facts, usize::MAX);
}

/// The same, for some of the facts that a process was told and for the youngest orders: reading everything
/// after each of many rounds would take longer with every round.
///
/// # Panics
/// When one of them does not hold.
pub fn check_some(dir: &Path, facts: &[Fact], some: &[Fact], orders: usize) {
    let storage = SledStorage::open(dir, NOW).unwrap_or_else(|error| panic!("{error}"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime starts");
    runtime.block_on(check_in(&storage, facts, some, orders));
    drop(storage);
    let blobs = std::fs::read_dir(dir.join("blobs")).expect("sled has a directory of blobs");
    assert_eq!(blobs.count(), 0, "sled wrote files that it does not sync");
}

async fn check_in(storage: &SledStorage, facts: &[Fact], some: &[Fact], orders: usize) {
    let mut gone = BTreeMap::new();
    for fact in facts {
        match fact {
            Fact::Deleting(job) => drop(gone.insert(*job, false)),
            Fact::Deleted(job) => drop(gone.insert(*job, true)),
            _ => {}
        }
    }
    for fact in some {
        check_fact(storage, *fact, &gone).await;
    }
    let submitted = facts.iter().rev().filter_map(|fact| match fact {
        Fact::Submitted(job, bytes) => Some((*job, *bytes)),
        _ => None,
    });
    for (job, bytes) in submitted.take(REPLAYS) {
        let submission = Submission { idempotency: Some(key(job)), ..submission(Vec::new()) };
        let answer = storage.submit(submission).await.expect("the store can be written");
        assert!(
            matches!(&answer, Submitted::Replayed(first) if first.jobs[0].payload.input == input(job, bytes)),
            "the key of {job} is lost"
        );
    }
    let youngest = PageRequest { limit: orders, before: None };
    for order in storage.orders(OrderFilter::default(), youngest).await.expect("listed") {
        let details = storage.job(order.job_id).await.expect("read");
        let is_final = details.is_none_or(|details| details.job.state.phase.is_final());
        assert_eq!(order.is_loading(), !is_final, "{order:?}");
    }
}

async fn check_fact(storage: &SledStorage, fact: Fact, gone: &BTreeMap<JobId, bool>) {
    match fact {
        Fact::Deleted(job) => assert_eq!(storage.job(job).await.expect("read"), None),
        Fact::Uploaded(digest) => {
            let component = storage.component(digest).await.expect("read");
            assert_eq!(component.map(|bytes| Digest::of(&bytes)), Some(digest));
        }
        Fact::Deleting(_) | Fact::Refused => {}
        Fact::Ordered(job, order) => {
            let order = storage.order(order).await.expect("read");
            assert_eq!(order.map(|order| order.job_id), Some(job), "{fact}");
        }
        Fact::Submitted(job, _) | Fact::Checkpointed(job, _) | Fact::Completed(job, _) => {
            if !gone.contains_key(&job) {
                check_job(storage, job, fact).await;
            }
        }
    }
}

async fn check_job(storage: &SledStorage, job: JobId, fact: Fact) {
    let details = storage.job(job).await.expect("read").unwrap_or_else(|| panic!("lost: {fact}"));
    match fact {
        Fact::Submitted(_, bytes) => assert!(details.payload.input == input(job, bytes), "{fact}"),
        Fact::Completed(_, bytes) => {
            assert!(matches!(details.job.state.phase, Phase::Completed { .. }), "{fact}");
            assert!(details.output == Some(output(job, bytes)), "{fact}");
            if let Some(order) = details.job.spec.order {
                let order = storage.order(order).await.expect("read").expect("the order is there");
                assert!(matches!(order.status, OrderStatus::Completed(_)), "{fact}: {order:?}");
            }
        }
        Fact::Checkpointed(_, bytes) => {
            let checkpoints = storage.checkpoints(job).await.expect("read");
            assert!(checkpoints.get(&step(bytes)) == Some(&input(job, bytes)), "{fact}");
        }
        Fact::Ordered(..) | Fact::Deleting(_) | Fact::Deleted(_) | Fact::Uploaded(_) | Fact::Refused => {}
    }
}

/// Says a fact, whole and at once.
pub fn say(fact: Fact) {
    use std::io::Write;
    let line = format!("{fact}\n");
    // The reader is gone: so is the sense of going on.
    if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
        std::process::exit(0);
    }
}

/// Shared by the tasks of a writer.
pub type Store = Arc<SledStorage>;
