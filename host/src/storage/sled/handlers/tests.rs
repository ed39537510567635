//! Requests against a database of their own, where a test decides which of them share a group, and may
//! look at rows and damage them.

mod damage;
mod idempotency;
mod inputs;
mod pipeline;

use std::collections::HashMap;
use std::sync::Arc;

use tempfile::TempDir;

use super::super::database::Database;
use super::super::dir::DataDir;
use super::super::txn::Txn;
use super::{claim, prepare, settle, submit};
use crate::domain::transition::Settlement;
use crate::domain::{
    Caller, Code, Digest, Holder, Jitter, JitterSeed, Job, JobId, JobSpec, Json, LeaseToken, Outcome,
    Payload, PluginRef, Submitter, Timestamp, WorkerId,
};
use crate::ids::IdGenerator;
use crate::ports::{ClaimRequest, Claimed, EndedAttempt, Ids, NewJob, Settled, StorageResult, Submission};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const LEASE_END: Timestamp = Timestamp::from_millis(1_800_000_030_000);
const SEED: JitterSeed = JitterSeed::from_random(7);
const TOKEN: LeaseToken = LeaseToken::from_bytes([3; 16]);

/// A database in a directory that ends with it.
struct Bench {
    database: Database,
    ids: IdGenerator,
    dir: DataDir,
    _place: TempDir,
}

/// A caller that may do everything, as on a host without tokens.
fn anyone() -> Caller {
    Caller::unrestricted(Submitter::default())
}

impl Bench {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let dir = DataDir::hold(place.path()).unwrap();
        let database = Database::open(&dir).unwrap();
        Self { database, ids: IdGenerator::new(), dir, _place: place }
    }

    /// The same database, opened by the next process.
    fn reopened(self) -> Self {
        let Self { database, ids, dir, _place: place } = self;
        drop(database);
        Self { database: Database::open(&dir).unwrap(), ids, dir, _place: place }
    }

    fn job(&self) -> NewJob {
        let spec = JobSpec::new(self.ids.job_id(NOW), "mail".parse().unwrap(), NOW);
        let spec = JobSpec { max_attempts: 3, ..spec };
        NewJob::new(Job::new(spec), Payload::new(Json::parse("[1]").unwrap()))
    }

    fn submission(jobs: Vec<NewJob>) -> Submission {
        Submission {
            jobs,
            idempotency: None,
            caller: anyone(),
            held: Default::default(),
            names: None,
            now: NOW,
        }
    }

    fn submit(&mut self) -> JobId {
        let new = self.job();
        let id = new.job.spec.id;
        self.ask(|txn| submit(txn, prepare(Self::submission(vec![new]))?));
        id
    }

    /// Claims all that is due.
    fn claim(&mut self) -> Claimed {
        self.claim_with(TOKEN)
    }

    /// Claims all that is due, under this token.
    fn claim_with(&mut self, token: LeaseToken) -> Claimed {
        let request = self.claim_request(token);
        self.ask(|txn| claim(txn, &request))
    }

    fn claim_request(&self, token: LeaseToken) -> ClaimRequest {
        let plugin = PluginRef { name: "p".parse().unwrap(), version: 1, digest: Digest::of(b"") };
        ClaimRequest {
            limit: 100,
            worker: WorkerId::new("w"),
            holder: Holder::Host,
            token,
            lease_until: LEASE_END,
            routes: Arc::new(HashMap::from([(self.job().job.spec.task, Code::Plugin(plugin))])),
            capacity: Default::default(),
            queues: Arc::default(),
            now: NOW,
        }
    }

    /// Settles an attempt of this lease.
    fn settle(
        &mut self,
        job: JobId,
        token: LeaseToken,
        outcome: Outcome,
        log: &str,
    ) -> StorageResult<Settled> {
        let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
        let ended = EndedAttempt { job, settlement, log: log.to_owned() };
        self.ask(|txn| settle(txn, vec![ended], NOW)).remove(0)
    }

    /// Handles requests as one group, and writes it.
    fn group<T>(&mut self, requests: Vec<impl FnOnce(&mut Txn<'_>) -> StorageResult<T>>) -> Vec<T> {
        let answers = requests.into_iter().map(|request| self.database.handle(request).unwrap()).collect();
        self.write();
        answers
    }

    /// Writes what was handled.
    fn write(&mut self) {
        let group = self.database.seal();
        assert!(self.database.disk().write(&group.writes).is_ok());
        self.database.arrived();
    }

    /// Handles one request.
    fn ask<T>(&mut self, request: impl FnOnce(&mut Txn<'_>) -> StorageResult<T>) -> T {
        self.group(vec![request]).remove(0)
    }
}
