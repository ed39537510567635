//! A case: one trial, and what is expected of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::values::{json, named, named_value, read_text};
use crate::api;
use crate::app::Loaded;
use crate::cli::UsageError;
use crate::domain::egress_policy::OriginPattern;
use crate::domain::{EventName, Grant, InboxEvent, JobId, Json, SecretName, SecretRule, StateName, TaskSpec};
use crate::ports::{JobResult, SecretValue};
use crate::trial::{Mocks, NetworkRules, Surroundings, Trial};

/// The id of the job when nothing is sent to a server: the same in every trial, so that mocks can name it.
pub(super) const FIXED_JOB_ID: &str = "00000000-0000-7000-8000-000000000001";

/// A case, read and checked as far as it can be without its plugin.
#[derive(Default)]
pub(in crate::cli::plugin) struct Case {
    pub(super) task: Option<String>,
    pub(super) input: Option<Json>,
    /// The mock file.
    pub(super) http: Option<PathBuf>,
    pub(super) allow_http: Vec<OriginPattern>,
    pub(super) is_recorded: bool,
    pub(super) grant: Option<Grant>,
    pub(super) config: BTreeMap<String, String>,
    pub(in crate::cli::plugin) secrets: BTreeMap<SecretName, SecretValue>,
    pub(super) events: BTreeMap<EventName, InboxEvent>,
    pub(super) parents: Vec<JobResult>,
    pub(super) attempts: Option<u32>,
    pub(super) fail_at: Option<String>,
}

impl Case {
    /// The trial of a plugin that was loaded. `job_id` is for trials that send requests to servers.
    pub(super) async fn trial(&self, loaded: &Loaded, job_id: JobId) -> anyhow::Result<Trial> {
        let sends = !self.allow_http.is_empty();
        Ok(Trial {
            plugin: loaded.plugin.clone(),
            tasks: loaded.tasks.clone(),
            task: self.task(&loaded.tasks)?.clone(),
            input: self.input.clone().unwrap_or_else(Json::null),
            job_id: if sends { job_id } else { FIXED_JOB_ID.parse().expect("it is an id") },
            grant: self.grant()?,
            secrets: self.secrets.clone(),
            network: self.network().await?,
            surroundings: Surroundings {
                parents: self.parents.clone(),
                events: self.events.clone(),
                fail_at: self.fail_at.clone(),
            },
            // An attempt that is killed is followed by another.
            attempts: self.attempts.unwrap_or(1 + u32::from(self.fail_at.is_some())),
        })
    }

    fn task<'a>(&self, tasks: &'a [TaskSpec]) -> Result<&'a TaskSpec, UsageError> {
        let names: Vec<_> = tasks.iter().map(|task| task.name.as_str()).collect();
        let name = self.task.as_deref().map_or_else(|| only_task(&names), Ok)?;
        let found = tasks.iter().find(|task| task.name.as_str() == name);
        found.ok_or_else(|| UsageError(format!("the plugin has no task {name}; it has {}", names.join(", "))))
    }

    /// What answers requests.
    pub(in crate::cli::plugin) async fn network(&self) -> anyhow::Result<NetworkRules> {
        Ok(NetworkRules {
            mocks: self.mocks().await?.map(Arc::new),
            allowed: self.allow_http.clone(),
            is_granted: self.grant.is_some(),
            is_recorded: self.is_recorded,
        })
    }

    /// The grant with the config and the secrets of the case.
    pub(in crate::cli::plugin) fn grant(&self) -> Result<Grant, UsageError> {
        let mut grant = self.grant.clone().unwrap_or_default();
        grant.config.extend(self.config.clone());
        for name in self.secrets.keys() {
            match (&self.grant, grant.secrets.iter().any(|rule| rule.name == *name)) {
                (_, true) => {}
                // Bound to each server that answers.
                (None, false) => grant.secrets.push(SecretRule {
                    name: name.clone(),
                    hosts: Vec::new(),
                    headers: SecretRule::usual_headers(),
                }),
                (Some(_), false) => {
                    let line = format!("{{\"name\":\"{name}\",\"hosts\":[..]}}");
                    return Err(UsageError(format!(
                        "the grant has no secret {name}; add {line} to its \"secrets\""
                    )));
                }
            }
        }
        Ok(grant)
    }

    /// The mock file, read anew: its entries count what they answer.
    pub(super) async fn mocks(&self) -> anyhow::Result<Option<Mocks>> {
        let Some(file) = &self.http else { return Ok(None) };
        let mocks = Mocks::parse(&read_text(file).await?);
        Ok(Some(mocks.map_err(|error| UsageError(format!("{}: {error}", file.display())))?))
    }
}

/// The task of a plugin that has only one.
pub(in crate::cli::plugin) fn only_task<'a>(names: &[&'a str]) -> Result<&'a str, UsageError> {
    match names {
        [only] => Ok(only),
        _ => {
            let names = names.join(", ");
            Err(UsageError(format!("the plugin has several tasks; name one with --task: {names}")))
        }
    }
}

