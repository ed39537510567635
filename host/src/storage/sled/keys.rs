//! The keys of the one tree: a prefix byte that names the kind of row, then big-endian ids, so that
//! rows of a kind lie together and ids sort by creation.
//!
//! Never puts text of unbounded length into a key: names chosen by strangers enter as a digest, so
//! that no plugin and no submitter decides how large a page of the tree becomes. Prefixes and
//! layouts are on disk: none may change its meaning.

use sled::IVec;

use crate::domain::{
    Digest, EventName, JobId, OperationId, OrderId, Phase, PluginName, QueueName, ScheduleName, SecretName,
    StateName, TaskName, Timestamp, TokenId,
};

/// A key of the tree.
pub type Key = IVec;

const HEAD: u8 = b'j';
const PAYLOAD: u8 = b'd';
const STATE: u8 = b's';
const CLAIM: u8 = b'm';
const OUTPUT: u8 = b'r';
const ERROR: u8 = b'e';
const LOG: u8 = b'l';
const CHECKPOINT: u8 = b'k';
const STEP: u8 = b'S';
const AWAITED: u8 = b'A';
const EVENT: u8 = b'E';
const EVENT_URL: u8 = b'U';
const TAG: u8 = b't';
const UNIQUE: u8 = b'n';
const DEPENDENCY: u8 = b'a';
const PROPAGATION: u8 = b'w';
const ORDER: u8 = b'o';
const LONE_ORDER: u8 = b'y';
const USER_ORDER: u8 = b'u';
const IDEMPOTENCY: u8 = b'i';
const SET_ASIDE: u8 = b'b';
const EXPIRY: u8 = b'x';
const PLUGIN: u8 = b'p';
const GRANT: u8 = b'g';
const SECRET: u8 = b'z';
const REVISION: u8 = b'f';
const SCHEDULE: u8 = b'h';
const QUEUE: u8 = b'q';
const TASK: u8 = b'v';
const HOUR: u8 = b'H';
const OPERATION: u8 = b'B';
const AUDIT: u8 = b'L';
const TOKEN: u8 = b'T';
const TOKEN_REVISION: u8 = b'R';
const SESSION: u8 = b'C';
const CHUNK: u8 = b'c';

/// Bytes of a digest that enter a key: 128 bits, beyond any chance of meeting another.
const DIGEST_BYTES: usize = 16;

fn join(prefix: u8, parts: &[&[u8]]) -> Key {
    let mut key = Vec::with_capacity(1 + parts.iter().map(|part| part.len()).sum::<usize>());
    key.push(prefix);
    parts.iter().for_each(|part| key.extend_from_slice(part));
    key.into()
}

/// A text of any length as a part of a key.
pub fn short(text: &str) -> [u8; DIGEST_BYTES] {
    let mut bytes = [0; DIGEST_BYTES];
    bytes.copy_from_slice(&Digest::of(text.as_bytes()).as_bytes()[..DIGEST_BYTES]);
    bytes
}

/// A key that is a job's id behind a prefix, made without allocating: every job has a handful.
fn of_job(prefix: u8, id: JobId) -> Key {
    let mut key = [prefix; 17];
    key[1..].copy_from_slice(id.as_bytes());
    Key::from(&key)
}

/// The head of a job: what was submitted.
pub fn head(id: JobId) -> Key {
    of_job(HEAD, id)
}

/// The payload of a job, if it is too large for its head.
pub fn payload(id: JobId) -> Key {
    of_job(PAYLOAD, id)
}

/// The state of a job.
pub fn state(id: JobId) -> Key {
    of_job(STATE, id)
}

/// All [`state`] rows.
pub fn states() -> Key {
    join(STATE, &[])
}

/// The job of a [`state`] row, or of any row whose key ends with a job's id.
pub fn trailing_job(key: &[u8]) -> Option<JobId> {
    trailing(key).map(JobId::from_bytes)
}

/// The order of a row whose key ends with an order's id.
pub fn trailing_order(key: &[u8]) -> Option<OrderId> {
    trailing(key).map(OrderId::from_bytes)
}

fn trailing(key: &[u8]) -> Option<[u8; 16]> {
    key.last_chunk().copied()
}

/// One claim.
pub fn claim(run: u64) -> Key {
    join(CLAIM, &[&run.to_be_bytes()])
}

/// All [`claim`] rows.
pub fn claims() -> Key {
    join(CLAIM, &[])
}

