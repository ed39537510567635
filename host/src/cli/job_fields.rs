//! The fields of a job to submit, now or by a schedule.

use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use serde_json::value::RawValue;

use super::UsageError;
use super::known;
use super::object::Object;
use super::one_of::one_of;
use crate::domain::{AfterFailed, AfterWhen, OnConflict, StateName};

/// A job to submit. Its task, then the host, decide the fields that are left out.
#[derive(Debug, Args)]
pub(super) struct JobFields {
    /// Task to run.
    #[arg(required = true, add = ArgValueCandidates::new(known::tasks))]
    task: Option<String>,
    /// Input of the task, as JSON.
    #[arg(default_value = "null")]
    input: String,
    /// Queue of the job.
    #[arg(long, add = ArgValueCandidates::new(known::queues))]
    queue: Option<String>,
    /// Priority from -100 to 100; jobs of higher priority run first.
    #[arg(long, allow_negative_numbers = true)]
    priority: Option<i64>,
    /// Earliest start, such as 2030-01-02T03:04:05Z.
    #[arg(long, value_name = "TIME", conflicts_with = "delay")]
    run_at: Option<String>,
    /// Time until the earliest start, such as 15m.
    #[arg(long, value_name = "DURATION")]
    delay: Option<String>,
    /// Number of failed attempts after which the job is discarded.
    #[arg(long, value_name = "COUNT")]
    max_attempts: Option<u32>,
    /// Wall time of one attempt, such as 90s.
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
    /// Time at which the job is discarded unless it has started.
    #[arg(long, value_name = "TIME")]
    expires_at: Option<String>,
    /// Tag to find the job by; repeat the option for several.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Data of the submitter, as a JSON object.
    #[arg(long, value_name = "JSON")]
    metadata: Option<String>,
    /// Short text to show with the job.
    #[arg(long)]
    label: Option<String>,
    #[command(flatten)]
    unique: UniqueFields,
    #[command(flatten)]
    flow: FlowControlFields,
    #[command(flatten)]
    after: AfterFields,
    /// URL that gets a signed POST when the job is final.
    #[arg(long, value_name = "URL")]
    callback_url: Option<String>,
    /// Accept the job even if no plugin offers the task now; it waits until one does.
    #[arg(long)]
    allow_unknown_task: bool,
    /// Further fields as a JSON object, such as '{"delay":"5m","priority":10}'.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    with: String,
}

/// The uniqueness of a job within its task.
#[derive(Debug, Args)]
struct UniqueFields {
    /// Key that only one job of the task may have at a time.
    #[arg(long, value_name = "KEY")]
    unique: Option<String>,
    /// Count only jobs submitted within this time, such as 1h.
    #[arg(long, value_name = "DURATION", requires = "unique")]
    unique_within: Option<String>,
    /// Count only jobs in these states, such as available,running [default: all that are not final].
    #[arg(long, value_name = "STATES", value_delimiter = ',', value_parser = one_of::<StateName>(), requires = "unique")]
    unique_states: Vec<StateName>,
    /// Effect of another job with the key [default: existing].
    #[arg(long, value_name = "EFFECT", value_parser = one_of::<OnConflict>(), requires = "unique")]
    on_conflict: Option<OnConflict>,
}

/// The jobs with which a job shares a limit, an order and turns.
#[derive(Debug, Args)]
struct FlowControlFields {
    /// Key of the jobs that share a concurrency limit.
    #[arg(long, value_name = "KEY")]
    concurrency_key: Option<String>,
    /// Start the job only when all such jobs of its concurrency key that were submitted before it are final.
    #[arg(long, requires = "concurrency_key")]
    strict_order: bool,
    /// Key of the jobs that share a turn; different keys take turns.
    #[arg(long, value_name = "KEY")]
    fairness_key: Option<String>,
    /// Turns of the fairness key for each turn of a key with weight 1.
    #[arg(long, value_name = "WEIGHT", requires = "fairness_key")]
    fairness_weight: Option<u32>,
}

/// The parents of a job.
#[derive(Debug, Args)]
struct AfterFields {
    /// Id of a job to wait for; repeat the option, or separate ids by commas, for several.
    #[arg(long, value_name = "JOB", value_delimiter = ',')]
    after: Vec<String>,
    /// Number of those jobs that must be final [default: all].
    #[arg(long, value_name = "HOW MANY", value_parser = one_of::<AfterWhen>(), requires = "after")]
    after_when: Option<AfterWhen>,
    /// Effect of a parent that is discarded, cancelled or deleted [default: discard].
    #[arg(long, value_name = "EFFECT", value_parser = one_of::<AfterFailed>(), requires = "after")]
    after_failed: Option<AfterFailed>,
}

