//! A grant outside. Every field is optional, and nothing is granted by default.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::limits::{LimitsSchema, read_limits};
use crate::api::read::{Read, Value};
use crate::domain::{Grant, HostRule, LimitsSpec, SecretRule};

/// The rights of a plugin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Grant)]
pub(in crate::api) struct GrantBody {
    /// The requests that it may send.
    #[schema(required = false)]
    hosts: Vec<HostBody>,
    /// Address ranges that its hosts may resolve to although they are refused by default.
    #[schema(required = false, example = json!(["127.0.0.0/8"]))]
    networks: Vec<String>,
    /// Values that it reads through `wasi:config/store`.
    #[schema(required = false)]
    config: BTreeMap<String, String>,
    /// Secrets that the host puts into its requests, never into its sandbox.
    #[schema(required = false)]
    secrets: Vec<SecretRuleBody>,
    /// The tasks whose jobs it may submit; `*` at the end of a name for all that begin so.
    #[schema(required = false, example = json!(["resize", "mail.*"]))]
    submit: Vec<String>,
    /// The limits of one attempt; the defaults of those that are left out.
    #[schema(required = false, value_type = LimitsSchema)]
    limits: LimitsSpec,
}

/// A rule that allows requests.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HostRule)]
struct HostBody {
    /// `scheme://host[:port]`; `https://*.example.com` for all subdomains.
    #[schema(example = "https://api.stripe.com")]
    url: String,
    /// The allowed methods; all when empty or left out.
    #[schema(required = false, example = json!(["GET"]))]
    methods: Vec<String>,
    /// The prefix of allowed paths, in whole segments; `/` when left out.
    #[schema(required = false, example = "/v1/")]
    path: String,
}

/// A secret, the hosts to which it may be sent, and the headers that may carry it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecretRule)]
struct SecretRuleBody {
    #[schema(example = "stripe-key")]
    name: String,
    #[schema(example = json!(["https://api.stripe.com"]))]
    hosts: Vec<String>,
    /// Names of request headers; `authorization` when left out.
    #[schema(required = false, example = json!(["authorization"]))]
    headers: Vec<String>,
}

/// Reads a grant.
pub(in crate::api) fn read_grant(value: Value<'_>) -> Read<Grant> {
    let mut fields = value.object()?;
    let hosts = fields.optional("hosts", |hosts| hosts.list(read_host));
    let networks = fields.optional("networks", |networks| networks.list(Value::parsed));
    let config = fields.optional("config", |config| config.map(Value::text));
    let secrets = fields.optional("secrets", |secrets| secrets.list(read_secret_rule));
    let submit = fields.optional("submit", |submit| submit.list(Value::parsed));
    let limits = fields.optional("limits", read_limits);
    fields.finish(|| {
        Some(Grant {
            hosts: hosts.unwrap_or_default(),
            networks: networks.unwrap_or_default(),
            config: config.unwrap_or_default(),
            secrets: secrets.unwrap_or_default(),
            submit: submit.unwrap_or_default(),
            limits: limits.unwrap_or_default(),
        })
    })
}

fn read_host(value: Value<'_>) -> Read<HostRule> {
    let mut fields = value.object()?;
    let url = fields.required("url", Value::text);
    let methods = fields.optional("methods", |methods| methods.list(Value::text)).unwrap_or_default();
    let path = fields.optional("path", Value::text).unwrap_or_else(|| "/".to_owned());
    fields.finish(|| Some(HostRule { url: url?, methods, path }))
}

fn read_secret_rule(value: Value<'_>) -> Read<SecretRule> {
    let mut fields = value.object()?;
    let name = fields.required("name", Value::parsed);
    let hosts = fields.required("hosts", |hosts| hosts.list(Value::text));
    let headers = fields.optional("headers", |headers| headers.list(Value::text));
    let headers = headers.unwrap_or_else(SecretRule::usual_headers);
    fields.finish(|| Some(SecretRule { name: name?, hosts: hosts?, headers }))
}

impl From<&Grant> for GrantBody {
    fn from(grant: &Grant) -> Self {
        let host = |rule: &HostRule| HostBody {
            url: rule.url.clone(),
            methods: rule.methods.clone(),
            path: rule.path.clone(),
        };
        let secret = |rule: &SecretRule| SecretRuleBody {
            name: rule.name.to_string(),
            hosts: rule.hosts.clone(),
            headers: rule.headers.clone(),
        };
        Self {
            hosts: grant.hosts.iter().map(host).collect(),
            networks: grant.networks.iter().map(ToString::to_string).collect(),
            config: grant.config.clone(),
            secrets: grant.secrets.iter().map(secret).collect(),
            submit: grant.submit.iter().map(ToString::to_string).collect(),
            limits: grant.limits.clone(),
        }
    }
}
