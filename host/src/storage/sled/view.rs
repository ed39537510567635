//! Typed reading of rows, the same for a request at work and for a reader outside.

use std::collections::BTreeMap;

use sled::IVec;

use super::chunks::{self, Rows};
use super::codec::{
    self, AuditSpan, CheckpointRecord, EventRecord, GrantRecord, Head, HeadRecord, LogRecord, OutputRecord,
    PluginRecord, QueueRecord, Record, RevisionRecord, ScheduleRecord, SecretRecord, StateRecord, TaskRecord,
};
use super::keys::{self, Key};
use super::running::RunningJob;
use crate::domain::{
    AccessToken, AttemptError, Catalog, EventName, FullJob, Grant, InboxEvent, Job, JobDetails, JobId, Json,
    Order, OrderId, Payload, Plugin, PluginName, QueueName, Schedule, ScheduleName, Session, SubmittedStep,
    TaskName,
};
use crate::ports::{AttemptLog, SecretInfo, SecretValue, StorageError, StorageResult};

/// sled could not read.
pub fn damaged_read(error: sled::Error) -> StorageError {
    match error {
        sled::Error::Io(error) => StorageError::Unavailable(format!("reading failed: {error}")),
        error => StorageError::Corrupt(error.to_string()),
    }
}

/// Reads rows as what they mean.
pub trait Look: Rows + Sized {
    /// All keys under a prefix, in order.
    fn keys(&self, prefix: &[u8]) -> StorageResult<Vec<Key>>;

    /// The record of a key.
    fn record<R: Record>(&self, key: &[u8]) -> StorageResult<Option<R>> {
        chunks::read(self, key)?.map(|bytes| codec::decode(&bytes)).transpose()
    }

    /// All records under a prefix, with what their keys say behind it.
    fn records<R: Record>(&self, prefix: &Key) -> StorageResult<Vec<(Vec<u8>, R)>> {
        let mut records = Vec::new();
        for key in self.keys(prefix)? {
            if let Some(record) = self.record(&key)? {
                records.push((key[prefix.len()..].to_vec(), record));
            }
        }
        Ok(records)
    }

    /// A job that runs, as it is known in memory.
    fn running(&self, _id: JobId) -> Option<&RunningJob> {
        None
    }

    /// A job, its head, and where it stands.
    fn job(&self, id: JobId) -> StorageResult<Option<(Head, StateRecord)>> {
        let Some(head) = self.head(id)? else { return Ok(None) };
        let record = self.stored_state(id)?.unwrap_or_else(|| StateRecord::submitted(&head.spec));
        Ok(Some((head, record)))
    }

    /// The state of a job.
    fn state(&self, id: JobId) -> StorageResult<Option<StateRecord>> {
        match self.stored_state(id)? {
            Some(record) => Ok(Some(record)),
            None => Ok(self.head(id)?.map(|head| StateRecord::submitted(&head.spec))),
        }
    }

    /// The state of a job, if it is no longer as it was submitted.
    fn stored_state(&self, id: JobId) -> StorageResult<Option<StateRecord>> {
        match self.running(id) {
            Some(running) => Ok(Some(running.record.clone())),
            None => self.record(&keys::state(id)),
        }
    }

    /// The head of a job.
    fn head(&self, id: JobId) -> StorageResult<Option<Head>> {
        chunks::read(self, &keys::head(id))?.map(|bytes| codec::decode_head(&bytes)).transpose()
    }

    /// The head of a job and its payload, which a small one has in the same row.
    fn head_with_payload(&self, id: JobId) -> StorageResult<Option<(Head, Payload)>> {
        let Some(HeadRecord { head, payload }) = self.record(&keys::head(id))? else { return Ok(None) };
        let payload = payload.map_or_else(|| self.record(&keys::payload(id)), |inline| Ok(Some(inline)))?;
        let payload = payload.ok_or_else(|| StorageError::Corrupt(format!("job {id} has no payload")))?;
        Ok(Some((head, payload)))
    }

