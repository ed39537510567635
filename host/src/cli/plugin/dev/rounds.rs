//! The rounds of development: build, push, wait for a change.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use serde_json::value::RawValue;

use super::super::changes::Changes;
use super::super::test::{Case, only_task, time};
use super::super::{found, read};
use super::jobs::Jobs;
use super::project::Project;
use crate::cli::answer::Answer;
use crate::cli::building;
use crate::cli::client::Client;
use crate::cli::out::{note, say};
use crate::domain::{Digest, Grant, HostRule, Json, PluginName};
use crate::trial::NetworkRules;

/// What the rounds are about.
pub(super) struct Rounds {
    project: Project,
    client: Arc<Client>,
    url: String,
    jobs: Arc<Jobs>,
    /// What was pushed last.
    pushed: Option<Pushed>,
}

/// A version that runs.
struct Pushed {
    digest: Digest,
    tasks: Vec<String>,
}

impl Rounds {
    pub(super) fn new(project: Project, client: Arc<Client>, url: String, jobs: Arc<Jobs>) -> Self {
        Self { project, client, url, jobs, pushed: None }
    }

    /// Begins a round at each change. What is wrong with the plugin ends only its round.
    pub(super) async fn run(mut self) -> anyhow::Result<Infallible> {
        // From before the first round: what changes during it is built as well.
        let mut changes = Changes::of(self.project.source().to_owned(), self.project.beside())?;
        loop {
            if let Err(error) = self.round(&changes).await {
                note!("taskbox: {error:#}");
            }
            note!("waiting for a change of {}", self.project.source().display());
            changes.next().await?;
        }
    }

    async fn round(&mut self, changes: &Changes) -> anyhow::Result<()> {
        let case = self.project.case().await?;
        let network = case.network().await?;
        let grant = grant(&case, &network)?;
        self.jobs.answer_by(network);
        let component = building::component(self.project.source()).await?;
        let name = self.project.name().cloned().map_or_else(|| component.plugin_name(), Ok)?;
        let bytes = read(component.path()).await?;
        self.give(&name, &grant, &case).await?;
        let digest = Digest::of(&bytes);
        if self.pushed.as_ref().is_none_or(|pushed| pushed.digest != digest) {
            let uploaded = self.client.put_bytes(&format!("/v1/plugins/{name}"), bytes).await?;
            self.say(&uploaded, changes.elapsed());
            let tasks = found::task_names(&uploaded);
            self.pushed = Some(Pushed { digest, tasks });
        }
        if let Some((task, input)) = self.project.job().await? {
            self.submit(task, &input).await?;
        }
        Ok(())
    }

    /// Gives the plugin its grant and its secrets.
    async fn give(&self, name: &PluginName, grant: &Grant, case: &Case) -> anyhow::Result<()> {
        for (secret, value) in &case.secrets {
            let (path, value) = (format!("/v1/secrets/{secret}"), json!({ "value": value.reveal() }));
            self.client.put(&path, &value).await.with_context(|| format!("the secret {secret}"))?;
        }
        self.client.put(&format!("/v1/plugins/{name}/grant"), grant).await?;
        Ok(())
    }

    fn say(&self, uploaded: &Answer, took: Duration) {
        match self.pushed {
            None => {
                found::say_version(uploaded);
                found::say_first_job(uploaded, Some(&self.url));
                say!("");
            }
            Some(_) => {
                let part = |name: &str| uploaded.at(name).map(|part| part.text()).unwrap_or_default();
                let took = time(took);
                say!("{} version {} runs, {took} after the change", part("/name"), part("/version"));
            }
        }
    }

    async fn submit(&self, task: Option<&str>, input: &Json) -> anyhow::Result<()> {
        let tasks = self.pushed.iter().flat_map(|pushed| &pushed.tasks);
        let tasks: Vec<_> = tasks.map(String::as_str).collect();
        let task = task.map_or_else(|| only_task(&tasks), Ok)?;
        let input: &RawValue = serde_json::from_str(input.as_str())?;
        self.client.post("/v1/jobs", &json!({ "task": task, "input": input })).await?;
        Ok(())
    }
}

/// The grant of the plugin: that of its file, or one of all servers that answer, for all secrets. Without servers, secrets go
/// nowhere and are left out.
fn grant(case: &Case, network: &NetworkRules) -> anyhow::Result<Grant> {
    let mut grant = case.grant()?;
    if !network.is_granted {
        let servers = network.servers();
        grant.secrets.iter_mut().for_each(|secret| secret.hosts.extend(servers.iter().cloned()));
        grant.secrets.retain(|secret| !secret.hosts.is_empty());
        grant.hosts.extend(servers.into_iter().map(HostRule::whole));
    }
    Ok(grant)
}