/// Reads a grant from the text of a file.
pub(super) fn grant(file: &std::path::Path, text: String) -> Result<Grant, UsageError> {
    let wrong = |error: String| UsageError(format!("the grant in {}: {error}", file.display()));
    let json = Json::parse(text).map_err(|error| wrong(format!("it is {error}")))?;
    api::read_grant(&json).map_err(wrong)
}

/// Reads a server whose requests are sent: an origin, or a host with an optional port for both schemes.
pub(super) fn origins(argument: &str) -> Result<Vec<OriginPattern>, UsageError> {
    let texts = match argument.contains("://") {
        true => vec![argument.to_owned()],
        false => vec![format!("https://{argument}"), format!("http://{argument}")],
    };
    let read = |text: &String| text.parse().map_err(|error| UsageError(format!("--allow-http: {error}")));
    texts.iter().map(read).collect()
}

/// Reads a secret: `NAME=VALUE`, or `NAME=@FILE`.
pub(super) async fn secret(argument: &str) -> anyhow::Result<(SecretName, SecretValue)> {
    let (name, value) = named_value("--secret", argument)?;
    let value = match value.strip_prefix('@') {
        Some(file) => read_text(std::path::Path::new(file)).await?.trim_end_matches(['\r', '\n']).to_owned(),
        None => value,
    };
    Ok((name, SecretValue::new(value)))
}

/// Reads an event: `NAME=JSON`, or `NAME` for one that was waited for in vain.
pub(super) async fn event(argument: &str) -> anyhow::Result<(EventName, InboxEvent)> {
    let (name, value) = named("--event", argument)?;
    let event = match value {
        Some(value) => InboxEvent::Value(json("the value of --event", &value).await?),
        None => InboxEvent::TimedOut,
    };
    Ok((name, event))
}

/// Reads the result of a parent: an object with `output`, `error`, `state` and `task`, each of which may be left out.
pub(super) fn parent(number: usize, text: &Json) -> Result<JobResult, UsageError> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Written {
        task: Option<String>,
        state: Option<StateName>,
        output: Option<Box<serde_json::value::RawValue>>,
        error: Option<String>,
    }
    let form =
        "a parent is an object such as {\"output\":{..}} or {\"state\":\"discarded\",\"error\":\"why\"}";
    let wrong = |error: &dyn std::fmt::Display| UsageError(format!("parent {number}: {error}; {form}"));
    let written: Written = serde_json::from_str(text.as_str()).map_err(|error| wrong(&error))?;
    let default = if written.error.is_some() { StateName::Discarded } else { StateName::Completed };
    let task = written.task.map(|task| task.parse()).transpose();
    Ok(JobResult {
        job_id: JobId::from_bytes([u8::try_from(number).unwrap_or(u8::MAX); 16]),
        task: task.map_err(|error: crate::domain::NameError| wrong(&error))?,
        state: Some(written.state.unwrap_or(default)),
        output: written
            .output
            .map(|output| Json::from_raw(&output))
            .transpose()
            .map_err(|error| wrong(&error))?,
        error: written.error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_stands_for_both_schemes_and_an_origin_for_itself() {
        assert_eq!(origins("api.stripe.com").unwrap().len(), 2);
        assert_eq!(origins("localhost:8000").unwrap().len(), 2);
        assert_eq!(origins("https://*.stripe.com").unwrap().len(), 1);
        assert!(origins("https://a/b").unwrap_err().to_string().contains("--allow-http"));
    }

    #[test]
    fn a_parent_says_what_came_of_it() {
        let read = |text: &str| parent(1, &Json::parse(text).unwrap());
        let done = read(r#"{"output":{"a":1.50}}"#).unwrap();
        assert_eq!(
            (done.state, done.output.unwrap().as_str()),
            (Some(StateName::Completed), r#"{"a":1.50}"#)
        );
        assert_eq!(read(r#"{"error":"x"}"#).unwrap().state, Some(StateName::Discarded));
        assert!(read("[]").unwrap_err().to_string().contains("a parent is an object"));
    }

    #[tokio::test]
    async fn an_event_has_a_value_or_was_waited_for_in_vain() {
        assert_eq!(event("approval").await.unwrap().1, InboxEvent::TimedOut);
        let value = InboxEvent::Value(Json::parse("\"Ada\"").unwrap());
        assert_eq!(event("approval=\"Ada\"").await.unwrap().1, value);
        assert!(event("Approval=1").await.is_err() && event("approval=Ada").await.is_err());
    }

    #[test]
    fn a_grant_must_name_the_secrets_that_are_given() {
        let secrets = || BTreeMap::from([("key".parse().unwrap(), SecretValue::new("x"))]);
        let free = Case { secrets: secrets(), ..Case::default() };
        assert_eq!(free.grant().unwrap().secrets.len(), 1);
        let granted = Case { secrets: secrets(), grant: Some(Grant::default()), ..Case::default() };
        assert!(granted.grant().unwrap_err().to_string().contains("{\"name\":\"key\""));
    }
}
