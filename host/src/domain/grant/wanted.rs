//! What a plugin asks for, compared with what it was given. A wanted grant is only ever shown.

use super::{Grant, HostRule, SecretRule, TaskPattern};
use crate::domain::egress_policy::{OriginPattern, is_within};

impl Grant {
    /// The lines of a wanted grant that this one does not give; none when it gives all.
    pub fn lacking(&self, wanted: &Grant) -> Grant {
        Grant {
            hosts: lines(&wanted.hosts, |rule| self.hosts.iter().any(|own| own.gives(rule))),
            networks: lines(&wanted.networks, |net| self.networks.iter().any(|own| own.contains(net))),
            config: wanted
                .config
                .iter()
                .filter(|(key, _)| !self.config.contains_key(*key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
            secrets: lines(&wanted.secrets, |rule| self.secrets.iter().any(|own| own.gives(rule))),
            submit: lines(&wanted.submit, |tasks| self.submit.iter().any(|own| own.covers(tasks))),
            limits: wanted.limits.beyond(&self.limits),
        }
    }

    /// Whether it gives nothing and names no limit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn lines<T: Clone>(wanted: &[T], is_given: impl Fn(&T) -> bool) -> Vec<T> {
    wanted.iter().filter(|line| !is_given(line)).cloned().collect()
}

impl HostRule {
    /// Whether it allows all that the other allows.
    fn gives(&self, wanted: &HostRule) -> bool {
        let has = |method: &String| self.methods.iter().any(|own| own.eq_ignore_ascii_case(method));
        let all_methods =
            self.methods.is_empty() || (!wanted.methods.is_empty() && wanted.methods.iter().all(has));
        covers(&self.url, &wanted.url) && all_methods && is_within(&wanted.path, &self.path)
    }
}

impl SecretRule {
    /// Whether it sends the secret wherever the other does.
    fn gives(&self, wanted: &SecretRule) -> bool {
        let goes_to = |host: &String| self.hosts.iter().any(|own| covers(own, host));
        let goes_in = |header: &String| self.headers.iter().any(|own| own.eq_ignore_ascii_case(header));
        self.name == wanted.name && wanted.hosts.iter().all(goes_to) && wanted.headers.iter().all(goes_in)
    }
}

impl TaskPattern {
    /// Whether it names all tasks that the other names.
    fn covers(&self, wanted: &TaskPattern) -> bool {
        let (own, wanted) = (self.to_string(), wanted.to_string());
        own == wanted || own.strip_suffix('*').is_some_and(|prefix| wanted.starts_with(prefix))
    }
}

/// Whether a pattern of origins names all that the other names. One that cannot be read names none.
fn covers(own: &str, wanted: &str) -> bool {
    match (own.parse::<OriginPattern>(), wanted.parse::<OriginPattern>()) {
        (Ok(own), Ok(wanted)) => own.covers(&wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(json: &str) -> Grant {
        serde_json::from_str(json).unwrap()
    }

    fn lacking(own: &str, wanted: &str) -> String {
        serde_json::to_string(&grant(own).lacking(&grant(wanted))).unwrap()
    }

    const WANTED: &str = r#"{
        "hosts": [{"url": "https://api.stripe.com", "methods": ["GET"], "path": "/v1/"}],
        "networks": ["10.1.0.0/16"],
        "config": {"base": "https://api.stripe.com"},
        "secrets": [{"name": "stripe-key", "hosts": ["https://api.stripe.com"]}],
        "submit": ["mail.send"],
        "limits": {"memory": "128MiB", "requests": 5}
    }"#;

    #[test]
    fn a_grant_that_gives_as_much_or_more_lacks_nothing() {
        assert!(grant(WANTED).lacking(&grant(WANTED)).is_empty());
        let wider = r#"{
            "hosts": [{"url": "https://*.stripe.com"}],
            "networks": ["10.0.0.0/8"],
            "config": {"base": "https://other.example"},
            "secrets": [{"name": "stripe-key", "hosts": ["https://*.stripe.com"], "headers": ["x-key", "Authorization"]}],
            "submit": ["mail.*"],
            "limits": {"memory": "512MiB"}
        }"#;
        assert!(grant(wider).lacking(&grant(WANTED)).is_empty());
        assert!(grant("{}").lacking(&grant("{}")).is_empty());
    }

    #[test]
    fn what_is_missing_is_the_lines_that_were_wanted() {
        let all = lacking("{}", WANTED);
        assert_eq!(
            grant(&all),
            Grant { limits: grant(r#"{"limits":{"memory":"128MiB"}}"#).limits, ..grant(WANTED) }
        );
        for narrower in [
            r#"{"hosts": [{"url": "http://api.stripe.com"}]}"#,
            r#"{"hosts": [{"url": "https://api.stripe.com", "methods": ["POST"]}]}"#,
            r#"{"hosts": [{"url": "https://api.stripe.com", "path": "/v1/charges/"}]}"#,
        ] {
            assert_eq!(grant(&lacking(narrower, WANTED)).hosts, grant(WANTED).hosts, "{narrower}");
        }
        let any_method = r#"{"hosts": [{"url": "https://a"}]}"#;
        let one_method = r#"{"hosts": [{"url": "https://a", "methods": ["GET"]}]}"#;
        assert_eq!(grant(&lacking(one_method, any_method)).hosts, grant(any_method).hosts);
        assert_eq!(grant(&lacking(r#"{"submit":["mail"]}"#, r#"{"submit":["mail.*"]}"#)).submit.len(), 1);
    }
}
