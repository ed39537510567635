//! How fast the embedded storage is, beside the disk's own sync: durable submits a second with 1, 16
//! and 256 submitters, and whole lifecycles (submit, claim, settle).
//!
//! `cargo run --release -p taskbox-tests --bin storage_bench -- DIR`, on the disk to be measured.

use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use taskbox::domain::transition::Settlement;
use taskbox::domain::{
    Holder, Jitter, Job, JobId, JobSpec, Json, LeaseToken, Outcome, Payload, Timestamp, WorkerId,
};
use taskbox::ids::IdGenerator;
use taskbox::ports::{ClaimRequest, EndedAttempt, Ids, JobStore, NewJob, Submission};
use taskbox::storage::sled::SledStorage;
use taskbox_tests::conformance::world::{routes, submission};
use tokio::task::JoinSet;

type Failure = Box<dyn Error + Send + Sync>;

/// How long each count of submitters is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// How many lifecycles are measured.
const LIFECYCLES: usize = 100_000;
/// How many jobs one claim asks for.
const CLAIM: usize = 256;
/// How many syncs of the disk alone are measured.
const SYNCS: usize = 1_000;

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::default().plus(since)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let place = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let dir = tempfile::tempdir_in(place)?;
    println!("fdatasync of 4 KiB      {:>9.0} us (median)", sync_micros(dir.path())?);
    for submitters in [1, 16, 256] {
        let storage = Arc::new(SledStorage::open(&dir.path().join(format!("s{submitters}")), now())?);
        let rate = submits(&storage, submitters).await?;
        println!("submits, {submitters:>3} submitters {rate:>9.0} /s");
    }
    let storage = Arc::new(SledStorage::open(&dir.path().join("lifecycles"), now())?);
    println!("whole lifecycles        {:>9.0} /s", lifecycles(&storage).await?);
    drop(storage);
    let begun = Instant::now();
    drop(SledStorage::open(&dir.path().join("lifecycles"), now())?);
    println!("open with {LIFECYCLES} jobs   {:>9.0} ms", begun.elapsed().as_secs_f64() * 1e3);
    Ok(())
}

fn sync_micros(dir: &Path) -> Result<f64, Failure> {
    let mut file = File::create(dir.join("probe"))?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.write_all(&[1; 4096])?;
        let begun = Instant::now();
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[SYNCS / 2].as_secs_f64() * 1e6)
}

fn job(ids: &IdGenerator) -> Result<NewJob, Failure> {
    let now = now();
    let spec = JobSpec::new(ids.job_id(now), "create-order".parse()?, now);
    let input = Json::parse(format!(r#"{{"filler":"{}"}}"#, "x".repeat(400)))?;
    Ok(NewJob::new(Job::new(spec), Payload::new(input)))
}

async fn submit(storage: &SledStorage, ids: &IdGenerator) -> Result<(), Failure> {
    storage.submit(Submission { now: now(), ..submission(vec![job(ids)?]) }).await?;
    Ok(())
}

async fn submits(storage: &Arc<SledStorage>, submitters: usize) -> Result<f64, Failure> {
    let ids = Arc::new(IdGenerator::new());
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..submitters {
        let (storage, ids) = (Arc::clone(storage), Arc::clone(&ids));
        tasks.spawn(async move {
            let mut count = 0_u32;
            while begun.elapsed() < MEASURED {
                submit(&storage, &ids).await?;
                count += 1;
            }
            Ok::<_, Failure>(count)
        });
    }
    let mut total = 0.0;
    while let Some(count) = tasks.join_next().await {
        total += f64::from(count??);
    }
    Ok(total / begun.elapsed().as_secs_f64())
}

async fn lifecycles(storage: &Arc<SledStorage>) -> Result<f64, Failure> {
    let ids = Arc::new(IdGenerator::new());
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..CLAIM {
        let (storage, ids) = (Arc::clone(storage), Arc::clone(&ids));
        tasks.spawn(async move {
            for _ in 0..LIFECYCLES / CLAIM {
                submit(&storage, &ids).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    let mut left = LIFECYCLES / CLAIM * CLAIM;
    while left > 0 {
        let token = ids.lease_token(now());
        let claimed = storage.claim(claim(token)).await?;
        left -= claimed.jobs.len();
        for full in claimed.jobs {
            let storage = Arc::clone(storage);
            tasks.spawn(async move { settle(&storage, full.job.spec.id, token).await });
        }
        while let Some(done) = tasks.try_join_next() {
            done??;
        }
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(LIFECYCLES as f64 / begun.elapsed().as_secs_f64())
}

fn claim(token: LeaseToken) -> ClaimRequest {
    let now = now();
    ClaimRequest {
        limit: CLAIM,
        queues: Arc::default(),
        worker: WorkerId::new("bench"),
        holder: Holder::Host,
        token,
        lease_until: now.plus(Duration::from_secs(30)),
        routes: Arc::new(routes()),
        capacity: Default::default(),
        now,
    }
}

async fn settle(storage: &SledStorage, id: JobId, token: LeaseToken) -> Result<(), Failure> {
    let outcome = Outcome::Succeeded(Json::parse(r#"{"ok":true}"#)?);
    let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
    let ended = EndedAttempt { job: id, settlement, log: String::new() };
    let answers = storage.settle(vec![ended], now()).await?;
    Ok(answers.into_iter().try_for_each(|answer| answer.map(drop))?)
}
