//! Grants: the rights of plugins. Nothing is granted by default.

mod problems;

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{LimitsSpec, SecretName};

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
    /// The limits of one attempt.
    pub limits: LimitsSpec,
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
