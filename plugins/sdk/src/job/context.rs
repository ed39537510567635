//! Facts about the job.

use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use crate::{Job, Json, OrFail, TaskError};

/// The facts of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) job_id: String,
    pub(crate) task: String,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) idempotency_key: String,
    pub(crate) deadline: SystemTime,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Json,
    pub(crate) traceparent: Option<String>,
}

/// # Identity
impl Job {
    /// The id of the job.
    pub fn id(&self) -> &str {
        &self.context.job_id
    }

    /// The name of the task that it runs.
    pub fn task(&self) -> &str {
        &self.context.task
    }

    /// The number of this attempt: 1 for the first.
    pub fn attempt(&self) -> u32 {
        self.context.attempt
    }

    /// The number of attempts that the job has at most.
    pub fn max_attempts(&self) -> u32 {
        self.context.max_attempts
    }

    /// A key that is the same on every attempt of this job. For third parties use
    /// [`idempotency_key_of`](Self::idempotency_key_of), as soon as a task sends them more than one request.
    pub fn idempotency_key(&self) -> &str {
        &self.context.idempotency_key
    }

    /// The `Idempotency-Key` of one step of this job, the same on every attempt.
    ///
    /// Each step has its own key, because a third party returns the response to the first request of a key, whatever that
    /// request was.
    ///
    /// ```
    /// # use taskbox_task::Job;
    /// let job = Job::for_test();
    /// assert_eq!(job.idempotency_key_of("pay"), "key-1:pay");
    /// ```
    pub fn idempotency_key_of(&self, step: &str) -> String {
        format!("{}:{step}", self.context.idempotency_key)
    }

    /// The tags of the job.
    pub fn tags(&self) -> &[String] {
        &self.context.tags
    }

    /// The submitter's own data, an object.
    ///
    /// ```
    /// # use serde::Deserialize;
    /// # use serde_json::json;
    /// # use taskbox_task::{Job, TaskError};
    /// #[derive(Deserialize)]
    /// struct Metadata {
    ///     shop: String,
    /// }
    ///
    /// let job = Job::for_test().with_metadata(&json!({ "shop": "north" }));
    /// let metadata: Metadata = job.metadata()?;
    /// assert_eq!(metadata.shop, "north");
    /// # Ok::<(), TaskError>(())
    /// ```
    pub fn metadata<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        serde_json::from_str(&self.context.metadata).or_permanent("the metadata of this job does not fit")
    }

    /// The trace that the job belongs to, to pass on with requests (W3C Trace Context).
    pub fn traceparent(&self) -> Option<&str> {
        self.context.traceparent.as_deref()
    }
}

/// # Time
impl Job {
    /// The time now.
    pub fn now(&self) -> SystemTime {
        self.host.now()
    }

    /// The time at which the host stops this attempt.
    pub fn deadline(&self) -> SystemTime {
        self.context.deadline
    }

    /// The time until then; zero when it is over.
    pub fn time_left(&self) -> Duration {
        self.deadline().duration_since(self.now()).unwrap_or_default()
    }
}