    /// The payload of a job.
    fn payload(&self, id: JobId) -> StorageResult<Payload> {
        let found = self.head_with_payload(id)?.map(|(_, payload)| payload);
        found.ok_or_else(|| StorageError::Corrupt(format!("job {id} has no payload")))
    }

    /// A job with its payload.
    fn full_job(&self, id: JobId) -> StorageResult<Option<FullJob>> {
        let Some((head, payload)) = self.head_with_payload(id)? else { return Ok(None) };
        let record = self.stored_state(id)?.unwrap_or_else(|| StateRecord::submitted(&head.spec));
        Ok(Some(FullJob { job: Job { spec: head.spec, state: record.state }, payload }))
    }

    /// An order.
    fn order(&self, id: OrderId) -> StorageResult<Option<Order>> {
        self.record(&keys::order(id))
    }

    /// The order of a job.
    fn order_of(&self, record: &StateRecord) -> StorageResult<Option<Order>> {
        record.order.map_or(Ok(None), |mark| self.order(mark.id))
    }

    /// A job with all that was written about it.
    fn details(&self, id: JobId) -> StorageResult<Option<JobDetails>> {
        let Some(FullJob { job, payload }) = self.full_job(id)? else { return Ok(None) };
        Ok(Some(JobDetails { job, payload, output: self.output(id)?, errors: self.errors(id)? }))
    }

    /// The result of a completed job.
    fn output(&self, id: JobId) -> StorageResult<Option<Json>> {
        if let Some(output) = self.stored_state(id)?.and_then(|record| record.output) {
            return Ok(Some(output));
        }
        let output: Option<OutputRecord> = self.record(&keys::output(id))?;
        Ok(output.map(|record| record.output))
    }

    /// The failed attempts of a job, oldest first.
    fn errors(&self, id: JobId) -> StorageResult<Vec<AttemptError>> {
        let errors: Vec<(_, AttemptError)> = self.records(&keys::errors(id))?;
        Ok(errors.into_iter().map(|(_, error)| error).collect())
    }

    /// The logs of a job.
    fn logs(&self, id: JobId) -> StorageResult<Vec<AttemptLog>> {
        let rows: Vec<(_, LogRecord)> = self.records(&keys::logs(id))?;
        let latest = self.stored_state(id)?.and_then(|record| record.log);
        let logs = rows.into_iter().map(|(_, log)| log).chain(latest);
        Ok(logs.map(|log| AttemptLog { attempt: log.attempt, text: log.text }).collect())
    }

    /// All checkpoints of a job.
    fn checkpoints(&self, id: JobId) -> StorageResult<BTreeMap<String, Json>> {
        let rows: Vec<(_, CheckpointRecord)> = self.records(&keys::checkpoints(id))?;
        Ok(rows.into_iter().map(|(_, checkpoint)| (checkpoint.name, checkpoint.value)).collect())
    }

    /// The steps in which a job submitted others.
    fn steps(&self, id: JobId) -> StorageResult<Vec<SubmittedStep>> {
        let rows: Vec<(_, SubmittedStep)> = self.records(&keys::steps(id))?;
        Ok(rows.into_iter().map(|(_, step)| step).collect())
    }

    /// What came of an event of a job.
    fn event(&self, id: JobId, event: &EventName) -> StorageResult<Option<InboxEvent>> {
        let record: Option<EventRecord> = self.record(&keys::event(id, event))?;
        Ok(record.map(|record| record.value.map_or(InboxEvent::TimedOut, InboxEvent::Value)))
    }

    /// All plugins.
    fn catalog(&self) -> StorageResult<Catalog> {
        let rows: Vec<(_, PluginRecord)> = self.records(&keys::plugins())?;
        let plugins = rows.into_iter().map(|(name, record)| {
            Ok(Plugin { name: named(&name)?, active: record.active, versions: record.versions })
        });
        Ok(Catalog::new(plugins.collect::<StorageResult<Vec<_>>>()?))
    }

