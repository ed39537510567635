//! What a call needs. One table for all calls: what is not in it needs the most.

use std::fmt;
use std::str::FromStr;

use axum::http::Method;
use serde::{Deserialize, Serialize};

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Placing orders; submitting, cancelling, retrying and deleting jobs.
    Submit,
    /// Seeing orders, jobs, plugins, queues and schedules.
    Read,
    /// Plugins, grants, secrets, queues and schedules.
    Operate,
}

impl Scope {
    /// All scopes.
    pub const ALL: [Scope; 3] = [Scope::Submit, Scope::Read, Scope::Operate];

    /// The name of the scope.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Submit => "submit",
            Scope::Read => "read",
            Scope::Operate => "operate",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is not a scope; the scopes are submit, read and operate"))
    }
}

/// What a call needs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing: probes, the API's description, the looks of the pages.
    Nothing,
    /// A token with one of these scopes.
    AnyOf(&'static [Scope]),
}

/// What this call needs.
pub(super) fn need(method: &Method, path: &str) -> Need {
    use Scope::{Operate, Read, Submit};
    let below =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let reads = method.is_safe();
    if reads && (matches!(path, "/healthz" | "/readyz" | "/v1/openapi.json") || below("/assets")) {
        return Need::Nothing;
    }
    if below("/v1/secrets") {
        return Need::AnyOf(&[Operate]);
    }
    if ["/v1/plugins", "/v1/queues", "/v1/schedules", "/plugins"].into_iter().any(below) {
        return if reads { Need::AnyOf(&[Read, Operate]) } else { Need::AnyOf(&[Operate]) };
    }
    if reads {
        return Need::AnyOf(&[Read]);
    }
    if below("/v1/orders") || below("/v1/jobs") || path == "/" {
        return Need::AnyOf(&[Submit]);
    }
    Need::AnyOf(&[Operate])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_call_needs_its_scope_and_an_unknown_one_the_most() {
        let scopes = |method: Method, path: &str| match need(&method, path) {
            Need::Nothing => String::new(),
            Need::AnyOf(scopes) => scopes.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(" "),
        };
        assert_eq!(scopes(Method::GET, "/healthz"), "");
        assert_eq!(scopes(Method::POST, "/healthz"), "operate");
        assert_eq!(scopes(Method::GET, "/v1/orders/1"), "read");
        assert_eq!(scopes(Method::HEAD, "/"), "read");
        assert_eq!(scopes(Method::POST, "/v1/jobs/1/cancel"), "submit");
        assert_eq!(scopes(Method::GET, "/v1/plugins/a/grant"), "read operate");
        assert_eq!(scopes(Method::PUT, "/v1/plugins/a/grant"), "operate");
        assert_eq!(scopes(Method::GET, "/v1/schedules"), "read operate");
        assert_eq!(scopes(Method::DELETE, "/v1/schedules/nightly"), "operate");
        assert_eq!(scopes(Method::GET, "/v1/secrets"), "operate");
        assert_eq!(scopes(Method::POST, "/v1/jobsx"), "operate");
        assert_eq!(scopes(Method::PATCH, "/anything"), "operate");
    }
}
