//! Validation of a grant, field by field, before it is stored.

use std::collections::BTreeSet;

use super::{Grant, HostRule, SecretRule};
use crate::domain::egress_policy::{OriginPattern, is_echo, is_tunnel, prefix_as_sent};

/// The most secrets of one plugin: each is searched for in all responses of its servers.
const SECRETS_MAX: usize = 64;

impl Grant {
    /// The problems of all fields, each as a JSON pointer into the grant and a text.
    pub fn problems(&self) -> Vec<(String, String)> {
        let hosts = self.hosts.iter().enumerate().flat_map(|(index, rule)| host_problems(index, rule));
        let secrets =
            self.secrets.iter().enumerate().flat_map(|(index, rule)| self.secret_problems(index, rule));
        let many = (self.secrets.len() > SECRETS_MAX)
            .then(|| ("/secrets".to_owned(), format!("names more than {SECRETS_MAX} secrets")));
        let limits = self.limits.problems().into_iter().map(|(name, text)| (format!("/limits/{name}"), text));
        hosts.chain(many).chain(secrets).chain(self.name_problems()).chain(limits).collect()
    }

    /// The problems of a secret. One bound to a host that is not granted could never be sent there: most likely a typing
    /// error.
    fn secret_problems(&self, index: usize, rule: &SecretRule) -> Vec<(String, String)> {
        let granted: Vec<OriginPattern> =
            self.hosts.iter().filter_map(|host| host.url.parse().ok()).collect();
        let problem = |host: &String| match host.parse::<OriginPattern>() {
            Err(problem) => Some(problem),
            Ok(pattern) if granted.iter().any(|host| host.covers(&pattern)) => None,
            Ok(_) => Some(format!("{host:?} is not among \"hosts\"; add {{\"url\":{host:?}}} there")),
        };
        let hosts = rule.hosts.iter().enumerate();
        let mut problems: Vec<_> = hosts
            .filter_map(|(at, host)| Some((format!("/secrets/{index}/hosts/{at}"), problem(host)?)))
            .collect();
        if rule.hosts.is_empty() {
            let text = "names no host; a secret is sent only to hosts that are named".to_owned();
            problems.push((format!("/secrets/{index}/hosts"), text));
        }
        problems.extend(header_problems(index, &rule.headers));
        problems
    }

    /// The problems of names: a plugin reads secrets and config by the same names, which must differ.
    fn name_problems(&self) -> Vec<(String, String)> {
        let mut taken: BTreeSet<&str> = self.config.keys().map(String::as_str).collect();
        let mut problems = Vec::new();
        for (index, rule) in self.secrets.iter().enumerate() {
            if !taken.insert(rule.name.as_str()) {
                let text =
                    format!("{:?} is already the name of a config value or of another secret", rule.name);
                problems.push((format!("/secrets/{index}/name"), text));
            }
        }
        problems
    }
}

fn host_problems(index: usize, rule: &HostRule) -> Vec<(String, String)> {
    let url = rule.url.parse::<OriginPattern>().err().map(|text| (format!("/hosts/{index}/url"), text));
    let path = prefix_as_sent(&rule.path).err().map(|text| (format!("/hosts/{index}/path"), text));
    let methods = rule.methods.iter().enumerate().filter_map(|(at, method)| {
        let text = method_problem(method)?;
        Some((format!("/hosts/{index}/methods/{at}"), text))
    });
    url.into_iter().chain(methods).chain(path).collect()
}

fn header_problems(index: usize, headers: &[String]) -> Vec<(String, String)> {
    if headers.is_empty() {
        let text = "names no header; leave it out for [\"authorization\"]".to_owned();
        return vec![(format!("/secrets/{index}/headers"), text)];
    }
    let wrong = |(at, name): (usize, &String)| {
        let text = format!("{name:?} is not the name of a header such as \"authorization\"");
        (!is_token(name)).then(|| (format!("/secrets/{index}/headers/{at}"), text))
    };
    headers.iter().enumerate().filter_map(wrong).collect()
}

/// Whether a text can be the name of a header or method (RFC 9110, 5.6.2).
fn is_token(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(allowed)
}

fn method_problem(method: &str) -> Option<String> {
    if !is_token(method) {
        Some(format!("{method:?} is not a method such as \"GET\""))
    } else if is_tunnel(method) {
        Some(format!("{method} opens a tunnel, which no grant allows"))
    } else if is_echo(method) {
        Some(format!("{method} is answered with the secrets of the request, so no grant allows it"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(grant: &str) -> Vec<(String, String)> {
        serde_json::from_str::<Grant>(grant).unwrap().problems()
    }

    #[test]
    fn a_sound_grant_has_no_problems_and_what_is_left_out_has_its_default() {
        let grant = r#"{
            "hosts": [{"url": "https://*.stripe.com", "methods": ["GET"], "path": "/v1/"}, {"url": "http://127.0.0.1:9100"}],
            "networks": ["127.0.0.0/8"],
            "secrets": [{"name": "stripe-key", "hosts": ["https://api.stripe.com"]}]
        }"#;
        assert_eq!(problems(grant), []);
        assert_eq!(serde_json::from_str::<Grant>(grant).unwrap().secrets[0].headers, ["authorization"]);
        assert_eq!(problems("{}"), []);
        let rule = &serde_json::from_str::<Grant>(grant).unwrap().hosts[1];
        assert_eq!((rule.methods.len(), rule.path.as_str()), (0, "/"));
    }

    #[test]
    fn every_problem_is_named_at_its_place() {
        let found = problems(
            r#"{
            "hosts": [{"url": "api.stripe.com", "methods": ["get", "G T", "Connect", "TRACE", "TRACK"], "path": "v1"}],
            "config": {"a": "1"},
            "secrets": [
                {"name": "a", "hosts": ["https://evil.example"]},
                {"name": "b", "hosts": [], "headers": []},
                {"name": "b", "hosts": ["nonsense"], "headers": ["X-Api-Key", "x api key"]}
            ],
            "limits": {"memory": "4GiB"}
        }"#,
        );
        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/hosts/0/url",
                "/hosts/0/methods/1",
                "/hosts/0/methods/2",
                "/hosts/0/methods/3",
                "/hosts/0/methods/4",
                "/hosts/0/path",
                "/secrets/0/hosts/0",
                "/secrets/1/hosts",
                "/secrets/1/headers",
                "/secrets/2/hosts/0",
                "/secrets/2/headers/1",
                "/secrets/0/name",
                "/secrets/2/name",
                "/limits/memory",
            ]
        );
        assert!(found[6].1.contains(r#"add {"url":"https://evil.example"}"#), "{}", found[6].1);
    }
}
