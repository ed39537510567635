//! Grants: the rights of plugins. Nothing is granted by default.

mod problems;
mod task_pattern;
mod wanted;

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::egress_policy::{OriginPattern, Target};
use super::{LimitsSpec, SecretName, TaskName};

pub use task_pattern::TaskPattern;

/// Hosts, networks, config, secrets and limits of one plugin.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Grant {
    /// The requests that it may send.
    pub hosts: Vec<HostRule>,
    /// Address ranges that its hosts may resolve to although they are refused by default.
    pub networks: Vec<IpNet>,
    /// Values that it reads through `wasi:config/store`.
    pub config: BTreeMap<String, String>,
    /// Secrets that the host puts into its requests, never into its sandbox.
    pub secrets: Vec<SecretRule>,
    /// The tasks whose jobs it may submit.
    pub submit: Vec<TaskPattern>,
    /// The limits of one attempt.
    pub limits: LimitsSpec,
}

impl Grant {
    /// Whether it lets its plugin submit jobs of this task; the error names the line that would.
    pub fn allow_submission(&self, task: &TaskName) -> Result<(), String> {
        if self.submit.iter().any(|pattern| pattern.matches(task)) {
            return Ok(());
        }
        let line = format!("\"submit\": [\"{task}\"]");
        Err(format!("the grant of this plugin does not let it submit jobs of {task}; add {line} to it"))
    }

    /// Whether it names the origin of a callback URL of a job that its plugin submits: to choose another one would be a way
    /// round its egress.
    pub fn allow_callback(&self, url: &str) -> Result<(), String> {
        let target = Target::parse(url)?;
        let pattern = |rule: &HostRule| rule.url.parse::<OriginPattern>().ok();
        let mut patterns = self.hosts.iter().filter_map(pattern);
        if patterns.any(|pattern| pattern.matches(target.origin())) {
            return Ok(());
        }
        let origin = target.origin();
        Err(format!("the grant of this plugin names no host {origin} for a callback; add it to \"hosts\""))
    }
}

/// A rule that allows requests.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostRule {
    /// `scheme://host[:port]`, as written by the operator; `https://*.example.com` for all subdomains.
    pub url: String,
    /// Allowed methods, in any case; all of them when empty.
    #[serde(default)]
    pub methods: Vec<String>,
    /// The path must begin with it, in whole segments; `/` for all paths.
    #[serde(default = "every_path")]
    pub path: String,
}

impl HostRule {
    /// A rule that allows every request to this server.
    pub fn whole(url: impl Into<String>) -> Self {
        Self { url: url.into(), methods: Vec::new(), path: every_path() }
    }
}

/// A secret, the hosts to which it may be sent, and the headers that may carry it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRule {
    /// Name of the secret.
    pub name: SecretName,
    /// `scheme://host[:port]` of the hosts whose requests may carry it.
    pub hosts: Vec<String>,
    /// Names of request headers, in any case. A header that servers repeat, such as `x-request-id`, would reveal the
    /// secret.
    #[serde(default = "SecretRule::usual_headers")]
    pub headers: Vec<String>,
}

impl SecretRule {
    /// The headers of a rule that names none: `authorization`.
    pub fn usual_headers() -> Vec<String> {
        vec!["authorization".to_owned()]
    }
}

fn every_path() -> String {
    "/".to_owned()
}
