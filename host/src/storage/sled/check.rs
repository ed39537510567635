//! Checks a data directory that no host has open: every row is read, decoded, and held against those that it names.

use std::collections::BTreeMap;
use std::path::Path;

use sled::IVec;

use super::chunks::{self, Rows};
use super::codec::{
    self, AuditSpan, AwaitedRecord, CheckpointRecord, ClaimRecord, EventRecord, EventUrlRecord, GrantRecord,
    HeadRecord, HourRecord, IdempotencyRecord, LogRecord, OrderMark, OutputRecord, PluginRecord,
    PropagationRecord, QueueRecord, Record, RevisionRecord, ScheduleRecord, SecretRecord, SetAsideRecord,
    StateRecord, TaskRecord,
};
use super::dir::DataDir;
use super::disk::Disk;
use super::keys::{self, RowKind};
use super::memory::Memory;
use super::open::unpanicked;
use super::open_error::OpenError;
use super::view::{Look, damaged_read};
use crate::domain::transition::Dependency;
use crate::domain::{
    AccessToken, AttemptError, AuditEntry, JobId, Operation, Order, OrderId, Payload, Session, SubmittedStep,
};
use crate::ports::{StorageError, StorageResult};

/// The most faults that are described; all are counted.
const FAULTS_MAX: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Number of rows of each kind that there is.
    pub rows: BTreeMap<&'static str, u64>,
    /// Number of components.
    pub components: u64,
    /// Number of faults.
    pub fault_count: u64,
    /// The first faults, in words.
    pub faults: Vec<String>,
}

/// Checks a data directory. Fails if it cannot be opened. Blocks.
pub fn check(dir: &Path) -> Result<Checked, OpenError> {
    let held = DataDir::hold(dir)?;
    let disk = Disk::open(&held)?;
    held.finish()?;
    let mut checked = Checked::default();
    let walked = unpanicked(|| checked.walk(&disk));
    checked.note(walked.map_err(StorageError::Corrupt).flatten());
    let memory = unpanicked(|| Memory::read(disk.rows()).map(|_| ()));
    checked.note(memory.map_err(StorageError::Corrupt).flatten());
    Ok(checked)
}

impl Checked {
    fn walk(&mut self, disk: &Disk) -> StorageResult<()> {
        for row in disk.rows().iter() {
            let (key, row) = row.map_err(damaged_read)?;
            let found = check_row(disk.rows(), &key, &row);
            let what = keys::kind_of(&key).map_or("unknown", name);
            *self.rows.entry(what).or_default() += 1;
            self.note(found.map_err(|error| named(what, &key, error)));
        }
        for plugin in disk.rows().catalog()?.plugins() {
            for version in &plugin.versions {
                self.components += 1;
                self.note(disk.components().read(&version.digest).map(|_| ()));
            }
        }
        Ok(())
    }

    fn note(&mut self, found: StorageResult<()>) {
        let Err(fault) = found else { return };
        self.fault_count += 1;
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault.to_string());
        }
    }
}

/// A fault with the place where it is.
fn named(what: &str, key: &[u8], error: StorageError) -> StorageError {
    let is_of_job = !matches!(keys::kind_of(key), None | Some(RowKind::Chunk));
    let id = keys::leading_job(key).filter(|_| is_of_job).map(|id| format!(" {id}")).unwrap_or_default();
    let reason = match error {
        StorageError::Corrupt(reason) => reason,
        other => other.to_string(),
    };
    StorageError::Corrupt(format!("{what}{id}: {reason}"))
}

fn check_row(rows: &sled::Tree, key: &[u8], row: &IVec) -> StorageResult<()> {
    let kind = keys::kind_of(key).ok_or_else(|| damaged("no row has such a key"))?;
    match kind {
        RowKind::Head => check_head(rows, key),
        RowKind::Payload => of_job::<Payload>(rows, key),
        RowKind::State => check_state(rows, key),
        RowKind::Output => of_job::<OutputRecord>(rows, key),
        RowKind::Error => of_job::<AttemptError>(rows, key),
        RowKind::Log => of_job::<LogRecord>(rows, key),
        RowKind::Checkpoint => of_job::<CheckpointRecord>(rows, key),
        RowKind::Step => of_job::<SubmittedStep>(rows, key),
        RowKind::Awaited => of_job::<AwaitedRecord>(rows, key),
        RowKind::Event => of_job::<EventRecord>(rows, key),
        RowKind::EventUrl => of_job::<EventUrlRecord>(rows, key),
        RowKind::Tag | RowKind::Unique => has_job(rows, keys::trailing_job(key)),
        RowKind::Dependency => {
            decoded::<Dependency>(rows, key)?;
            has_job(rows, keys::leading_job(key))?;
            has_job(rows, keys::trailing_job(key))
        }
        RowKind::Propagation => of_job::<PropagationRecord>(rows, key),
        RowKind::Claim => decoded::<ClaimRecord>(rows, key).map(drop),
        RowKind::Order => decoded::<Order>(rows, key).map(drop),
        RowKind::LoneOrder => {
            let mark = decoded::<OrderMark>(rows, key)?;
            has_order(rows, mark.id)
        }
        RowKind::UserOrder => {
            let id = keys::trailing_order(key).ok_or_else(|| damaged("its key holds no id"))?;
            has_order(rows, id)
        }
        RowKind::Idempotency => decoded::<IdempotencyRecord>(rows, key).map(drop),
        RowKind::SetAside => decoded::<SetAsideRecord>(rows, key).map(drop),
        RowKind::Expiry => keys::expiring(key).map(drop).ok_or_else(|| damaged("its key says nothing")),
        RowKind::Plugin => decoded::<PluginRecord>(rows, key).map(drop),
        RowKind::Grant => decoded::<GrantRecord>(rows, key).map(drop),
        RowKind::Secret => decoded::<SecretRecord>(rows, key).map(drop),
        RowKind::Revision => decoded::<RevisionRecord>(rows, key).map(drop),
        RowKind::Schedule => decoded::<ScheduleRecord>(rows, key).map(drop),
        RowKind::Queue => decoded::<QueueRecord>(rows, key).map(drop),
        RowKind::Task => decoded::<TaskRecord>(rows, key).map(drop),
        RowKind::Hour => decoded::<HourRecord>(rows, key).map(drop),
        RowKind::Operation => decoded::<Operation>(rows, key).map(drop),
        RowKind::AuditSpan => decoded::<AuditSpan>(rows, key).map(drop),
        RowKind::AuditEntry => decoded::<AuditEntry>(rows, key).map(drop),
        RowKind::Token => decoded::<AccessToken>(rows, key).map(drop),
        RowKind::TokenRevision => decoded::<RevisionRecord>(rows, key).map(drop),
        RowKind::Session => decoded::<Session>(rows, key).map(drop),
        RowKind::Chunk => check_chunk(rows, key, row),
    }
}