impl JobFields {
    /// The body of the request. JSON arguments stand in it unchanged.
    pub(super) fn body(self) -> anyhow::Result<Object> {
        let mut body = Object::parse(&self.with).map_err(|error| {
            UsageError(format!("--with must be a JSON object, such as '{{\"delay\":\"5m\"}}': {error}"))
        })?;
        body.set_some("task", self.task);
        body.set("input", &parsed("the input", &self.input)?);
        body.set_some("queue", self.queue);
        body.set_some("priority", self.priority);
        body.set_some("run_at", self.run_at);
        body.set_some("delay", self.delay);
        body.set_some("max_attempts", self.max_attempts);
        body.set_some("timeout", self.timeout);
        body.set_some("expires_at", self.expires_at);
        body.set_list("tags", &self.tags);
        let metadata = self.metadata.as_deref().map(|text| parsed("--metadata", text)).transpose()?;
        body.set_some("metadata", metadata);
        body.set_some("label", self.label);
        body.set_some("unique", self.unique.value());
        self.flow.add_to(&mut body);
        self.after.add_to(&mut body);
        body.set_some("callback_url", self.callback_url);
        body.set_flag("allow_unknown_task", self.allow_unknown_task);
        Ok(body)
    }
}

impl UniqueFields {
    fn value(self) -> Option<Object> {
        let mut value = Object::default();
        value.set("key", &self.unique?);
        value.set_some("within", self.unique_within);
        value.set_list("states", &self.unique_states);
        value.set_some("on_conflict", self.on_conflict);
        Some(value)
    }
}

impl FlowControlFields {
    fn add_to(self, body: &mut Object) {
        body.set_some("concurrency_key", self.concurrency_key);
        body.set_flag("strict_order", self.strict_order);
        body.set_some("fairness_key", self.fairness_key);
        body.set_some("fairness_weight", self.fairness_weight);
    }
}

impl AfterFields {
    fn add_to(self, body: &mut Object) {
        body.set_list("after", &self.after);
        body.set_some("after_when", self.after_when);
        body.set_some("after_failed", self.after_failed);
    }
}

pub(super) fn parsed<'a>(what: &str, text: &'a str) -> Result<&'a RawValue, UsageError> {
    serde_json::from_str(text).map_err(|error| {
        UsageError(format!("{what} is not JSON: {error}; a string needs quotes, such as '\"hello\"'"))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Parser)]
    struct Typed {
        #[command(flatten)]
        job: JobFields,
    }

    fn text(arguments: &[&str]) -> anyhow::Result<String> {
        let body = Typed::try_parse_from([&["job"], arguments].concat())?.job.body()?;
        Ok(serde_json::to_string(&body)?)
    }

    fn body(arguments: &[&str]) -> anyhow::Result<Value> {
        Ok(serde_json::from_str(&text(arguments)?)?)
    }

    #[test]
    fn json_is_sent_as_it_was_typed() {
        let typed = r#"{"z":123456789012345678901234,"a":1.50}"#;
        let sent =
            text(&["mail", typed, "--metadata", typed, "--with", r#"{"label":"x","priority":1E0}"#]).unwrap();
        let expected = r#"{"label":"x","priority":1E0,"task":"mail","input":TYPED,"metadata":TYPED}"#;
        assert_eq!(sent, expected.replace("TYPED", typed));
    }

    #[test]
    fn what_is_not_said_is_left_out() {
        assert_eq!(body(&["mail"]).unwrap(), json!({ "task": "mail", "input": null }));
        let with = body(&["mail", "1", "--with", r#"{"delay":"5m"}"#, "--priority", "-7"]).unwrap();
        assert_eq!(with, json!({ "task": "mail", "input": 1, "delay": "5m", "priority": -7 }));
    }

    #[test]
    fn every_field_has_its_flag() {
        let said = "mail {} --queue q --priority 1 --delay 1s --max-attempts 2 --timeout 3s --expires-at 2030-01-02T03:04:05Z \
                    --tag a --tag b --metadata {} --label l --unique k --unique-within 1h --unique-states available,running \
                    --on-conflict replace --concurrency-key c --strict-order --fairness-key f --fairness-weight 3 \
                    --after x,y --after-when any --after-failed run --callback-url https://example.com --allow-unknown-task";
        let body = body(&said.split_whitespace().collect::<Vec<_>>()).unwrap();
        assert_eq!(
            body,
            json!({
                "task": "mail", "input": {}, "queue": "q", "priority": 1, "delay": "1s", "max_attempts": 2,
                "timeout": "3s", "expires_at": "2030-01-02T03:04:05Z", "tags": ["a", "b"], "metadata": {}, "label": "l",
                "unique": {
                    "key": "k", "within": "1h", "states": ["available", "running"], "on_conflict": "replace",
                },
                "concurrency_key": "c", "strict_order": true, "fairness_key": "f", "fairness_weight": 3,
                "after": ["x", "y"], "after_when": "any", "after_failed": "run",
                "callback_url": "https://example.com", "allow_unknown_task": true,
            })
        );
    }

    #[test]
    fn what_is_no_json_is_named() {
        for (arguments, named) in [
            (vec!["mail", "{"], "the input"),
            (vec!["mail", "1", "--metadata", "x"], "--metadata"),
            (vec!["mail", "1", "--with", "[]"], "--with"),
        ] {
            let error = body(&arguments).unwrap_err();
            assert!(error.is::<UsageError>() && error.to_string().contains(named), "{error}");
        }
    }
}
