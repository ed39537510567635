//! Guests in the real sandbox, with a host and a network that are made up.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use taskbox::domain::{
    ByteSize, Code, Digest, EventName, Failure, Grant, InboxEvent, JobId, Json, Limits, Outcome, PluginName,
    PluginRef, Timestamp,
};
use taskbox::memory::HostMemory;
use taskbox::ports::{
    Assignment, AttemptHost, AttemptReport, CheckpointError, Components, EgressPass, JobResult, Runner,
    StepRequest, SubmitError, Unfit, Unready,
};
use taskbox::sandbox::{CompilerConfig, SandboxConfig, WasmRunner};
use tokio_util::sync::CancellationToken;

use crate::binaries;
use crate::fake_egress::FakeEgress;
use crate::patience::until;

/// Memory enough for all guests of a test.
pub fn plenty() -> Arc<HostMemory> {
    Arc::new(HostMemory::new(ByteSize::mib(4096)))
}

/// A host that remembers what its guest said.
#[derive(Default)]
pub struct FakeHost {
    /// Every report of progress.
    pub progress: Mutex<Vec<(u64, u64, String)>>,
    /// Every line.
    pub lines: Mutex<Vec<String>>,
    /// The checkpoints.
    pub checkpoints: Mutex<BTreeMap<String, Json>>,
    /// Whether the job is cancelled.
    pub cancelled: AtomicBool,
    /// The job's parents.
    pub parents: Mutex<Vec<JobResult>>,
    /// Whether checkpoints and parents cannot be read.
    pub broken: AtomicBool,
}

impl FakeHost {
    /// Waits until the guest of a task that reports its beginning runs.
    pub async fn until_it_runs(&self) {
        let has_begun = async || (!self.progress.lock().unwrap().is_empty()).then_some(());
        until("the guest runs", has_begun).await;
    }
}

#[async_trait]
impl AttemptHost for FakeHost {
    fn report_progress(&self, done: u64, total: u64, message: &str) {
        self.progress.lock().unwrap().push((done, total, message.to_owned()));
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, CheckpointError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(CheckpointError::Unavailable("the disk is gone".to_owned()));
        }
        Ok(self.checkpoints.lock().unwrap().get(name).cloned())
    }

    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), CheckpointError> {
        self.checkpoints.lock().unwrap().insert(name.to_owned(), value);
        Ok(())
    }

    fn parent_count(&self) -> u32 {
        self.parents.lock().unwrap().len().try_into().unwrap()
    }

    async fn parent(&self, index: u32) -> Result<Option<JobResult>, String> {
        if self.broken.load(Ordering::SeqCst) {
            return Err("the disk is gone".to_owned());
        }
        Ok(self.parents.lock().unwrap().get(index as usize).cloned())
    }

    async fn submit(&self, step: &str, _: StepRequest) -> Result<JobId, SubmitError> {
        Err(SubmitError::Refused(format!("no grant for {step}")))
    }

    async fn submitted(&self, _: &str) -> Result<Option<JobResult>, String> {
        if self.broken.load(Ordering::SeqCst) { Err("the disk is gone".to_owned()) } else { Ok(None) }
    }

    async fn event(&self, _: EventName) -> Result<Option<InboxEvent>, String> {
        if self.broken.load(Ordering::SeqCst) { Err("the disk is gone".to_owned()) } else { Ok(None) }
    }

    async fn event_url(&self, event: EventName, _: Duration) -> Result<String, String> {
        Ok(format!("http://taskbox.example/v1/events?key={event}"))
    }

    fn log_line(&self, line: &str) {
        self.lines.lock().unwrap().push(line.to_owned());
    }
}

/// What is wrong with a component that was refused.
pub fn unfit(refused: Unready) -> Unfit {
    match refused {
        Unready::Unfit(unfit) => unfit,
        Unready::Later(reason) => panic!("it is not to blame: {reason}"),
    }
}

/// Compiling with the program that was built beside the tests.
pub fn compiler() -> CompilerConfig {
    CompilerConfig::new(binaries::taskbox())
}

/// The sandbox with one plugin in it.
pub struct Sandbox {
    /// The runner under test.
    pub runner: WasmRunner,
    /// What its guests are charged to.
    pub memory: Arc<HostMemory>,
    digest: Digest,
}

impl Sandbox {
    /// A sandbox with this plugin ready to run.
    pub async fn with(component: Vec<u8>, cache_dir: &Path, attempts_max: usize) -> Self {
        let config = SandboxConfig::new(cache_dir, compiler(), attempts_max);
        let memory = plenty();
        let runner =
            WasmRunner::new(config, Arc::new(FakeEgress), memory.clone()).expect("the sandbox starts");
        let digest = Digest::of(&component);
        runner.prepare(digest, component.into()).await.expect("the plugin fits");
        Self { runner, memory, digest }
    }

    /// An attempt of this task with usual limits.
    pub fn assignment(&self, task: &str, input: &serde_json::Value) -> Assignment {
        Assignment {
            code: Code::Plugin(PluginRef { name: name(), version: 1, digest: self.digest }),
            task: task.parse().expect("a task name"),
            job_id: JobId::from_bytes([1; 16]),
            attempt: 1,
            max_attempts: 3,
            input: Json::from_value(input),
            metadata: Json::parse(r#"{"shop":7}"#).expect("it is JSON"),
            tags: vec!["red".to_owned()],
            traceparent: None,
            limits: Limits::default(),
            timeout: Duration::from_secs(60),
            deadline: Timestamp::from_millis(60_000),
            config: Arc::default(),
            egress: EgressPass { plugin: name(), grant: Arc::new(Grant::default()), secrets: Arc::default() },
        }
    }

    /// Runs an attempt to its end.
    pub async fn run(&self, assignment: Assignment) -> AttemptReport {
        self.run_on(Arc::new(FakeHost::default()), assignment).await
    }

    /// Runs an attempt to its end, with this host.
    pub async fn run_on(&self, host: Arc<FakeHost>, assignment: Assignment) -> AttemptReport {
        self.runner.run(assignment, host, CancellationToken::new()).await
    }
}

fn name() -> PluginName {
    "misbehave".parse().expect("a plugin name")
}

/// The result of an attempt that succeeded.
pub fn output(report: &AttemptReport) -> serde_json::Value {
    match &report.outcome {
        Outcome::Succeeded(output) => serde_json::from_str(output.as_str()).expect("a result is JSON"),
        other => panic!("{other:?}"),
    }
}

/// The failure of an attempt that failed.
pub fn failure(report: &AttemptReport) -> Failure {
    match &report.outcome {
        Outcome::Failed(failure) => failure.clone(),
        other => panic!("{other:?} is no failure"),
    }
}
