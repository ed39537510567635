//! Webhooks of final jobs, in the form of Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks>, version 1.0.0).
//!
//! A job with a callback URL is submitted with a second job, which waits for the first and is of a task of the host. A
//! webhook is thus durable, retried, listed and limited like every other job.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use serde::Deserialize;
use serde_json::json;
use sha2::Sha256;

use super::egress_policy::Target;
use super::{
    After, AfterFailed, AfterWhen, FullJob, Grant, HostRule, HostTask, Job, JobId, JobSpec, Json, OrderId,
    Payload, QueueName, SecretName, Timestamp,
};

/// Number of attempts: with the usual backoff they take some hours.
const ATTEMPTS: u32 = 20;
/// The prefix of a key in its written form.
const KEY_PREFIX: &str = "whsec_";
/// The length of a key in bytes.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// The error of a callback on a host without a key.
pub const NO_WEBHOOK_KEY: &str = "this host has no key to sign with; an operator has to set one by PUT \
     /v1/secrets/webhook-key: \"whsec_\" and 24 to 64 random bytes in base64";

/// The queue of its jobs, apart from all others.
pub fn webhook_queue() -> QueueName {
    "taskbox.webhooks".parse().expect("it is a name")
}

/// The secret that holds the keys.
pub fn webhook_key() -> SecretName {
    "webhook-key".parse().expect("it is a name")
}

impl JobSpec {
    /// The webhook of this job, if it has a callback URL.
    pub fn webhook(&self, id: JobId) -> Option<FullJob> {
        let callback_url = self.options.callback_url.clone()?;
        let order = self.order.map(|order_id| OrderWebhook { order_id, callback_url });
        let after = After { jobs: vec![self.id], when: AfterWhen::All, on_failed: AfterFailed::Run };
        let spec = JobSpec {
            queue: webhook_queue(),
            max_attempts: ATTEMPTS,
            submitter: self.submitter.clone(),
            after: Some(after),
            ..JobSpec::new(id, HostTask::Webhook.task(), self.created_at)
        };
        let input = order.map_or_else(Json::empty_object, |order| order.to_input());
        Some(FullJob { job: Job::new(spec), payload: Payload::new(input) })
    }
}

/// The input of a webhook of an order, which is also sent when its job was deleted.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize)]
pub struct OrderWebhook {
    /// The order.
    pub order_id: OrderId,
    /// The URL of the receiver.
    pub callback_url: String,
}

impl OrderWebhook {
    /// The order of this webhook; `None` for that of a job.
    pub fn of(webhook: &Payload) -> Option<Self> {
        serde_json::from_str(webhook.input.as_str()).ok()
    }

    fn to_input(&self) -> Json {
        Json::from_value(
            &json!({ "order_id": self.order_id.to_string(), "callback_url": &self.callback_url }),
        )
    }
}

impl Grant {
    /// The grant of the host's own task for one receiver. Unless an operator names hosts, it may reach
    /// every one over TLS.
    pub fn for_webhook(&self, receiver: &Target) -> Self {
        let mut grant = self.clone();
        if grant.hosts.is_empty() && receiver.url().scheme() == "https" {
            let (url, methods) = (receiver.origin().to_string(), vec!["POST".to_owned()]);
            grant.hosts.push(HostRule { url, methods, path: "/".to_owned() });
        }
        grant
    }
}

/// Keys to sign with: a message has one signature for each, so that receivers can change from one to the
/// next at their own time. They cannot be shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookKeys(Vec<Vec<u8>>);

impl FromStr for WebhookKeys {
    type Err = String;

    /// Reads keys with white space between them. An error never shows any part of one.
    fn from_str(text: &str) -> Result<Self, String> {
        let key = |word: &str| {
            let bytes = BASE64.decode(word.strip_prefix(KEY_PREFIX)?).ok()?;
            KEY_BYTES.contains(&bytes.len()).then_some(bytes)
        };
        let keys: Option<Vec<_>> = text.split_whitespace().map(key).collect();
        keys.filter(|keys| !keys.is_empty()).map(Self).ok_or_else(|| {
            "must be \"whsec_\" and 24 to 64 random bytes in base64, or several of these with spaces between \
             them"
                .to_owned()
        })
    }
}

impl WebhookKeys {
    /// The value of `webhook-signature`.
    pub fn sign(&self, id: &str, at: Timestamp, body: &str) -> String {
        let seconds = at.as_millis() / 1000;
        let sign = |key: &Vec<u8>| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
            mac.update(format!("{id}.{seconds}.{body}").as_bytes());
            format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
        };
        self.0.iter().map(sign).collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::transition::tests::job;

    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_message_is_signed_as_the_example_of_the_specification() {
        let at = Timestamp::from_millis(1_614_265_330_999);
        let sign = |keys: &str| {
            let keys: WebhookKeys = keys.parse().unwrap();
            keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#)
        };
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(KEY), signature);
        assert_eq!(sign(&format!("{KEY}\n {KEY} ")), format!("{signature} {signature}"));
    }

    #[test]
    fn a_key_of_another_form_is_refused_and_not_shown() {
        for text in
            ["", " ", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8G", "whsec_***", &format!("{KEY} x")]
        {
            let error = text.parse::<WebhookKeys>().err().unwrap();
            assert!(error.contains("whsec_") && !error.contains("MfKQ"), "{error}");
        }
    }

    #[test]
    fn only_a_job_with_a_callback_has_a_second_one_that_waits_for_it() {
        let mut job = job(3);
        let id = JobId::from_bytes([9; 16]);
        assert_eq!(job.spec.webhook(id), None);
        job.spec.options.callback_url = Some("https://shop.example".to_owned());
        let webhook = job.spec.webhook(id).unwrap().job;
        assert_eq!((webhook.spec.id, webhook.state.waits_for), (id, 1));
        let after = webhook.spec.after.unwrap();
        assert_eq!((after.jobs, after.on_failed), (vec![job.spec.id], AfterFailed::Run));
        assert!(webhook.spec.task.is_reserved());
    }

    #[test]
    fn every_host_over_tls_may_be_told_unless_an_operator_names_some() {
        let plugin = HostTask::Webhook.grantee();
        let ask = |grant: &Grant, url: &str| {
            let target = Target::parse(url).unwrap();
            grant.for_webhook(&target).allow_request(plugin, "POST", &target).is_ok()
        };
        let open = Grant::default();
        assert!(ask(&open, "https://shop.example/hooks"));
        assert!(!ask(&open, "http://shop.example/hooks"));
        let rule = HostRule { url: "http://shop.example".to_owned(), methods: vec![], path: "/".to_owned() };
        let narrow = Grant { hosts: vec![rule], ..Grant::default() };
        assert!(ask(&narrow, "http://shop.example/hooks"));
        assert!(!ask(&narrow, "https://other.example/hooks"));
    }
}
