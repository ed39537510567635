//! The part of a job's page that changes.

use askama::Template;

use super::machine::{self, Stop};
use crate::api::Api;
use crate::api::pages::json_tree::JsonTree;
use crate::api::pages::plugins::host_line;
use crate::api::pages::state::StateMark;
use crate::api::pages::time::When;
use crate::api::pages::timeline::TimelineEvent;
use crate::domain::egress_policy::Denial;
use crate::domain::{
    FailureKind, Hold, HostRule, HostTask, Job, JobDetails, JobId, Json, Phase, PluginName, StateName,
    Timestamp, format_duration,
};
use crate::ports::{AttemptLog, StorageError};

/// Links to other jobs that are shown at most.
const LINKS_MAX: usize = 100;

/// One job in full.
#[derive(Template)]
#[template(path = "job_view.html")]
pub(super) struct JobView {
    pub(super) id: String,
    pub(super) task: String,
    label: Option<String>,
    tags: Vec<String>,
    state: StateMark,
    pub(super) is_final: bool,
    is_running: bool,
    cancel_requested: bool,
    /// Why it has not started.
    holds: Vec<HoldLine>,
    stops: Vec<Stop>,
    /// The clock of a running attempt.
    elapsed_ms: Option<u128>,
    facts: Vec<(&'static str, String)>,
    created: When,
    links: Vec<Link>,
    events: Vec<TimelineEvent>,
    logs: Vec<AttemptLog>,
    input: JsonTree,
    output: Option<JsonTree>,
    metadata: Option<JsonTree>,
    checkpoints: Vec<(String, String)>,
    /// What its latest attempt was denied, and one click would allow.
    denied: Option<Denied>,
    may_operate: bool,
}

/// A line that the grant of a plugin lacks.
struct Denied {
    plugin: String,
    /// In words, such as `POST https://partner.example/`.
    words: String,
    /// As JSON, to be sent back.
    line: String,
}

struct HoldLine {
    text: String,
    job: Option<String>,
    until: Option<When>,
}

/// A link to something that belongs to the job.
struct Link {
    what: String,
    address: String,
    text: String,
}

impl JobView {
    /// Reads a job; `None` if there is none.
    pub(super) async fn read(api: &Api, id: JobId, may_operate: bool) -> Result<Option<Self>, StorageError> {
        let Some(details) = api.queue.job(id).await? else { return Ok(None) };
        let job = &details.job;
        let holds = api.queue.holds(&[job]).await?.remove(0);
        let logs = api.queue.logs_so_far(job).await?;
        let checkpoints = api.queue.checkpoints(id).await?;
        let now = api.clock.now();
        let submitted = api.queue.steps(id).await?;
        let submitted = submitted.iter().map(|step| Link::job(&format!("step {}", step.name), step.job));
        let links = links(job).into_iter().chain(submitted).take(LINKS_MAX).collect();
        let checkpoints = checkpoints.into_iter().map(|(name, value)| (name, value.as_str().to_owned()));
        let shown =
            Self { logs, links, checkpoints: checkpoints.collect(), may_operate, ..Self::of(&details, now) };
        Ok(Some(Self { holds: holds.iter().map(|hold| HoldLine::of(hold, now)).collect(), ..shown }))
    }

