//! Jobs that are submitted together, and the fields that are wrong.

use super::{BATCH_JOBS_MAX, Batch, SubmitError, SubmittedJob, SubmittedJobs};
use crate::domain::transition::{Interference, Refusal, Trespass};
use crate::domain::{
    AfterRequest, Caller, JobId, JobRequest, ParentName, RequestProblem, Timestamp, TraceParent,
};
use crate::intake::Intake;
use crate::ports::{FirstAnswer, NewJob, StorageError};

/// Most rows that the jobs of one submission may take in storage, with all tags and parents: no other request is
/// served while they are written.
const ROWS_MAX: usize = 50_000;

impl Batch {
    /// Number of rows that it takes in storage.
    pub fn rows(&self) -> usize {
        let callback = self.callback.as_ref().map_or(0, |(callback, ..)| callback.rows() + self.jobs.len());
        self.jobs.iter().map(JobRequest::rows).sum::<usize>() + callback
    }

    /// The same jobs, those that name no trace in this one.
    pub fn in_trace(mut self, trace: Option<&TraceParent>) -> Self {
        let callback = self.callback.iter_mut().map(|(callback, ..)| callback);
        for job in self.jobs.iter_mut().chain(callback) {
            job.options.default_trace(trace);
        }
        self
    }

    /// Refuses one of more rows than a submission may have: before anybody finds room for them.
    pub fn check_rows(&self) -> Result<(), SubmitError> {
        check_rows(self.rows())
    }
}

fn check_rows(rows: usize) -> Result<(), SubmitError> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    Err(wrong_as_a_whole(format!(
        "take {rows} rows, of which a submission may have {ROWS_MAX}: each job is one, each of its tags and each \
         job that it waits for is another; send them in parts"
    )))
}

fn wrong_as_a_whole(detail: String) -> SubmitError {
    SubmitError::Invalid(vec![RequestProblem { pointer: "/jobs".to_owned(), detail }])
}

/// Jobs that are asked for, the callback of a batch behind the others.
pub(super) struct RequestedJobs {
    pub(super) requests: Vec<JobRequest>,
    shape: Shape,
}

/// In which form they were asked for.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    is_batch: bool,
    /// The place of the callback.
    callback: Option<usize>,
}

impl RequestedJobs {
    /// One job.
    pub(super) fn one(request: JobRequest) -> Self {
        Self { requests: vec![request], shape: Shape { is_batch: false, callback: None } }
    }

    /// A batch.
    pub(super) fn batch(batch: Batch) -> Self {
        let Batch { jobs: mut requests, callback } = batch;
        let index = requests.len();
        let shape = Shape { is_batch: true, callback: callback.is_some().then_some(index) };
        if let Some((callback, when, on_failed)) = callback {
            let jobs = (0..index).map(ParentName::Index).collect();
            requests.push(JobRequest { after: Some(AfterRequest { jobs, when, on_failed }), ..callback });
        }
        Self { requests, shape }
    }

    /// In which form they were asked for.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Refuses them with everything that is wrong.
    pub(super) fn check(&self, intake: &Intake, now: Timestamp) -> Result<(), SubmitError> {
        let count = self.requests.len() - usize::from(self.shape.callback.is_some());
        if count == 0 || count > BATCH_JOBS_MAX {
            return Err(wrong_as_a_whole(format!("must be 1 to {BATCH_JOBS_MAX} jobs")));
        }
        check_rows(self.requests.iter().map(JobRequest::rows).sum())?;
        let problems = self.requests.iter().enumerate().flat_map(|(index, request)| {
            let after = request.after.iter().flat_map(move |after| after.problems(index));
            let unsigned = intake.unsigned(request.options.callback_url.as_deref());
            let problems = request.problems(now).into_iter().chain(after).chain(unsigned);
            problems.map(move |problem| self.shape.located(index, problem)).collect::<Vec<_>>()
        });
        let problems: Vec<_> = problems.collect();
        if !problems.is_empty() {
            return Err(SubmitError::Invalid(problems));
        }
        let named = self.requests.iter().enumerate().filter(|(_, request)| !request.allow_unknown_task);
        for (index, request) in named {
            let pointer = || self.shape.pointer(index, "/task");
            let unknown = |unknown| SubmitError::UnknownTask { pointer: pointer(), unknown };
            intake.check_task(&request.task).map_err(unknown)?;
        }
        Ok(())
    }

