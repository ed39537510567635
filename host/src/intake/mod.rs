//! The one way to submit jobs, for jobs, orders and schedules: a request is checked against the tasks and keys of the
//! host, becomes a job with its webhook, is stored even if its caller disconnects, and is announced.

mod checks;
mod fitting;
mod schemas;
mod store;

use std::sync::Arc;

use crate::domain::{After, Caller, Job, JobIdentity, JobRequest, JobSpec, TaskHolds, Timestamp};
use crate::ports::{Events, Ids, NewJob, Registry, RequestKey, Share, Storage, Submission};

pub use checks::UnknownTask;
pub use fitting::{fitting_input, fitting_output};
pub use schemas::{input_violations, violations};

/// Submits jobs.
pub struct Intake {
    storage: Arc<dyn Storage>,
    registry: Arc<dyn Registry>,
    events: Arc<dyn Events>,
    ids: Arc<dyn Ids>,
}

/// The caller of a submission, and what came with the request.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The caller.
    pub caller: Caller,
    /// Makes the request repeatable.
    pub key: Option<RequestKey>,
    /// The memory of the request, held until the jobs are stored, even if the caller disconnects.
    pub memory: Option<Arc<Share>>,
}

impl Origin {
    /// A caller without an idempotency key.
    pub fn of(caller: Caller) -> Self {
        Self { caller, key: None, memory: None }
    }

    /// A submission of these jobs, of tasks that are not held back, with any number of new names.
    pub fn submission(&self, jobs: Vec<NewJob>, now: Timestamp) -> Submission {
        let idempotency = self.key.clone().map(|key| key.at(now));
        let (caller, held) = (self.caller.clone(), TaskHolds::default());
        Submission { jobs, idempotency, caller, held, names: None, now }
    }
}

impl Intake {
    /// The submission of jobs over these ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        registry: Arc<dyn Registry>,
        events: Arc<dyn Events>,
        ids: Arc<dyn Ids>,
    ) -> Arc<Self> {
        Arc::new(Self { storage, registry, events, ids })
    }

    /// The job of a request, with the defaults of its task, and with the job of its webhook if it has a callback URL. It
    /// waits for the jobs of `after`; the `after` of the request is not read, since it may name jobs by their place in a
    /// batch.
    pub fn draft(&self, request: JobRequest, after: Option<After>, identity: JobIdentity) -> NewJob {
        let (task, now) = (self.registry.task(&request.task), identity.created_at);
        let (spec, payload) = request.into_job(identity, task.as_ref());
        let webhook = spec.webhook(self.ids.job_id(now)).map(Box::new);
        NewJob { webhook, ..NewJob::new(Job::new(JobSpec { after, ..spec }), payload) }
    }
}