fn check_head(rows: &sled::Tree, key: &[u8]) -> StorageResult<()> {
    let HeadRecord { head, payload } = decoded(rows, key)?;
    if keys::leading_job(key) != Some(head.spec.id) {
        return Err(damaged("it is of another job"));
    }
    match payload {
        Some(_) => Ok(()),
        None => rows.payload(head.spec.id).map(drop),
    }
}

fn check_state(rows: &sled::Tree, key: &[u8]) -> StorageResult<()> {
    of_job::<StateRecord>(rows, key)?;
    let order = decoded::<StateRecord>(rows, key)?.order;
    order.map_or(Ok(()), |mark| has_order(rows, mark.id))
}

/// A part of a large value: the value must be there, and have it.
fn check_chunk(rows: &sled::Tree, key: &[u8], row: &IVec) -> StorageResult<()> {
    let (of, ordinal) = keys::whole_of(key).ok_or_else(|| damaged("its key names no value"))?;
    let whole = rows.row(of)?.ok_or_else(|| damaged("it is a part of a value that is gone"))?;
    match chunks::has_part(&whole, ordinal) && row.len() <= chunks::CHUNK_BYTES_MAX {
        true => Ok(()),
        false => Err(damaged("it is no part of its value")),
    }
}

/// A row of a job that is there.
fn of_job<R: Record>(rows: &sled::Tree, key: &[u8]) -> StorageResult<()> {
    decoded::<R>(rows, key)?;
    has_job(rows, keys::leading_job(key))
}

fn decoded<R: Record>(rows: &sled::Tree, key: &[u8]) -> StorageResult<R> {
    let bytes = chunks::read(rows, key)?.ok_or_else(|| damaged("it is gone"))?;
    codec::decode(&bytes)
}

fn has_job(rows: &sled::Tree, id: Option<JobId>) -> StorageResult<()> {
    let id = id.ok_or_else(|| damaged("its key holds no id"))?;
    match rows.row(&keys::head(id))? {
        Some(_) => Ok(()),
        None => Err(damaged(&format!("there is no job {id}"))),
    }
}

fn has_order(rows: &sled::Tree, id: OrderId) -> StorageResult<()> {
    match rows.row(&keys::order(id))? {
        Some(_) => Ok(()),
        None => Err(damaged(&format!("there is no order {id}"))),
    }
}

fn damaged(reason: &str) -> StorageError {
    StorageError::Corrupt(reason.to_owned())
}

/// The name of rows of a kind.
fn name(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Head => "jobs",
        RowKind::Payload => "payloads",
        RowKind::State => "states",
        RowKind::Claim => "claims",
        RowKind::Output => "outputs",
        RowKind::Error => "errors",
        RowKind::Log => "logs",
        RowKind::Checkpoint => "checkpoints",
        RowKind::Step => "steps",
        RowKind::Awaited => "waits for submitted jobs",
        RowKind::Event => "events",
        RowKind::EventUrl => "event URLs",
        RowKind::Tag => "tags",
        RowKind::Unique => "unique keys",
        RowKind::Dependency => "dependencies",
        RowKind::Propagation => "propagations",
        RowKind::Order => "orders",
        RowKind::LoneOrder => "orders without a job",
        RowKind::UserOrder => "orders by user",
        RowKind::Idempotency => "idempotency keys",
        RowKind::SetAside => "first answers",
        RowKind::Expiry => "expiries",
        RowKind::Plugin => "plugins",
        RowKind::Grant => "grants",
        RowKind::Secret => "secrets",
        RowKind::Revision => "revision",
        RowKind::Schedule => "schedules",
        RowKind::Queue => "queue settings",
        RowKind::Task => "task settings",
        RowKind::Hour => "hours",
        RowKind::Operation => "operations",
        RowKind::AuditSpan => "spans of the audit log",
        RowKind::AuditEntry => "entries of the audit log",
        RowKind::Token => "tokens",
        RowKind::TokenRevision => "revisions of tokens",
        RowKind::Session => "sessions",
        RowKind::Chunk => "parts of large values",
    }
}