    fn of(details: &JobDetails, now: Timestamp) -> Self {
        let JobDetails { job, payload, output, .. } = details;
        let (spec, state) = (&job.spec, &job.state);
        let name = state.name(now);
        let placed = TimelineEvent::new("placed", "Submitted", Some(When::new(spec.created_at, now)));
        let metadata = Some(&payload.metadata).filter(|metadata| **metadata != Json::empty_object());
        let running_for = state.attempted_at.filter(|_| state.is_running()).map(|at| now.since(at));
        Self {
            id: spec.id.to_string(),
            task: spec.task.to_string(),
            label: spec.options.label.clone(),
            tags: spec.options.tags.clone(),
            state: StateMark::of(name),
            is_final: name.is_final(),
            is_running: name == StateName::Running,
            cancel_requested: state.cancel_requested,
            holds: Vec::new(),
            stops: machine::stops(job, now),
            elapsed_ms: running_for.map(|duration| duration.as_millis()),
            facts: facts(job),
            created: When::new(spec.created_at, now),
            links: Vec::new(),
            events: std::iter::once(placed).chain(TimelineEvent::of(details, now)).collect(),
            logs: Vec::new(),
            input: JsonTree::new("input", &payload.input),
            output: output.as_ref().map(|output| JsonTree::new("output", output)),
            metadata: metadata.map(|metadata| JsonTree::new("metadata", metadata)),
            checkpoints: Vec::new(),
            denied: denied(details).map(|(plugin, line)| Denied {
                plugin: plugin.to_string(),
                words: host_line(&line),
                line: serde_json::to_string(&line).unwrap_or_default(),
            }),
            may_operate: false,
        }
    }
}

/// The plugin and the line that its grant lacked in the latest attempt, if that is why the job failed.
pub(super) fn denied(details: &JobDetails) -> Option<(PluginName, HostRule)> {
    let last = details.errors.last().filter(|error| error.kind == FailureKind::Denied)?;
    let is_failed = matches!(details.job.state.phase, Phase::Discarded { .. });
    Denial::missing_line(&last.message).filter(|_| is_failed)
}

impl HoldLine {
    fn of(hold: &Hold, now: Timestamp) -> Self {
        // The job and the time are shown as what they are.
        let text = Hold { job: None, until: None, ..hold.clone() }.to_string();
        Self {
            text,
            job: hold.job.map(|job| job.to_string()),
            until: hold.until.map(|until| When::new(until, now)),
        }
    }
}

impl Link {
    fn job(what: &str, id: JobId) -> Self {
        Self { what: what.to_owned(), address: format!("/jobs/{id}"), text: id.to_string() }
    }
}

/// What a job is linked to by its specification.
fn links(job: &Job) -> Vec<Link> {
    let spec = &job.spec;
    let parents = spec.after.iter().flat_map(|after| &after.jobs);
    let is_webhook = HostTask::of(&spec.task).is_some();
    let parent = if is_webhook { "webhook of" } else { "waits for" };
    let mut links: Vec<_> = parents.map(|id| Link::job(parent, *id)).collect();
    links.extend(spec.submitted_by.map(|by| Link::job("submitted by", by.job)));
    links.extend(spec.order.map(|order| Link {
        what: "order".to_owned(),
        address: format!("/orders/{order}"),
        text: order.to_string(),
    }));
    links
}

/// The facts of a job that have a short text.
fn facts(job: &Job) -> Vec<(&'static str, String)> {
    let (spec, state, options) = (&job.spec, &job.state, &job.spec.options);
    let flow = &options.flow;
    let some = |name, text: Option<String>| text.map(|text| (name, text));
    [
        Some(("Queue", spec.queue.to_string())),
        Some(("Attempts", format!("{} of {}", state.attempt, spec.max_attempts))),
        (spec.priority != 0).then(|| ("Priority", spec.priority.to_string())),
        some("Run by", state.code.as_ref().map(ToString::to_string)),
        some("On host", state.worker.as_ref().map(ToString::to_string)),
        some("Submitted with", spec.submitter.name().map(str::to_owned)),
        some("Timeout of an attempt", options.timeout.map(format_duration)),
        some("Expires", state.expires_at.map(|at| at.to_string())),
        some("Unique key", options.unique.as_ref().map(|unique| unique.key.clone())),
        some("Concurrency key", flow.concurrency_key.clone()),
        flow.strict_order.then(|| ("Order", "strict".to_owned())),
        some("Fairness key", flow.fairness_key.clone()),
        some("Webhook to", options.callback_url.clone()),
        some("Trace", options.traceparent.as_ref().map(ToString::to_string)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
