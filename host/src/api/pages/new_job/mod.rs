//! `/jobs/new`: a form that submits a job, made from the schema of its task.

mod input_fields;
mod request;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use self::input_fields::{FieldKind, InputField};
use self::request::Options;
use super::frame::Frame;
use super::show::{self, PageProblem};
use crate::api::Api;
use crate::api::access::{CalledBy, Viewer, check_read};
use crate::api::problem::{FieldError, Problem};
use crate::api::read::{Params, RawBody, Unreceived, read_json};
use crate::api::wire::read_job_request;
use crate::domain::{Caller, Digest, Job, JobId, Json};
use crate::intake::Origin;
use crate::ports::{RequestKey, Share};

#[derive(Template)]
#[template(path = "new_job.html")]
struct NewJobPage {
    frame: Frame,
    form: NewJobForm,
    tasks: Vec<String>,
    /// The errors that belong to no field of the form.
    errors: Vec<String>,
    /// The same request as lines for a shell, when they were asked for.
    lines: Option<[String; 2]>,
}

/// What the form holds.
#[derive(Default)]
struct NewJobForm {
    task: String,
    /// The members of the input; none if it is written as JSON.
    fields: Vec<InputField>,
    /// The input as JSON.
    input: String,
    options: Options,
    /// New on every page, so that pressing the button twice submits one job.
    nonce: String,
}

impl NewJobForm {
    /// An empty form for a task.
    fn of_task(api: &Api, task: String) -> Self {
        let spec = task.parse().ok().and_then(|task| api.queue.task_spec(&task));
        let schema = spec.as_ref().and_then(|spec| spec.input_schema.as_ref());
        let fields = schema.map(input_fields::of_schema).unwrap_or_default();
        let nonce = format!("{:032x}", rand::random::<u128>());
        Self { task, fields, nonce, ..Self::default() }
    }

    /// The request of a job, to submit it again with changes.
    fn of_job(api: &Api, job: &Job, input: &Json) -> Self {
        let spec = &job.spec;
        let mut form = Self::of_task(api, spec.task.to_string());
        if !input_fields::fill(&mut form.fields, input) {
            form.fields.clear();
        }
        form.input = input.as_str().to_owned();
        form.options = Options {
            queue: spec.queue.to_string(),
            priority: if spec.priority == 0 { String::new() } else { spec.priority.to_string() },
            max_attempts: spec.max_attempts.to_string(),
            tags: spec.options.tags.join(", "),
            label: spec.options.label.clone().unwrap_or_default(),
            ..Options::default()
        };
        form
    }

    /// A posted form.
    fn read(api: &Api, params: &mut Params) -> Self {
        let mut text = |name| params.text(name).unwrap_or_default();
        let (task, input, nonce) = (text("task"), params_input(&mut text), text("nonce"));
        let options = Options {
            queue: text("queue"),
            priority: text("priority"),
            delay: text("delay"),
            max_attempts: text("max_attempts"),
            tags: text("tags"),
            label: text("label"),
            unique_key: text("unique_key"),
        };
        let mut form =
            Self { input: input.clone().unwrap_or_default(), options, nonce, ..Self::of_task(api, task) };
        // A form that has the input as JSON has no fields for it.
        if input.is_some() {
            form.fields.clear();
        }
        input_fields::read(&mut form.fields, params);
        form
    }

    fn input(&self) -> String {
        if self.fields.is_empty() { self.input.clone() } else { input_fields::json(&self.fields) }
    }

    fn body(&self) -> String {
        request::body(self.task.trim(), &self.input(), &self.options)
    }

    /// Puts errors beside their fields. Returns those that have none.
    fn blame(&mut self, errors: &[FieldError]) -> Vec<String> {
        let mut rest = Vec::new();
        for error in errors {
            let pointer = error.pointer.as_deref().unwrap_or_default();
            let member = pointer.strip_prefix("/input/").and_then(|path| path.split('/').next());
            match self.fields.iter_mut().find(|field| Some(field.name.as_str()) == member) {
                Some(field) => field.error = Some(error.detail.clone()),
                None => rest.push(error.in_words()),
            }
        }
        rest
    }
}

