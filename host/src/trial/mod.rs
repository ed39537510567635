//! Trials of tasks: attempts in the sandbox and behind the egress of a host, without its queue, storage and API.
//!
//! What a host keeps in storage is kept in memory (`job`), and mocks may answer in the place of servers (`network`). All
//! else is the host's own: the sandbox with its limits, the judgement of requests, the check of schemas.

mod job;
mod journal;
mod mock;
mod network;
mod recording;
mod report;
mod watched;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{
    Code, Failure, Grant, JobId, Json, MAX_ATTEMPTS_DEFAULT, Outcome, PluginRef, Retry, SecretName, TaskName,
    TaskSchemaError, TaskSchemas, TaskSpec, TraceParent, untaken_step,
};
use crate::intake::{fitting_input, fitting_output};
use crate::ports::{
    Assignment, AttemptHost, AttemptReport, Clock, Ids, Provision, ReadStep, Runner, SecretValue,
    place_secrets,
};
use job::{SubmissionRules, Tools, TrialJob};
use journal::Journal;
use network::Traffic;

pub use job::Surroundings;
pub use journal::{AnsweredBy, Entry, Happening, SentRequest, SubmittedJob, Watcher};
pub use mock::{Fault, MockEntry, MockRequest, MockResponse, Mocks};
pub use network::{MockNetwork, NetworkRules, TrialEgress};
pub use recording::mock_file;
pub use report::{Problem, Report};
pub use watched::{Observer, WatchedRunner};

/// The parts of trials.
pub struct TrialPorts {
    /// The sandbox, which sends through `egress`.
    pub runner: Arc<dyn Runner>,
    /// The egress.
    pub egress: Arc<TrialEgress>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids of submitted jobs.
    pub ids: Arc<dyn Ids>,
    /// Reads what a task submits.
    pub read_step: ReadStep,
}

/// Runs trials.
pub struct Trials {
    ports: TrialPorts,
}

/// A trial.
#[derive(Clone)]
pub struct Trial {
    /// The plugin, whose code is ready.
    pub plugin: PluginRef,
    /// All tasks of the plugin.
    pub tasks: Vec<TaskSpec>,
    /// The one of them that runs.
    pub task: TaskSpec,
    /// Its input.
    pub input: Json,
    /// Id of the job.
    pub job_id: JobId,
    /// The rights of the plugin.
    pub grant: Grant,
    /// The secrets that exist.
    pub secrets: BTreeMap<SecretName, SecretValue>,
    /// What answers requests.
    pub network: NetworkRules,
    /// What the job has.
    pub surroundings: Surroundings,
    /// Most attempts, from 1.
    pub attempts: u32,
}

/// The end of an attempt.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// The outcome.
    pub outcome: Outcome,
    /// The step after which it was killed, if it was.
    pub killed_after: Option<String>,
    /// Its wall time.
    pub wall: Duration,
    /// Its CPU time.
    pub cpu: Duration,
    /// The peak of its memory.
    pub peak_memory_bytes: u64,
}

impl Ended {
    /// Whether another attempt would follow at once in a trial.
    fn is_followed(&self) -> bool {
        let is_retried = |failure: &Failure| failure.retry != Retry::Never;
        match &self.outcome {
            Outcome::Failed(failure) => is_retried(failure),
            Outcome::Snoozed(_) | Outcome::Interrupted => true,
            Outcome::Succeeded(_) | Outcome::Waiting(_) | Outcome::Cancelled => false,
        }
    }
}

impl Trials {
    /// Trials over these ports.
    pub fn new(ports: TrialPorts) -> Self {
        Self { ports }
    }

