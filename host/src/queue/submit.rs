//! Submitting jobs: checked as a whole, stored as a whole, and then the dispatcher is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{BATCH_JOBS_MAX, Queue, SubmitError, SubmittedJobs, news};
use crate::domain::{Job, JobRequest, RequestProblem, TaskName, Timestamp};
use crate::ports::{Admitted, Event, RequestKey, StorageError, Submission, Submitted};

impl Queue {
    /// Stores jobs in one transaction. Finishes also when the caller goes away.
    pub async fn submit(
        self: &Arc<Self>,
        requests: Vec<JobRequest>,
        key: Option<RequestKey>,
    ) -> Result<SubmittedJobs, SubmitError> {
        let queue = Arc::clone(self);
        let storing = tokio::spawn(async move { queue.store(requests, key).await });
        storing.await.unwrap_or_else(|panic| Err(StorageError::Unavailable(panic.to_string()).into()))
    }

    async fn store(
        &self,
        requests: Vec<JobRequest>,
        key: Option<RequestKey>,
    ) -> Result<SubmittedJobs, SubmitError> {
        let now = self.clock.now();
        self.check(&requests, now)?;
        let jobs: Vec<Job> = requests.into_iter().map(|request| self.draft(request, now)).collect();
        let submission = Submission {
            jobs: jobs.iter().map(|job| (job.clone(), None)).collect(),
            idempotency: key.map(|key| key.at(now)),
            now,
        };
        match self.storage.submit(submission).await? {
            Submitted::New => {
                self.events.wake();
                Ok(SubmittedJobs { jobs, duplicates: BTreeSet::new(), replayed: false })
            }
            Submitted::Admitted(admitted) => {
                self.events.wake();
                Ok(self.announce(admitted))
            }
            Submitted::Replayed(first) => {
                let jobs = first.into_iter().map(|(job, _)| Job::new(job.spec)).collect();
                Ok(SubmittedJobs { jobs, duplicates: BTreeSet::new(), replayed: true })
            }
        }
    }

    /// Tells those who watch a job that another one met.
    fn announce(&self, admitted: Vec<Admitted>) -> SubmittedJobs {
        let is_duplicate = |(place, admitted): (usize, &Admitted)| admitted.duplicate.then_some(place);
        let duplicates = admitted.iter().enumerate().filter_map(is_duplicate).collect();
        let mut jobs = Vec::with_capacity(admitted.len());
        for Admitted { job, duplicate, superseded, .. } in admitted {
            if duplicate {
                self.events.publish(Event::Job(Box::new(job.clone())));
            }
            news::publish(&*self.events, superseded);
            jobs.push(job);
        }
        SubmittedJobs { jobs, duplicates, replayed: false }
    }

    fn check(&self, requests: &[JobRequest], now: Timestamp) -> Result<(), SubmitError> {
        if requests.is_empty() || requests.len() > BATCH_JOBS_MAX {
            let detail = format!("must be 1 to {BATCH_JOBS_MAX} jobs");
            return Err(SubmitError::Invalid(vec![RequestProblem { pointer: "/jobs".to_owned(), detail }]));
        }
        let problems = all_problems(requests, now);
        if !problems.is_empty() {
            return Err(SubmitError::Invalid(problems));
        }
        let routes = self.directory.routes();
        match requests
            .iter()
            .find(|request| !request.allow_unknown_task && !routes.contains_key(&request.task))
        {
            Some(request) => Err(self.unknown_task(request.task.clone())),
            None => Ok(()),
        }
    }

    fn unknown_task(&self, task: TaskName) -> SubmitError {
        SubmitError::UnknownTask { task, known: self.directory.task_names() }
    }

    fn draft(&self, request: JobRequest, now: Timestamp) -> Job {
        let task = self.directory.task(&request.task);
        Job::new(request.into_spec(self.ids.next(now), None, task.as_ref(), now))
    }
}

/// The problems of all jobs; those of a batch with the place of their job in front.
fn all_problems(requests: &[JobRequest], now: Timestamp) -> Vec<RequestProblem> {
    let is_batch = requests.len() > 1;
    let located = |index: usize, problem: RequestProblem| RequestProblem {
        pointer: if is_batch { format!("/jobs/{index}{}", problem.pointer) } else { problem.pointer },
        ..problem
    };
    let problems_of = |(index, request): (usize, &JobRequest)| {
        request.problems(now).into_iter().map(move |problem| (index, problem)).collect::<Vec<_>>()
    };
    requests
        .iter()
        .enumerate()
        .flat_map(problems_of)
        .map(|(index, problem)| located(index, problem))
        .collect()
}
