//! Whether a grant allows a request, and a secret to go with it.

use super::path::{is_under, prefix_as_sent, prefix_for};
use super::{Denial, Origin, OriginPattern, Target};
use crate::domain::{Grant, HostRule, PluginName, SecretName, SecretRule};

/// Whether this method asks for a tunnel instead of an answer.
pub(in crate::domain) fn is_tunnel(method: &str) -> bool {
    method.eq_ignore_ascii_case("CONNECT")
}

/// Whether this method is answered with the request itself, its secrets included (RFC 9110, 9.3.8; TRACK is
/// the same in older versions of IIS).
pub(in crate::domain) fn is_echo(method: &str) -> bool {
    ["TRACE", "TRACK"].iter().any(|echo| method.eq_ignore_ascii_case(echo))
}

impl Grant {
    /// Whether some line of `hosts` allows this request.
    pub fn allow_request(&self, plugin: &PluginName, method: &str, target: &Target) -> Result<(), Denial> {
        if is_tunnel(method) {
            return Err(Denial::of_tunnel(plugin, target));
        }
        if is_echo(method) {
            return Err(Denial::of_echo(plugin, method, target));
        }
        if self.hosts.iter().any(|rule| rule.allows(method, target)) {
            return Ok(());
        }
        Err(Denial::of_request(plugin, method, target, &HostRule::for_request(method, target)))
    }

    /// The host of the first line that names this server, as the operator wrote it, such as `*.example.com:8443`.
    pub fn named_host(&self, origin: &Origin) -> Option<&str> {
        let rule = self.hosts.iter().find(|rule| names(&rule.url, origin))?;
        Some(rule.url.split_once("://").map_or(rule.url.as_str(), |(_, host)| host))
    }

    /// Whether this secret may go into this header of a request to this server.
    pub fn allow_secret(
        &self,
        plugin: &PluginName,
        secret: &SecretName,
        origin: &Origin,
        header: &str,
    ) -> Result<(), Denial> {
        let mut bound = self.rules_of(secret, origin).peekable();
        if bound.peek().is_none() {
            return Err(Denial::of_secret(plugin, secret, origin));
        }
        if bound.any(|rule| rule.headers.iter().any(|name| name.eq_ignore_ascii_case(header))) {
            return Ok(());
        }
        Err(Denial::of_secret_header(plugin, secret, header))
    }

    /// Whether some request to this server may carry this secret.
    pub fn binds_secret(&self, secret: &SecretName, origin: &Origin) -> bool {
        self.rules_of(secret, origin).next().is_some()
    }

    /// The lines that bind this secret to this server.
    fn rules_of(&self, secret: &SecretName, origin: &Origin) -> impl Iterator<Item = &SecretRule> {
        let rules = self.secrets.iter().filter(move |rule| rule.name == *secret);
        rules.filter(move |rule| rule.hosts.iter().any(|host| names(host, origin)))
    }
}

impl HostRule {
    /// The narrowest line worth writing that allows this request.
    fn for_request(method: &str, target: &Target) -> Self {
        Self {
            url: target.origin().to_string(),
            methods: vec![method.to_ascii_uppercase()],
            path: prefix_for(target.path()).to_owned(),
        }
    }

    /// Whether this line allows the request. A line that cannot be read allows nothing.
    fn allows(&self, method: &str, target: &Target) -> bool {
        // Methods have a case, but servers that ignore it would do for "get" what they do for "GET".
        let names_method = |allowed: &String| allowed.eq_ignore_ascii_case(method);
        (self.methods.is_empty() || self.methods.iter().any(names_method))
            && names(&self.url, target.origin())
            && prefix_as_sent(&self.path).is_ok_and(|prefix| is_under(target.path(), &prefix))
    }
}