/// The number of a [`claim`] row.
pub fn run_of(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

/// All [`head`] rows.
pub fn heads() -> Key {
    join(HEAD, &[])
}

/// The job's result.
pub fn output(id: JobId) -> Key {
    of_job(OUTPUT, id)
}

/// One failed attempt, by its place in the job's history.
pub fn error(id: JobId, ordinal: u32) -> Key {
    join(ERROR, &[id.as_bytes(), &ordinal.to_be_bytes()])
}

/// All [`error`] rows of a job.
pub fn errors(id: JobId) -> Key {
    join(ERROR, &[id.as_bytes()])
}

/// The log of one attempt, by its ordinal in the job's history.
pub fn log(id: JobId, ordinal: u32) -> Key {
    join(LOG, &[id.as_bytes(), &ordinal.to_be_bytes()])
}

/// All [`log`] rows of a job.
pub fn logs(id: JobId) -> Key {
    join(LOG, &[id.as_bytes()])
}

/// One checkpoint of a job.
pub fn checkpoint(id: JobId, name: &str) -> Key {
    join(CHECKPOINT, &[id.as_bytes(), &short(name)])
}

/// All [`checkpoint`] rows of a job.
pub fn checkpoints(id: JobId) -> Key {
    join(CHECKPOINT, &[id.as_bytes()])
}

/// One step of a job.
pub fn step(id: JobId, name: &str) -> Key {
    join(STEP, &[id.as_bytes(), &short(name)])
}

/// All [`step`] rows of a job.
pub fn steps(id: JobId) -> Key {
    of_job(STEP, id)
}

/// The jobs that a job submitted and waits for.
pub fn awaited(id: JobId) -> Key {
    of_job(AWAITED, id)
}

/// One event of a job.
pub fn event(id: JobId, event: &EventName) -> Key {
    join(EVENT, &[id.as_bytes(), event.as_str().as_bytes()])
}

/// All [`event`] rows of a job.
pub fn events(id: JobId) -> Key {
    of_job(EVENT, id)
}

/// The one-time URL of one event of a job.
pub fn event_url(id: JobId, event: &EventName) -> Key {
    join(EVENT_URL, &[id.as_bytes(), event.as_str().as_bytes()])
}

/// All [`event_url`] rows of a job.
pub fn event_urls(id: JobId) -> Key {
    of_job(EVENT_URL, id)
}

/// A mark that a job has a tag.
pub fn tag(tag: &str, id: JobId) -> Key {
    join(TAG, &[&short(tag), id.as_bytes()])
}

/// The stage of a job with a unique key, in its row: a claim does not change it. The numbers are
/// on disk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Stage {
    /// Not final.
    Open = 0,
    /// Succeeded.
    Completed = 1,
    /// Failed for good.
    Discarded = 2,
    /// Stopped by a person.
    Cancelled = 3,
}

impl Stage {
    /// The stage of a phase.
    pub fn of(phase: &Phase) -> Self {
        match phase {
            Phase::Pending { .. } | Phase::Running { .. } => Stage::Open,
            Phase::Completed { .. } => Stage::Completed,
            Phase::Discarded { .. } => Stage::Discarded,
            Phase::Cancelled { .. } => Stage::Cancelled,
        }
    }

    /// The stage of all jobs in this state.
    pub fn of_state(state: StateName) -> Self {
        match state {
            StateName::Scheduled | StateName::Available | StateName::Retryable | StateName::Running => {
                Stage::Open
            }
            StateName::Completed => Stage::Completed,
            StateName::Discarded => Stage::Discarded,
            StateName::Cancelled => Stage::Cancelled,
        }
    }
}

/// A mark that a job has a unique key, and of its stage.
pub fn unique(task: &TaskName, key: &str, stage: Stage, id: JobId) -> Key {
    join(UNIQUE, &[&short(task.as_str()), &short(key), &[stage as u8], id.as_bytes()])
}

/// All [`unique`] rows of a task and key at a stage.
pub fn uniques(task: &TaskName, key: &str, stage: Stage) -> Key {
    join(UNIQUE, &[&short(task.as_str()), &short(key), &[stage as u8]])
}

/// A dependency of a job on one that it waits for.
pub fn dependency(parent: JobId, child: JobId) -> Key {
    join(DEPENDENCY, &[parent.as_bytes(), child.as_bytes()])
}

/// All [`dependency`] rows of a parent.
pub fn dependencies(parent: JobId) -> Key {
    join(DEPENDENCY, &[parent.as_bytes()])
}

/// Not all children of a parent have been notified of its state.
pub fn propagation(parent: JobId) -> Key {
    join(PROPAGATION, &[parent.as_bytes()])
}

/// All [`propagation`] rows.
pub fn propagations() -> Key {
    join(PROPAGATION, &[])
}

