//! The options of a job, outside: the same fields in requests, jobs and schedules.

use serde::ser::Error;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::flow_control::{FlowControlBody, read_flow_control};
use super::unique::{UniqueBody, read_unique};
use crate::api::read::{Fields, Value};
use crate::domain::{JobOptions, TAGS_MAX, Timestamp, format_duration};

/// The options of a job.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = JobOptions)]
pub(super) struct JobOptionsBody {
    /// Wall time of one attempt, at most `7d`; when left out or null, that of the task, then that of the plugin's grant.
    #[schema(example = "90s")]
    timeout: Option<String>,
    /// A job that has not started by then is discarded at that time, whatever holds it back. Null after a retry by a
    /// caller, which lifts it.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Tags to find the job by, 1 to 255 bytes each.
    #[schema(required = false, max_items = 32)]
    tags: Vec<String>,
    /// Short text to show with the job, at most 255 bytes.
    label: Option<String>,
    unique: Option<UniqueBody>,
    #[serde(flatten)]
    flow: FlowControlBody,
    /// URL (https or http) that gets a signed POST when the job is final.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://shop.example/hooks/jobs")]
    callback_url: Option<String>,
    /// The trace that the job belongs to, as in the header of W3C Trace Context, which is read when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    traceparent: Option<String>,
}

/// Reads the options of a job.
pub(super) fn read_options(fields: &mut Fields<'_>) -> JobOptions {
    JobOptions {
        timeout: fields.optional("timeout", Value::duration),
        expires_at: fields.optional("expires_at", Value::parsed),
        tags: fields.optional("tags", |tags| tags.list_up_to(TAGS_MAX, Value::text)).unwrap_or_default(),
        label: fields.optional("label", Value::text),
        unique: fields.optional("unique", read_unique),
        flow: read_flow_control(fields),
        callback_url: fields.optional("callback_url", Value::text),
        traceparent: fields.optional("traceparent", Value::parsed),
    }
}

impl From<&JobOptions> for JobOptionsBody {
    fn from(options: &JobOptions) -> Self {
        Self {
            timeout: options.timeout.map(format_duration),
            expires_at: options.expires_at.map(|at| at.to_string()),
            tags: options.tags.clone(),
            label: options.label.clone(),
            unique: options.unique.as_ref().map(UniqueBody::from),
            flow: FlowControlBody::from(&options.flow),
            callback_url: options.callback_url.clone(),
            traceparent: options.traceparent.as_ref().map(ToString::to_string),
        }
    }
}

impl JobOptionsBody {
    /// The options of a job that now expires at another time.
    pub(super) fn expiring(self, at: Option<Timestamp>) -> Self {
        Self { expires_at: at.map(|at| at.to_string()), ..self }
    }
}

/// Writes the options without those that were left out.
pub(super) fn chosen<S: Serializer>(options: &JobOptionsBody, serializer: S) -> Result<S::Ok, S::Error> {
    let fields = serde_json::to_value(options).map_err(S::Error::custom)?;
    serializer.collect_map(fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Shown {
        #[serde(flatten, serialize_with = "chosen")]
        options: JobOptionsBody,
    }

    #[test]
    fn what_was_left_out_is_null_in_a_job_and_missing_in_a_schedule() {
        let options = JobOptions { label: Some("l".to_owned()), ..JobOptions::default() };
        let body = JobOptionsBody::from(&options);
        let whole = json!({ "timeout": null, "expires_at": null, "tags": [], "label": "l", "unique": null });
        assert_eq!(json!(body), whole);
        assert_eq!(json!(Shown { options: body }), json!({ "tags": [], "label": "l" }));
    }
}
