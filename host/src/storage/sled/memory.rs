//! What storage keeps in memory, rebuilt from the rows at open.

use std::collections::HashMap;

use super::chunks::{self, Rows};
use super::codec::{self, ClaimRecord, ClaimedJob, Head, OrderMark, StateRecord};
use super::index::{Edit, Index};
use super::keys::{self, Key};
use super::running::Running;
use super::view::{Look, damaged_read};
use crate::domain::transition;
use crate::domain::{Holder, Job, JobId, Phase, Timestamp};
use crate::ports::{StorageError, StorageResult};

/// What storage keeps in memory.
#[derive(Default)]
pub struct Memory {
    /// Jobs by everything that they are looked for.
    pub index: Index,
    /// The jobs that run.
    pub running: Running,
}

impl Memory {
    /// Reads everything. Returns also the rows of claims of which no job runs any longer.
    pub fn read(rows: &sled::Tree) -> StorageResult<(Self, Vec<Key>)> {
        let mut memory = Self::default();
        memory.read_settings(rows)?;
        let claims = Claims::read(rows)?;
        claims.runs().for_each(|run| memory.running.saw(run));
        let mut states = States::new(rows);
        for row in rows.scan_prefix(keys::heads()) {
            let (key, row) = row.map_err(damaged_read)?;
            let id = job_of(&key)?;
            let job = || {
                let head = codec::decode_head(&whole(rows, &key, row)?)?;
                memory.read_job(&head, states.of(id)?, &claims)
            };
            job().or_else(|error| leave_out(id, error))?;
        }
        let mut ended = Vec::new();
        for run in claims.runs().filter(|run| memory.running.of_claim(*run) == 0) {
            let key = keys::claim(run);
            let row = rows.row(&key)?.unwrap_or_default();
            ended.extend(chunks::keys_of(&key, &row)?);
        }
        Ok((memory, ended))
    }

    fn read_settings(&mut self, rows: &sled::Tree) -> StorageResult<()> {
        for (_, order) in rows.records::<OrderMark>(&keys::lone_orders())? {
            self.index.apply(Edit::Order(order.id, Some(order.status)));
        }
        for schedule in rows.schedules()? {
            self.index.apply(Edit::Schedule(&schedule.name, schedule.state.next_at));
        }
        for (name, record) in rows.queues()? {
            self.index.apply(Edit::Queue(name, record));
        }
        for (name, record) in rows.tasks()? {
            self.index.apply(Edit::Task(name, record));
        }
        Ok(())
    }

    fn read_job(&mut self, head: &Head, stored: Option<StateRecord>, claims: &Claims) -> StorageResult<()> {
        let spec = &head.spec;
        let mut record = stored.unwrap_or_else(|| StateRecord::submitted(spec));
        if let Some((run, claim, claimed)) = claims.of(spec.id).filter(|(run, ..)| *run > record.run) {
            let job = Job { spec: spec.clone(), state: record.state };
            let started = transition::claim(&job, None, claim.grant(claimed), claim.at)
                .map_err(|refusal| damaged(&format!("a claim does not fit its job: {refusal}")))?;
            (record.state, record.run) = (started.state, run);
        }
        self.running.saw(record.run.max(record.strict_order.unwrap_or(0)));
        if let Some(order) = record.order {
            self.index.apply(Edit::Order(order.id, Some(order.status)));
        }
        self.index.apply(Edit::Job(spec, &record));
        self.running.follow(spec, &record);
        Ok(())
    }

    /// Ends the leases that hosts took before this process opened the directory: such a host held the directory too,
    /// so it is dead, and its jobs need not wait for their leases to run out. Those of remote workers go on.
    pub fn end_leases(&mut self, now: Timestamp) {
        for (spec, mut record) in self.running.all() {
            let Phase::Running { lease } = &mut record.state.phase else { continue };
            if lease.holder == Holder::Remote {
                continue;
            }
            lease.expires_at = now;
            // Progress comes with every heartbeat, and is not written by any.
            record.state.progress = None;
            self.index.apply(Edit::Job(&spec, &record));
            self.running.follow(&spec, &record);
        }
    }
}

/// One job that cannot be read keeps no other from running. The next start finds it again: by then an operator
/// may have looked.
fn leave_out(id: JobId, error: StorageError) -> StorageResult<()> {
    if !matches!(error, StorageError::Corrupt(_)) {
        return Err(error);
    }
    tracing::error!(job = %id, %error, "a job cannot be read, and is left out until the next start");
    Ok(())
}

/// The claims that are there, and which of them started a job last.
struct Claims {
    records: Vec<(u64, ClaimRecord)>,
    /// By job: the place of the record, and that of the job in it.
    latest: HashMap<JobId, (usize, usize)>,
}

impl Claims {
    fn read(rows: &sled::Tree) -> StorageResult<Self> {
        let mut claims = Self { records: Vec::new(), latest: HashMap::new() };
        for (key, record) in rows.records::<ClaimRecord>(&keys::claims())? {
            let run = keys::run_of(&key).ok_or_else(|| damaged("the key of a claim holds no number"))?;
            // Later claims come later, and take the place of earlier ones.
            let place = claims.records.len();
            let jobs = record.jobs.iter().enumerate().map(|(at, job)| (job.id, (place, at)));
            claims.latest.extend(jobs);
            claims.records.push((run, record));
        }
        Ok(claims)
    }

    fn runs(&self) -> impl Iterator<Item = u64> {
        self.records.iter().map(|(run, _)| *run)
    }

    fn of(&self, id: JobId) -> Option<(u64, &ClaimRecord, &ClaimedJob)> {
        let (place, at) = self.latest.get(&id)?;
        let (run, record) = &self.records[*place];
        Some((*run, record, &record.jobs[*at]))
    }
}

/// The states in the order of their jobs, read beside the heads.
struct States<'a> {
    rows: &'a sled::Tree,
    stored: sled::Iter,
    next: Option<(JobId, StorageResult<StateRecord>)>,
}

impl<'a> States<'a> {
    fn new(rows: &'a sled::Tree) -> Self {
        Self { rows, stored: rows.scan_prefix(keys::states()), next: None }
    }

    /// The state of a job that is behind all that were asked for before, if it has one.
    fn of(&mut self, id: JobId) -> StorageResult<Option<StateRecord>> {
        while self.next.as_ref().is_none_or(|(next, _)| *next < id) {
            let Some(row) = self.stored.next() else { return Ok(None) };
            let (key, row) = row.map_err(damaged_read)?;
            let record = whole(self.rows, &key, row).and_then(|row| codec::decode(&row));
            self.next = Some((job_of(&key)?, record));
        }
        self.next.take_if(|(next, _)| *next == id).map(|(_, record)| record).transpose()
    }
}

/// A value of which this is the first row.
fn whole(rows: &sled::Tree, key: &[u8], row: sled::IVec) -> StorageResult<sled::IVec> {
    // A chunked one: rare, and the way round is the general one.
    let value = if row.first() == Some(&chunks::HEAD) { chunks::read(rows, key)? } else { Some(row) };
    value.ok_or_else(|| damaged("a row is gone while it is read"))
}

fn job_of(key: &[u8]) -> StorageResult<JobId> {
    keys::trailing_job(key).ok_or_else(|| damaged("the key of a job holds no id"))
}

fn damaged(reason: &str) -> StorageError {
    StorageError::Corrupt(reason.to_owned())
}
