//! A runner whose attempts do what a test tells them, one by one.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use taskbox::domain::{
    Code, Digest, Grant, Json, KnownNames, Limits, Outcome, PluginName, PluginRef, TaskHold, TaskName,
    TaskSchemas, TaskSpec,
};
use taskbox::ports::{
    Assignment, AttemptHost, AttemptReport, EgressPass, Provision, Registry, Runner, Unfit,
};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// An attempt that waits for its test to end it.
pub struct Started {
    /// What it was told to do.
    pub assignment: Assignment,
    /// What it may ask.
    pub host: Arc<dyn AttemptHost>,
    /// Ends it.
    pub finish: oneshot::Sender<Outcome>,
}

impl Started {
    /// Lets it succeed with `{}`.
    pub fn succeed(self) {
        self.end(Outcome::Succeeded(Json::empty_object()));
    }

    /// Lets it end this way.
    pub fn end(self, outcome: Outcome) {
        self.finish.send(outcome).expect("the attempt still waits");
    }
}

/// Hands every attempt to the test.
pub struct ScriptedRunner {
    started: mpsc::UnboundedSender<Started>,
}

impl ScriptedRunner {
    /// A runner, and where its attempts appear.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Started>) {
        let (started, receiver) = mpsc::unbounded_channel();
        (Self { started }, receiver)
    }
}

#[async_trait]
impl Runner for ScriptedRunner {
    async fn run(
        &self,
        assignment: Assignment,
        host: Arc<dyn AttemptHost>,
        stop: CancellationToken,
    ) -> AttemptReport {
        let (finish, finished) = oneshot::channel();
        let handed_over = self.started.send(Started { assignment, host, finish });
        let outcome = match handed_over {
            Ok(()) => tokio::select! {
                outcome = finished => outcome.unwrap_or(Outcome::Interrupted),
                () = stop.cancelled() => Outcome::Interrupted,
            },
            Err(_) => Outcome::Interrupted,
        };
        AttemptReport { outcome, cpu: Duration::ZERO, peak_memory_bytes: 0 }
    }
}

/// A registry with one plugin, `work`, that offers the task `work`.
pub struct OnePlugin {
    /// What its attempts may use.
    pub limits: Limits,
}

impl OnePlugin {
    /// The task's name.
    pub fn task() -> TaskName {
        "work".parse().expect("a name")
    }

    fn code() -> Code {
        Code::Plugin(PluginRef { name: Self::name(), version: 1, digest: Digest::of(b"work") })
    }

    fn name() -> PluginName {
        "work".parse().expect("a name")
    }

    fn spec() -> TaskSpec {
        TaskSpec {
            name: Self::task(),
            description: String::new(),
            input_schema: None,
            output_schema: None,
            max_attempts: None,
            timeout: None,
            queue: None,
        }
    }
}

#[async_trait]
impl Registry for OnePlugin {
    fn routes(&self) -> Arc<HashMap<TaskName, Code>> {
        Arc::new(HashMap::from([(Self::task(), Self::code())]))
    }

    fn offers(&self, task: &TaskName) -> bool {
        *task == Self::task()
    }

    fn hold(&self, task: &TaskName) -> Option<TaskHold> {
        (!self.offers(task)).then_some(TaskHold::UnknownTask)
    }

    fn concurrency(&self) -> Arc<HashMap<PluginName, u32>> {
        Arc::new(HashMap::from([(Self::name(), self.limits.concurrency)]))
    }

    fn task(&self, name: &TaskName) -> Option<TaskSpec> {
        (*name == Self::task()).then(Self::spec)
    }

    fn schemas(&self, _: &TaskName) -> Option<Arc<TaskSchemas>> {
        None
    }

    fn known_names(&self) -> Arc<KnownNames> {
        Arc::default()
    }

    fn task_names(&self) -> Vec<TaskName> {
        vec![Self::task()]
    }

    fn has_webhook_key(&self) -> bool {
        false
    }

    async fn provision(&self, code: &Code, _task: &TaskName) -> Result<Provision, Unfit> {
        let egress = EgressPass {
            plugin: code.grantee().clone(),
            grant: Arc::new(Grant::default()),
            secrets: Arc::default(),
        };
        Ok(Provision {
            task: Self::spec(),
            schemas: None,
            limits: self.limits.clone(),
            config: Arc::default(),
            egress,
        })
    }
}