    /// Refuses inputs that do not fit the schemas of their tasks.
    pub(super) async fn check_inputs(&self, intake: &Intake) -> Result<(), SubmitError> {
        let misfits = intake.misfits(self.requests.iter().map(JobRequest::task_and_input)).await?;
        if misfits.is_empty() {
            return Ok(());
        }
        let located = |(index, problem)| self.shape.located(index, problem);
        Err(SubmitError::Invalid(misfits.into_iter().map(located).collect()))
    }
}

fn index_of(jobs: &[NewJob], id: JobId) -> usize {
    jobs.iter().position(|new| new.job.spec.id == id).unwrap_or_default()
}

impl Shape {
    /// The pointer to a field of the job at this index of the request.
    fn pointer(self, index: usize, field: &str) -> String {
        match self {
            _ if self.callback == Some(index) => format!("/callback{field}"),
            Shape { is_batch: true, .. } => format!("/jobs/{index}{field}"),
            Shape { is_batch: false, .. } => field.to_owned(),
        }
    }

    /// Refuses jobs beyond the queues and tasks that the caller is bound to.
    pub(super) fn check_bounds(self, caller: &Caller, jobs: &[NewJob]) -> Result<(), SubmitError> {
        let bounds = &caller.bounds;
        let beyond = jobs.iter().enumerate().find(|(_, new)| !caller.is_within_bounds(&new.job));
        let Some((index, new)) = beyond else { return Ok(()) };
        let spec = &new.job.spec;
        let (field, name) = match bounds.admit_queue(&spec.queue) {
            true => ("/task", spec.task.as_str()),
            false => ("/queue", spec.queue.as_str()),
        };
        let detail = format!("is {name}, which this token is not bound to");
        Err(SubmitError::Foreign(RequestProblem { pointer: self.pointer(index, field), detail }))
    }

    fn located(self, index: usize, problem: RequestProblem) -> RequestProblem {
        RequestProblem { pointer: self.pointer(index, &problem.pointer), ..problem }
    }

    /// A refusal by storage, with its pointer into the request.
    pub(super) fn blame(self, error: StorageError, jobs: &[NewJob]) -> SubmitError {
        let problem = |pointer| RequestProblem { pointer, detail: error.to_string() };
        match &error {
            StorageError::Refused(Refusal::UnknownParent { child, parent }) => {
                SubmitError::Invalid(vec![problem(self.after_pointer(jobs, *child, *parent))])
            }
            StorageError::Refused(Refusal::Foreign(Interference { job, by: Some(by), deed })) => {
                let pointer = match deed {
                    Trespass::WaitFor => self.after_pointer(jobs, *by, *job),
                    _ => self.pointer(index_of(jobs, *by), "/unique/on_conflict"),
                };
                SubmitError::Foreign(problem(pointer))
            }
            StorageError::Refused(Refusal::TooManyNames { job, kind, .. }) => {
                let pointer = self.pointer(index_of(jobs, *job), &format!("/{}", kind.as_str()));
                SubmitError::Invalid(vec![problem(pointer)])
            }
            _ => error.into(),
        }
    }

    /// The pointer to the name of this parent. One that stands for a job of the same batch is not named.
    fn after_pointer(self, jobs: &[NewJob], child: JobId, parent: JobId) -> String {
        let index = index_of(jobs, child);
        let parents = jobs.get(index).and_then(|new| new.job.spec.after.as_ref()).map(|after| &after.jobs);
        match parents.and_then(|parents| parents.iter().position(|id| *id == parent)) {
            Some(parent) => self.pointer(index, &format!("/after/{parent}")),
            None => self.pointer(index, "/after"),
        }
    }

    /// What each came to, in the form in which they were asked for.
    pub(super) fn submitted(self, first: FirstAnswer, replayed: bool) -> SubmittedJobs {
        let mut jobs: Vec<_> = first.jobs.into_iter().map(SubmittedJob::from).collect();
        // It stands behind the others.
        let callback = self.callback.and_then(|_| jobs.pop());
        SubmittedJobs { jobs, callback, at: first.at, held: first.held, replayed }
    }
}
