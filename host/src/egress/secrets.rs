//! Puts secrets in the place of their placeholders: in bound headers of requests to bound hosts, nowhere else.
//! A body is sent as the guest wrote it.
//!
//! The value must never come into an error, a log, or a header that shows itself in debug output.

use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::domain::egress_policy::{Denial, PLACEHOLDER_PREFIX, Target};
use crate::ports::{EgressError, EgressPass};

/// Replaces every placeholder in these headers, or says why one of them may not be.
pub(super) fn fill_in(
    pass: &EgressPass,
    target: &Target,
    headers: &mut HeaderMap,
) -> Result<(), EgressError> {
    // The parser leaves a placeholder's letters as they are, so it is found also in a URL.
    if target.url().as_str().contains(PLACEHOLDER_PREFIX) {
        return Err(denied(Denial::of_misplaced_placeholder(&pass.plugin, "a URL")));
    }
    for (name, value) in headers {
        if contains(value.as_bytes(), PLACEHOLDER_PREFIX.as_bytes()) {
            *value = filled(pass, target, name, value)?;
        }
    }
    Ok(())
}

fn filled(
    pass: &EgressPass,
    target: &Target,
    header: &HeaderName,
    value: &HeaderValue,
) -> Result<HeaderValue, EgressError> {
    let mut bytes = value.as_bytes().to_vec();
    for (name, (placeholder, secret)) in pass.secrets.iter() {
        if contains(&bytes, placeholder.as_bytes()) {
            let allowed = pass.grant.allow_secret(&pass.plugin, name, target.origin(), header.as_str());
            allowed.map_err(denied)?;
            let secret = HeaderValue::from_bytes(secret.reveal().as_bytes());
            let secret = secret.map_err(|_| EgressError::UnfitSecret(name.clone()))?;
            bytes = replace(&bytes, placeholder.as_bytes(), secret.as_bytes());
        }
    }
    if contains(&bytes, PLACEHOLDER_PREFIX.as_bytes()) {
        return Err(denied(Denial::of_stale_placeholder(&pass.plugin)));
    }
    hidden(&bytes)
}

/// A header value that does not show itself, and that HTTP/2 does not keep in its compression table.
fn hidden(bytes: &[u8]) -> Result<HeaderValue, EgressError> {
    let value = HeaderValue::from_bytes(bytes);
    let mut value = value.map_err(|_| EgressError::Invalid("a header cannot be sent".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn denied(denial: Denial) -> EgressError {
    EgressError::Denied(denial.to_string())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    find(text, part).is_some()
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    if part.is_empty() {
        return None;
    }
    text.windows(part.len()).position(|window| window == part)
}

fn replace(text: &[u8], part: &[u8], by: &[u8]) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len() + by.len());
    let mut rest = text;
    while let Some(at) = find(rest, part) {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(by);
        rest = &rest[at + part.len()..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::domain::egress_policy::placeholder;
    use crate::domain::{Grant, SecretName, SecretRule};
    use crate::ports::SecretValue;

    fn pass(secret: &str) -> EgressPass {
        let name: SecretName = "stripe-key".parse().unwrap();
        let (hosts, headers) = (vec!["https://api.stripe.com".to_owned()], SecretRule::usual_headers());
        let rule = SecretRule { name: name.clone(), hosts, headers };
        let secrets = BTreeMap::from([(name.clone(), (placeholder(&name, 7), SecretValue::new(secret)))]);
        EgressPass {
            plugin: "create-order".parse().unwrap(),
            grant: Arc::new(Grant { secrets: vec![rule], ..Grant::default() }),
            secrets: Arc::new(secrets),
        }
    }

    fn send(secret: &str, header: &str, url: &str) -> Result<HeaderValue, EgressError> {
        send_as("authorization", secret, header, url)
    }

    fn send_as(
        name: &'static str,
        secret: &str,
        header: &str,
        url: &str,
    ) -> Result<HeaderValue, EgressError> {
        let mut headers = HeaderMap::new();
        headers.append(name, header.parse().unwrap());
        fill_in(&pass(secret), &Target::parse(url).unwrap(), &mut headers)?;
        Ok(headers[name].clone())
    }

    fn mine() -> String {
        placeholder(&"stripe-key".parse().unwrap(), 7)
    }

    #[test]
    fn a_placeholder_is_replaced_for_its_host_and_does_not_show() {
        let sent = send("sk_live_1", &format!("Bearer {}, {}", mine(), mine()), "https://api.stripe.com/");
        let sent = sent.unwrap();
        assert_eq!(sent.as_bytes(), b"Bearer sk_live_1, sk_live_1");
        assert_eq!(format!("{sent:?}"), "Sensitive");
        assert_eq!(send("sk_live_1", "Bearer x", "https://a/").unwrap().as_bytes(), b"Bearer x");
    }

    #[test]
    fn a_placeholder_for_another_host_is_a_denial_that_says_so() {
        for url in ["https://evil.example/", "http://api.stripe.com/", "https://api.stripe.com:444/"] {
            let error = send("sk_live_1", &mine(), url).unwrap_err().to_string();
            assert!(error.contains("may not send secret stripe-key to") && !error.contains("sk_"), "{error}");
        }
    }

    #[test]
    fn a_placeholder_of_another_attempt_or_in_a_url_is_a_denial() {
        let stale = placeholder(&"stripe-key".parse().unwrap(), 8);
        let error = send("sk", &stale, "https://api.stripe.com/").unwrap_err().to_string();
        assert!(error.contains("not one of this attempt"), "{error}");
        let url = format!("https://api.stripe.com/?key={}", mine());
        assert!(send("sk", "x", &url).unwrap_err().to_string().contains("header values only"));
    }

    #[test]
    fn a_placeholder_in_another_header_is_a_denial_that_names_the_line() {
        let error = send_as("x-request-id", "sk_live_1", &mine(), "https://api.stripe.com/").unwrap_err();
        let line = r#"add "x-request-id" to "headers" of secret "stripe-key""#;
        assert!(matches!(&error, EgressError::Denied(text) if text.contains(line)), "{error}");
    }

    #[test]
    fn a_secret_that_fits_no_header_is_named_and_not_shown() {
        let error = send("sk_live\n1", &mine(), "https://api.stripe.com/").unwrap_err().to_string();
        assert!(error.contains("secret stripe-key") && !error.contains("sk_live"), "{error}");
    }
}
