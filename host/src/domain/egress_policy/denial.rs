//! The text of a refusal: who may not do what, and the line of the grant that would allow it.

use super::{Origin, RefusedAddress, Target};
use crate::domain::{HostRule, PluginName, SecretName};

/// A request that the grant does not allow, in words for the author of the plugin.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct Denial(String);

impl Denial {
    /// No line of `hosts` allows the request. The query is left out: it may carry what no log should.
    pub(super) fn of_request(plugin: &PluginName, method: &str, target: &Target, line: &HostRule) -> Self {
        // A line is plain strings; it always can be written.
        let json = serde_json::to_string(line).unwrap_or_default();
        let (origin, path) = (target.origin(), target.path());
        Self(format!("plugin {plugin} may not {method} {origin}{path}: add {json} to \"hosts\" of its grant"))
    }

    /// The plugin and the line that its grant lacks, from the text of a refusal of a request.
    pub fn missing_line(text: &str) -> Option<(PluginName, HostRule)> {
        let rest = text.strip_prefix("plugin ")?;
        let (plugin, rest) = rest.split_once(" may not ")?;
        let (_, rest) = rest.split_once(": add ")?;
        let (line, _) = rest.split_once(" to \"hosts\" of its grant")?;
        Some((plugin.parse().ok()?, serde_json::from_str(line).ok()?))
    }

    /// A tunnel would carry requests that no rule could judge.
    pub(super) fn of_tunnel(plugin: &PluginName, target: &Target) -> Self {
        let origin = target.origin();
        Self(format!("plugin {plugin} may not CONNECT to {origin}: no grant allows a tunnel"))
    }

    /// The answer would be the request with the real secrets in its headers, in the hands of the guest.
    pub(super) fn of_echo(plugin: &PluginName, method: &str, target: &Target) -> Self {
        let origin = target.origin();
        Self(format!("plugin {plugin} may not {method} {origin}: no grant allows an echo of its secrets"))
    }

    /// The host is granted, but its address is one that has to be granted by itself.
    pub fn of_address(plugin: &PluginName, host: &str, refused: &RefusedAddress) -> Self {
        let RefusedAddress { address, kind, network } = refused;
        Self(format!(
            "plugin {plugin} may not connect to {host} at {address} ({kind}): add \"{network}\" to \"networks\" of its grant"
        ))
    }

    /// The secret is bound to other hosts.
    pub(super) fn of_secret(plugin: &PluginName, secret: &SecretName, origin: &Origin) -> Self {
        Self(format!(
            "plugin {plugin} may not send secret {secret} to {origin}: add \"{origin}\" to \"hosts\" of secret \"{secret}\" in its grant"
        ))
    }

    /// The secret is bound to other headers, since a server may repeat this one in its answer.
    pub(super) fn of_secret_header(plugin: &PluginName, secret: &SecretName, header: &str) -> Self {
        Self(format!(
            "plugin {plugin} may not send secret {secret} in header {header}: add \"{header}\" to \"headers\" of secret \"{secret}\" in its grant"
        ))
    }

    /// The request carries a placeholder that belongs to no secret of this attempt.
    pub fn of_stale_placeholder(plugin: &PluginName) -> Self {
        Self(format!(
            "plugin {plugin} sent the placeholder of a secret that is not one of this attempt: read it from its config in every attempt, and name the secret in \"secrets\" of its grant"
        ))
    }

    /// The request carries a placeholder where it would never be replaced.
    pub fn of_misplaced_placeholder(plugin: &PluginName, place: &str) -> Self {
        Self(format!(
            "plugin {plugin} sent the placeholder of a secret in {place}: a secret is put into header values only"
        ))
    }
}