/// An order.
pub fn order(id: OrderId) -> Key {
    join(ORDER, &[id.as_bytes()])
}

/// The mark of an order whose job is forgotten.
pub fn lone_order(id: OrderId) -> Key {
    join(LONE_ORDER, &[id.as_bytes()])
}

/// All [`lone_order`] rows.
pub fn lone_orders() -> Key {
    join(LONE_ORDER, &[])
}

/// A mark that an order is a user's.
pub fn user_order(user: &str, id: OrderId) -> Key {
    join(USER_ORDER, &[&short(user), id.as_bytes()])
}

/// The first answer of an idempotency key. The parts are hashed one by one, so that no two pairs meet.
pub fn idempotency(scope: &str, key: &str) -> Key {
    join(IDEMPOTENCY, &[&short(scope), &short(key)])
}

/// The input and the results that a job had at a version, while an [`idempotency`] row may ask for them.
pub fn set_aside(id: JobId, version: u32) -> Key {
    join(SET_ASIDE, &[id.as_bytes(), &version.to_be_bytes()])
}

/// A row that expires.
pub enum Expiring {
    /// An [`idempotency`] row.
    Key(Key),
    /// A [`set_aside`] row.
    SetAside(Key),
}

/// A mark of the expiry of an [`idempotency`] row.
pub fn idempotency_expiry(at: Timestamp, record: &Key) -> Key {
    join(EXPIRY, &[&at.as_millis().to_be_bytes(), &[IDEMPOTENCY], &record[1..]])
}

/// A mark of the expiry of a [`set_aside`] row.
pub fn set_aside_expiry(at: Timestamp, id: JobId, version: u32) -> Key {
    join(EXPIRY, &[&at.as_millis().to_be_bytes(), &[SET_ASIDE], id.as_bytes(), &version.to_be_bytes()])
}

/// All rows that say when another one expires, the first to expire first.
pub fn expiries() -> Key {
    join(EXPIRY, &[])
}

/// When a row expires, by one of the [`expiries`], and which.
pub fn expiring(key: &[u8]) -> Option<(Timestamp, Expiring)> {
    let (at, row) = key.get(1..)?.split_first_chunk()?;
    let expiring = match *row.first()? {
        IDEMPOTENCY => Expiring::Key(row.into()),
        SET_ASIDE => Expiring::SetAside(row.into()),
        _ => return None,
    };
    Some((Timestamp::from_millis(u64::from_be_bytes(*at)), expiring))
}

/// A plugin with all its versions.
pub fn plugin(name: &PluginName) -> Key {
    join(PLUGIN, &[name.as_str().as_bytes()])
}

/// All [`plugin`] rows.
pub fn plugins() -> Key {
    join(PLUGIN, &[])
}

/// A plugin's grant.
pub fn grant(name: &PluginName) -> Key {
    join(GRANT, &[name.as_str().as_bytes()])
}

/// All [`grant`] rows.
pub fn grants() -> Key {
    join(GRANT, &[])
}

/// A secret.
pub fn secret(name: &SecretName) -> Key {
    join(SECRET, &[name.as_str().as_bytes()])
}

/// All [`secret`] rows.
pub fn secrets() -> Key {
    join(SECRET, &[])
}

/// The revision of plugins, grants and secrets.
pub fn revision() -> Key {
    join(REVISION, &[])
}

/// A schedule.
pub fn schedule(name: &ScheduleName) -> Key {
    join(SCHEDULE, &[name.as_str().as_bytes()])
}

/// All [`schedule`] rows.
pub fn schedules() -> Key {
    join(SCHEDULE, &[])
}

/// A queue's settings.
pub fn queue(name: &QueueName) -> Key {
    join(QUEUE, &[name.as_str().as_bytes()])
}

/// All [`queue`] rows.
pub fn queues() -> Key {
    join(QUEUE, &[])
}

/// A task's settings.
pub fn task(name: &TaskName) -> Key {
    join(TASK, &[name.as_str().as_bytes()])
}

/// All [`task`] rows.
pub fn tasks() -> Key {
    join(TASK, &[])
}

/// An operation.
pub fn operation(id: OperationId) -> Key {
    join(OPERATION, &[id.as_bytes()])
}

/// All [`operation`] rows.
pub fn operations() -> Key {
    join(OPERATION, &[])
}

/// The attempts that ended within an hour, by its number since the epoch.
pub fn hour(hour: u64) -> Key {
    join(HOUR, &[&hour.to_be_bytes()])
}

/// All [`hour`] rows.
pub fn hours() -> Key {
    join(HOUR, &[])
}