    /// Runs a trial to its end.
    pub async fn run(&self, trial: Trial, watcher: Arc<dyn Watcher>) -> Result<Report, String> {
        let schemas = compiled(&trial.tasks)?;
        let own = schemas.get(&trial.task.name).cloned();
        let own = own.ok_or_else(|| format!("the plugin has no task {}", trial.task.name))?;
        let journal = Arc::new(Journal::begin(watcher));
        let traffic = Arc::new(Traffic::new(trial.network.clone(), Arc::clone(&journal)));
        let TrialPorts { clock, ids, read_step, .. } = &self.ports;
        let tools = Tools { clock: Arc::clone(clock), ids: Arc::clone(ids), read_step: *read_step };
        let grant = Arc::new(trial.grant.clone());
        let rules = SubmissionRules { grant: Arc::clone(&grant), schemas };
        let job = TrialJob::new(trial.surroundings.clone(), rules, tools, Arc::clone(&journal));
        let job = Arc::new(job);
        let run = Run {
            trial: &trial,
            grant,
            schemas: own,
            job: Arc::clone(&job),
            traffic: &traffic,
            journal: &journal,
        };
        let mut attempts = Vec::new();
        for number in 1..=trial.attempts.max(1) {
            let ended = self.attempt(&run, number).await;
            let is_followed = ended.is_followed();
            attempts.push(ended);
            if !is_followed {
                break;
            }
        }
        Ok(report::report(&trial, attempts, &job, &journal, &traffic))
    }

    async fn attempt(&self, run: &Run<'_>, number: u32) -> Ended {
        run.journal.begin_attempt(number);
        let (began, before) = (run.journal.elapsed(), run.job.killed_after());
        let report = self.execute(run, number).await;
        let killed_after = run.job.killed_after().filter(|_| before.is_none());
        let ended = Ended {
            attempt: number,
            outcome: report.outcome,
            killed_after,
            wall: run.journal.elapsed().saturating_sub(began),
            cpu: report.cpu,
            peak_memory_bytes: report.peak_memory_bytes,
        };
        run.journal.note(Happening::Ended(ended.clone()));
        ended
    }

    async fn execute(&self, run: &Run<'_>, number: u32) -> AttemptReport {
        if let Err(outcome) = fitting_input(Some(&run.schemas), &run.trial.input).await {
            return AttemptReport { outcome, cpu: Duration::ZERO, peak_memory_bytes: 0 };
        }
        let assignment = run.assignment(number, &*self.ports.clock);
        let _served = self.ports.egress.serve(&assignment.egress, run.traffic);
        let host: Arc<dyn AttemptHost> = Arc::clone(&run.job) as _;
        let report = self.ports.runner.run(assignment, host, run.job.begin_attempt()).await;
        let outcome = fitting_output(Some(&run.schemas), run.check(report.outcome)).await;
        AttemptReport { outcome, ..report }
    }
}

/// The schemas of these tasks.
fn compiled(tasks: &[TaskSpec]) -> Result<HashMap<TaskName, Arc<TaskSchemas>>, String> {
    let compile = |task: &TaskSpec| Ok((task.name.clone(), Arc::new(TaskSchemas::compile(task)?)));
    let all: Result<_, TaskSchemaError> = tasks.iter().map(compile).collect();
    all.map_err(|error| error.to_string())
}

/// A trial under way.
struct Run<'a> {
    trial: &'a Trial,
    grant: Arc<Grant>,
    schemas: Arc<TaskSchemas>,
    job: Arc<TrialJob>,
    traffic: &'a Arc<Traffic>,
    journal: &'a Journal,
}

impl Run<'_> {
    fn assignment(&self, number: u32, clock: &dyn Clock) -> Assignment {
        let trial = self.trial;
        let secrets = place_secrets(&trial.grant, |name| trial.secrets.get(name), rand::random);
        let (task, plugin) = (trial.task.clone(), trial.plugin.name.clone());
        let provision =
            Provision::new(task, Some(Arc::clone(&self.schemas)), plugin, Arc::clone(&self.grant), secrets);
        let timeout = provision.timeout(None);
        Assignment {
            code: Code::Plugin(trial.plugin.clone()),
            task: trial.task.name.clone(),
            job_id: trial.job_id,
            attempt: number,
            max_attempts: trial.task.max_attempts.unwrap_or(MAX_ATTEMPTS_DEFAULT).max(trial.attempts),
            input: trial.input.clone(),
            metadata: Json::empty_object(),
            tags: Vec::new(),
            traceparent: None::<TraceParent>,
            limits: provision.limits,
            timeout,
            deadline: clock.now().plus(timeout),
            config: provision.config,
            egress: provision.egress,
        }
    }

    /// The outcome, unless it waits for the job of a step that was not taken.
    fn check(&self, outcome: Outcome) -> Outcome {
        let Outcome::Waiting(wait) = &outcome else { return outcome };
        let Some(step) = self.job.missing(&wait.steps) else { return outcome };
        Outcome::Failed(untaken_step(step))
    }
}
