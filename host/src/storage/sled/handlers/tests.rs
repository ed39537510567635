//! Requests against a database of their own, where a test decides which of them share a group, and may
//! look at rows and damage them.

mod idempotency;

use tempfile::TempDir;

use super::super::database::Database;
use super::super::dir::DataDir;
use super::super::txn::Txn;
use crate::domain::{IdGenerator, Job, JobSpec, Json, QueueName, Timestamp};
use crate::ports::StorageResult;

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A database in a directory that ends with it.
struct Bench {
    database: Database,
    ids: IdGenerator,
    _dir: DataDir,
    _place: TempDir,
}

impl Bench {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let dir = DataDir::hold(place.path()).unwrap();
        let database = Database::open(&dir).unwrap();
        Self { database, ids: IdGenerator::new(), _dir: dir, _place: place }
    }

    fn job(&self) -> Job {
        Job::new(JobSpec {
            id: self.ids.next(NOW),
            task: "mail".parse().unwrap(),
            input: Json::parse("[1]").unwrap(),
            queue: QueueName::default(),
            priority: 0,
            run_at: NOW,
            max_attempts: 3,
            timeout: None,
            expires_at: None,
            tags: Vec::new(),
            metadata: Json::empty_object(),
            label: None,
            order: None,
            created_at: NOW,
            unique: None,
        })
    }

    /// Handles requests as one group.
    fn group<T>(&mut self, requests: Vec<impl FnOnce(&mut Txn<'_>) -> StorageResult<T>>) -> Vec<T> {
        let mut group = self.database.begin();
        let answers =
            requests.into_iter().map(|request| self.database.handle(&mut group, request).unwrap()).collect();
        assert!(self.database.commit(group).is_ok());
        answers
    }

    /// Handles one request.
    fn ask<T>(&mut self, request: impl FnOnce(&mut Txn<'_>) -> StorageResult<T>) -> T {
        self.group(vec![request]).remove(0)
    }
}