/// The number of an [`hour`] row.
pub fn hour_of(key: &[u8]) -> Option<u64> {
    key.last_chunk().copied().map(u64::from_be_bytes)
}

/// One entry of the audit log.
pub fn audit(number: u64) -> Key {
    join(AUDIT, &[&number.to_be_bytes()])
}

/// The first and the last number of the audit log.
pub fn audit_span() -> Key {
    join(AUDIT, &[])
}

/// A token.
pub fn token(id: &TokenId) -> Key {
    join(TOKEN, &[id.as_bytes()])
}

/// All [`token`] rows.
pub fn tokens() -> Key {
    join(TOKEN, &[])
}

/// The revision of tokens.
pub fn token_revision() -> Key {
    join(TOKEN_REVISION, &[])
}

/// A session, by the digest of its cookie.
pub fn session(digest: &Digest) -> Key {
    join(SESSION, &[digest.as_bytes()])
}

/// All [`session`] rows.
pub fn sessions() -> Key {
    join(SESSION, &[])
}

/// A part of a large value.
pub fn chunk(of: &[u8], ordinal: u32) -> Key {
    join(CHUNK, &[of, &ordinal.to_be_bytes()])
}

/// Whether a row, or a part of a large one, is of a secret.
pub fn is_of_secret(key: &[u8]) -> bool {
    matches!(key, [SECRET, ..] | [CHUNK, SECRET, ..])
}

/// The kinds of rows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs, reason = "each is documented at the function that makes its keys")]
pub enum RowKind {
    Head,
    Payload,
    State,
    Claim,
    Output,
    Error,
    Log,
    Checkpoint,
    Step,
    Awaited,
    Event,
    EventUrl,
    Tag,
    Unique,
    Dependency,
    Propagation,
    Order,
    LoneOrder,
    UserOrder,
    Idempotency,
    SetAside,
    Expiry,
    Plugin,
    Grant,
    Secret,
    Revision,
    Schedule,
    Queue,
    Task,
    Hour,
    Operation,
    AuditSpan,
    AuditEntry,
    Token,
    TokenRevision,
    Session,
    Chunk,
}

/// The kind of the row under a key; none of a key that no function here makes.
pub fn kind_of(key: &[u8]) -> Option<RowKind> {
    Some(match *key.first()? {
        HEAD => RowKind::Head,
        PAYLOAD => RowKind::Payload,
        STATE => RowKind::State,
        CLAIM => RowKind::Claim,
        OUTPUT => RowKind::Output,
        ERROR => RowKind::Error,
        LOG => RowKind::Log,
        CHECKPOINT => RowKind::Checkpoint,
        STEP => RowKind::Step,
        AWAITED => RowKind::Awaited,
        EVENT => RowKind::Event,
        EVENT_URL => RowKind::EventUrl,
        TAG => RowKind::Tag,
        UNIQUE => RowKind::Unique,
        DEPENDENCY => RowKind::Dependency,
        PROPAGATION => RowKind::Propagation,
        ORDER => RowKind::Order,
        LONE_ORDER => RowKind::LoneOrder,
        USER_ORDER => RowKind::UserOrder,
        IDEMPOTENCY => RowKind::Idempotency,
        SET_ASIDE => RowKind::SetAside,
        EXPIRY => RowKind::Expiry,
        PLUGIN => RowKind::Plugin,
        GRANT => RowKind::Grant,
        SECRET => RowKind::Secret,
        REVISION => RowKind::Revision,
        SCHEDULE => RowKind::Schedule,
        QUEUE => RowKind::Queue,
        TASK => RowKind::Task,
        HOUR => RowKind::Hour,
        OPERATION => RowKind::Operation,
        AUDIT if key.len() == 1 => RowKind::AuditSpan,
        AUDIT => RowKind::AuditEntry,
        TOKEN => RowKind::Token,
        TOKEN_REVISION => RowKind::TokenRevision,
        SESSION => RowKind::Session,
        CHUNK => RowKind::Chunk,
        _ => return None,
    })
}

/// The job that a row of these kinds begins with behind its prefix.
pub fn leading_job(key: &[u8]) -> Option<JobId> {
    key.get(1..)?.first_chunk().copied().map(JobId::from_bytes)
}

/// The key of the value of which this [`chunk`] is a part, and its ordinal.
pub fn whole_of(chunk: &[u8]) -> Option<(&[u8], u32)> {
    let (key, ordinal) = chunk.get(1..)?.split_last_chunk()?;
    Some((key, u32::from_be_bytes(*ordinal)))
}
