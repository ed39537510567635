//! Jobs that a task submits.

use std::time::Duration;

use serde::Serialize;

use crate::host::Event;
use crate::{Job, JobResult, Json, OrFail, TaskError, names};

/// # Submitting jobs
///
/// A task submits each job in a *step* of its own name; these names are apart from those of [`Job::step`]. The same step submits
/// once in the life of the job, however often it is tried.
///
/// ```
/// # use std::time::Duration;
/// # use serde_json::json;
/// # use taskbox_task::{Job, JobResult, TaskError};
/// const HOUR: Duration = Duration::from_secs(3600);
///
/// fn resize_all(job: &Job, images: Vec<String>) -> Result<usize, TaskError> {
///     for image in &images {
///         job.submit(image, "resize", &json!({ "image": image }))?;
///     }
///     if !job.wait_for_jobs("resized", &images, HOUR)? {
///         return Err(TaskError::permanent("some images were not resized in an hour"));
///     }
///     Ok(images.iter().filter_map(|step| job.submitted(step)).filter(JobResult::is_completed).count())
/// }
///
/// let images = vec!["a.png".to_owned(), "b.png".to_owned()];
/// let job = Job::for_test();
/// assert!(matches!(resize_all(&job, images.clone()), Err(TaskError::WaitForJobs { .. })));
/// assert_eq!(job.submissions().len(), 2);
///
/// let done = JobResult::completed(&json!({}));
/// let job = job.run_again().with_submitted("a.png", done.clone()).with_submitted("b.png", done);
/// assert_eq!(resize_all(&job.with_event("resized", &()), images), Ok(2));
/// ```
impl Job {
    /// Submits a job in a step, and returns its id. With another task or input than before, the same step fails the job for
    /// good. The
    /// grant of the plugin names the tasks.
    ///
    /// The step has 1 to 128 bytes. A job submits at most 10,000 jobs, and is at most 16 jobs away from one that a caller
    /// submitted.
    pub fn submit(
        &self,
        step: &str,
        task: &str,
        input: &(impl Serialize + ?Sized),
    ) -> Result<String, TaskError> {
        self.host.submit(step, task, &json(input)?, None)
    }

    /// The same, with options: an object with the fields of a submission over HTTP, but for `task` and `input`. `after`
    /// names jobs that this job submitted, and `callback_url` an origin of the grant.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use taskbox_task::Job;
    /// # let job = Job::for_test();
    /// job.submit_with("later", "mail", &json!({ "to": "u_1" }), &json!({ "delay": "10m", "queue": "mail" }))?;
    /// # Ok::<(), taskbox_task::TaskError>(())
    /// ```
    pub fn submit_with(
        &self,
        step: &str,
        task: &str,
        input: &(impl Serialize + ?Sized),
        options: &(impl Serialize + ?Sized),
    ) -> Result<String, TaskError> {
        self.host.submit(step, task, &json(input)?, Some(&json(options)?))
    }

    /// The job of a step as it is now; `None` if there is no such step.
    pub fn submitted(&self, step: &str) -> Option<JobResult> {
        self.host.submitted(step)
    }

    /// Waits until the jobs of these steps are final, at most 1,000, without a sandbox and without counting an attempt.
    /// Returns whether they are: `false` when the time was over before. Each wait of a task has a name of its own, which is
    /// that of an [event](Job::wait_for).
    ///
    /// If they are not final, the error ends the attempt: the job runs again from its beginning when they are, or when the
    /// timeout is over.
    pub fn wait_for_jobs(
        &self,
        name: &str,
        steps: &[impl AsRef<str>],
        timeout: Duration,
    ) -> Result<bool, TaskError> {
        names::check_event(name)?;
        if steps.is_empty() {
            return Ok(true);
        }
        match self.host.event(name) {
            Some(Event::Value(_)) => Ok(true),
            Some(Event::TimedOut) => Ok(false),
            None => {
                let steps: Vec<_> = steps.iter().map(|step| step.as_ref().to_owned()).collect();
                self.host.will_wait_for(&steps);
                Err(TaskError::WaitForJobs { name: name.to_owned(), steps, timeout })
            }
        }
    }
}

fn json(value: &(impl Serialize + ?Sized)) -> Result<Json, TaskError> {
    serde_json::to_string(value).or_permanent("this is not JSON")
}