    /// The number of changes of plugins, grants and secrets.
    fn revision(&self) -> StorageResult<u64> {
        let revision: Option<RevisionRecord> = self.record(&keys::revision())?;
        Ok(revision.unwrap_or_default().number)
    }

    /// The numbers of the audit log.
    fn audit_span(&self) -> StorageResult<AuditSpan> {
        Ok(self.record(&keys::audit_span())?.unwrap_or(AuditSpan { first: 1, last: 0 }))
    }

    /// All tokens, by id.
    fn access_tokens(&self) -> StorageResult<Vec<AccessToken>> {
        let rows: Vec<(_, AccessToken)> = self.records(&keys::tokens())?;
        Ok(rows.into_iter().map(|(_, token)| token).collect())
    }

    /// The number of changes of tokens.
    fn token_revision(&self) -> StorageResult<u64> {
        let revision: Option<RevisionRecord> = self.record(&keys::token_revision())?;
        Ok(revision.unwrap_or_default().number)
    }

    /// All sessions.
    fn sessions(&self) -> StorageResult<Vec<Session>> {
        let rows: Vec<(_, Session)> = self.records(&keys::sessions())?;
        Ok(rows.into_iter().map(|(_, session)| session).collect())
    }

    /// All grants.
    fn grants(&self) -> StorageResult<BTreeMap<PluginName, Grant>> {
        let rows: Vec<(_, GrantRecord)> = self.records(&keys::grants())?;
        rows.into_iter().map(|(name, record)| Ok((named(&name)?, record.0))).collect()
    }

    /// One schedule.
    fn schedule(&self, name: &ScheduleName) -> StorageResult<Option<Schedule>> {
        let record: Option<ScheduleRecord> = self.record(&keys::schedule(name))?;
        record.map(|record| record.named(name.clone())).transpose()
    }

    /// All schedules, by name.
    fn schedules(&self) -> StorageResult<Vec<Schedule>> {
        let rows: Vec<(_, ScheduleRecord)> = self.records(&keys::schedules())?;
        rows.into_iter().map(|(name, record)| record.named(named(&name)?)).collect()
    }

    /// Settings of queues.
    fn queues(&self) -> StorageResult<Vec<(QueueName, QueueRecord)>> {
        let rows: Vec<(_, QueueRecord)> = self.records(&keys::queues())?;
        rows.into_iter().map(|(name, record)| Ok((named(&name)?, record))).collect()
    }

    /// Settings of tasks.
    fn tasks(&self) -> StorageResult<Vec<(TaskName, TaskRecord)>> {
        let rows: Vec<(_, TaskRecord)> = self.records(&keys::tasks())?;
        rows.into_iter().map(|(name, record)| Ok((named(&name)?, record))).collect()
    }

    /// All secrets.
    fn secrets(&self) -> StorageResult<Vec<(SecretInfo, SecretValue)>> {
        let rows: Vec<(_, SecretRecord)> = self.records(&keys::secrets())?;
        let secret = |(name, record): (Vec<u8>, SecretRecord)| {
            let SecretRecord { created_at, updated_at, value } = record;
            let info = SecretInfo { name: named(&name)?, created_at, updated_at };
            Ok((info, SecretValue::new(value)))
        };
        rows.into_iter().map(secret).collect()
    }
}

/// A name that a key holds.
fn named<N: std::str::FromStr>(bytes: &[u8]) -> StorageResult<N> {
    let name = std::str::from_utf8(bytes).ok().and_then(|text| text.parse().ok());
    name.ok_or_else(|| StorageError::Corrupt("a key holds what is no name".to_owned()))
}

impl Rows for sled::Tree {
    fn row(&self, key: &[u8]) -> StorageResult<Option<IVec>> {
        self.get(key).map_err(damaged_read)
    }
}

impl Look for sled::Tree {
    fn keys(&self, prefix: &[u8]) -> StorageResult<Vec<Key>> {
        self.scan_prefix(prefix).keys().map(|key| key.map_err(damaged_read)).collect()
    }
}