fn names(pattern: &str, origin: &Origin) -> bool {
    pattern.parse::<OriginPattern>().is_ok_and(|pattern| pattern.matches(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plugin() -> PluginName {
        "create-order".parse().unwrap()
    }

    fn target(url: &str) -> Target {
        Target::parse(url).unwrap()
    }

    fn rule(url: &str, methods: &[&str], path: &str) -> HostRule {
        let methods = methods.iter().map(|&method| method.to_owned()).collect();
        HostRule { url: url.to_owned(), methods, path: path.to_owned() }
    }

    fn allowed(rule: HostRule, method: &str, url: &str) -> bool {
        let grant = Grant { hosts: vec![rule], ..Grant::default() };
        grant.allow_request(&plugin(), method, &target(url)).is_ok()
    }

    #[test]
    fn nothing_is_allowed_by_default_and_the_denial_names_the_missing_line() {
        let denial = Grant::default()
            .allow_request(&plugin(), "GET", &target("https://api.stripe.com/v1/x?key=private"))
            .unwrap_err();
        assert_eq!(
            denial.to_string(),
            r#"plugin create-order may not GET https://api.stripe.com/v1/x: add {"url":"https://api.stripe.com","methods":["GET"],"path":"/v1/"} to "hosts" of its grant"#
        );
    }

    #[test]
    fn the_line_that_a_denial_names_allows_the_request() {
        for url in [
            "https://a/",
            "http://[::1]:8080/x/y",
            "https://a/v1/..%2fx",
            "https://ä.example/ö/",
            "http://a?q",
        ] {
            let denial =
                Grant::default().allow_request(&plugin(), "PUT", &target(url)).unwrap_err().to_string();
            let (named, line) = Denial::missing_line(&denial).unwrap();
            assert!(named == plugin() && allowed(line, "PUT", url), "{denial}");
        }
    }

    #[test]
    fn scheme_host_port_method_and_path_must_all_fit() {
        let line = || rule("https://api.stripe.com", &["GET"], "/v1/");
        assert!(allowed(line(), "GET", "https://api.stripe.com/v1/payment_intents/pi_1?expand=x"));
        assert!(!allowed(line(), "POST", "https://api.stripe.com/v1/x"));
        assert!(allowed(line(), "get", "https://api.stripe.com/v1/x"), "in any case");
        assert!(allowed(rule("https://a", &["get"], "/"), "GET", "https://a/"));
        assert!(!allowed(line(), "GET", "https://api.stripe.com/v2/x"));
        assert!(!allowed(line(), "GET", "https://api.stripe.com/v1/../v2/x"));
        assert!(!allowed(line(), "GET", "https://api.stripe.com/v1/%2e%2e%2fv2/x"));
        assert!(!allowed(line(), "GET", "http://api.stripe.com/v1/x"));
        assert!(!allowed(line(), "GET", "https://api.stripe.com:444/v1/x"));
    }

    #[test]
    fn no_methods_are_all_methods_but_never_a_tunnel_or_an_echo() {
        let line = || rule("https://a", &[], "/");
        assert!(allowed(line(), "DELETE", "https://a/x") && allowed(line(), "PURGE", "https://a/x"));
        for method in ["CONNECT", "connect", "TRACE", "Trace", "TRACK", "track"] {
            assert!(!allowed(line(), method, "https://a/x"), "{method}");
            assert!(
                !allowed(rule("https://a", &[method], "/"), method, "https://a/x"),
                "not even by its name"
            );
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_allows_nothing() {
        assert!(!allowed(rule("a", &[], "/"), "GET", "https://a/"));
        assert!(!allowed(rule("https://a", &[], ""), "GET", "https://a/"));
        assert!(!allowed(rule("https://a", &[], "/v1/.."), "GET", "https://a/"));
    }

    #[test]
    fn a_secret_goes_to_its_own_hosts_only() {
        let name: SecretName = "stripe-key".parse().unwrap();
        let grant = with_secret(&name, SecretRule::usual_headers());
        let ask = |url| grant.allow_secret(&plugin(), &name, target(url).origin(), "authorization");
        assert_eq!(ask("https://api.stripe.com/v1/"), Ok(()));
        let binds = |name: &SecretName, url| grant.binds_secret(name, target(url).origin());
        assert!(binds(&name, "https://api.stripe.com/") && !binds(&name, "http://api.stripe.com/"));
        assert!(!binds(&"partner-key".parse().unwrap(), "https://api.stripe.com/"));
        let denial = ask("http://api.stripe.com/").unwrap_err().to_string();
        assert!(
            denial.contains(r#"add "http://api.stripe.com" to "hosts" of secret "stripe-key""#),
            "{denial}"
        );
    }

    #[test]
    fn a_secret_goes_into_its_own_headers_only() {
        let name: SecretName = "stripe-key".parse().unwrap();
        let grant = with_secret(&name, vec!["X-Api-Key".to_owned()]);
        let origin = target("https://api.stripe.com/");
        let ask = |header| grant.allow_secret(&plugin(), &name, origin.origin(), header);
        assert_eq!(ask("x-api-key"), Ok(()));
        assert_eq!(
            ask("x-request-id").unwrap_err().to_string(),
            r#"plugin create-order may not send secret stripe-key in header x-request-id: add "x-request-id" to "headers" of secret "stripe-key" in its grant"#
        );
    }

    fn with_secret(name: &SecretName, headers: Vec<String>) -> Grant {
        let hosts = vec!["https://*.stripe.com".to_owned()];
        Grant { secrets: vec![SecretRule { name: name.clone(), hosts, headers }], ..Grant::default() }
    }
}