fn params_input(text: &mut impl FnMut(&'static str) -> String) -> Option<String> {
    let input = text("input");
    (!input.is_empty()).then_some(input)
}

/// The page: empty, for a task, or with the request of a job.
pub(super) async fn show(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    viewer: Viewer,
    mut params: Params,
) -> Result<Response, PageProblem> {
    let from: Option<JobId> = params.parsed("from");
    let task = params.text("task").unwrap_or_default();
    params.finish()?;
    let form = match from {
        Some(id) => of_job(&api, &caller, id).await?,
        None => NewJobForm::of_task(&api, task),
    };
    render(&api, &viewer, StatusCode::OK, form, Vec::new(), None).await
}

async fn of_job(api: &Api, caller: &Caller, id: JobId) -> Result<NewJobForm, Problem> {
    let details = api.queue.job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    check_read(caller, &details.job.spec.submitter, "job")?;
    Ok(NewJobForm::of_job(api, &details.job, &details.payload.input))
}

/// Submits the job and shows it; or shows the form again, with its errors or its lines for a shell.
pub(super) async fn submit(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    viewer: Viewer,
    headers: HeaderMap,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let RawBody { bytes, share } = body.map_err(Problem::from)?;
    let mut params = Params::of(&bytes);
    let wants_lines = params.text("show").is_some();
    let mut form = NewJobForm::read(&api, &mut params);
    params.finish()?;
    if wants_lines {
        let lines = [
            request::curl(&base(&headers), &form.body()),
            request::command(form.task.trim(), &form.input(), &form.options),
        ];
        return render(&api, &viewer, StatusCode::OK, form, Vec::new(), Some(lines)).await;
    }
    match place(&api, caller, &form, share).await {
        Ok(id) => Ok(Redirect::to(&format!("/jobs/{id}")).into_response()),
        Err(problem) => {
            let mut errors = form.blame(problem.errors());
            if problem.errors().is_empty() {
                errors.push(problem.detail().to_owned());
            }
            render(&api, &viewer, problem.status(), form, errors, None).await
        }
    }
}

async fn place(api: &Api, caller: Caller, form: &NewJobForm, share: Share) -> Result<JobId, Problem> {
    let body = form.body();
    let json = Json::parse(body.as_str())
        .map_err(|error| Problem::fields(vec![FieldError::at("/input", format!("is {error}"))]))?;
    let request = read_json(&json, read_job_request).map_err(Problem::fields)?;
    let fingerprint = Digest::of(body.as_bytes());
    let key = format!("{}.{}", form.nonce, fingerprint.to_hex());
    let is_nonce = !form.nonce.is_empty() && form.nonce.len() <= 64;
    let scope = crate::api::read::key_scope("POST /jobs/new", &caller.submitter);
    let key = is_nonce.then_some(RequestKey { scope, key, fingerprint });
    let origin = Origin { caller, key, memory: Some(Arc::new(share)) };
    let submitted = api.queue.submit(origin, request).await?;
    let job = submitted.jobs.first();
    let job = job.ok_or_else(|| Problem::internal("a job was submitted and is not there"))?;
    Ok(job.details.job.spec.id)
}

/// The address under which the browser reached this host.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8080");
    format!("http://{host}")
}

async fn render(
    api: &Api,
    viewer: &Viewer,
    status: StatusCode,
    form: NewJobForm,
    errors: Vec<String>,
    lines: Option<[String; 2]>,
) -> Result<Response, PageProblem> {
    let tasks = api.queue.tasks(super::first_names()).await?;
    let tasks = tasks.iter().map(|(stats, _)| stats.name.to_string()).collect();
    let template = NewJobPage { frame: Frame::of(api, viewer, "jobs"), form, tasks, errors, lines };
    Ok(show::page(status, &template))
}
