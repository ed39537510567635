//! The message to a receiver.

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::Shown;
use crate::domain::{JobDetails, Members, Order, StateName, Timestamp};

/// The largest message: receivers bound what they read.
const BODY_BYTES_MAX: usize = 256 << 10;

/// What is left out of a message that is too large, in this order.
const LEFT_OUT_FIRST: [&str; 5] = ["output", "input", "errors", "after", "metadata"];

/// A message: its body is signed and sent as it is.
pub(super) struct Message(String);

impl Message {
    /// The message of the end of a job. Fails if that cannot be shown: a message never has `null` instead.
    pub(super) fn about_job(details: &JobDetails, shown: Shown, now: Timestamp) -> serde_json::Result<Self> {
        let ended = details.job.state.phase.finalized_at().unwrap_or(now);
        bounded(&kind_of(details.job.state_name(now)), ended, &(shown.job)(details, now)?).map(Self)
    }

    /// The message of the end of an order. Fails if that cannot be shown.
    pub(super) fn about_order(order: &Order, shown: Shown) -> serde_json::Result<Self> {
        let kind = format!("order.{}", order.status.name());
        bounded(&kind, order.updated_at, &(shown.order)(order)?).map(Self)
    }

    pub(super) fn body(&self) -> &str {
        &self.0
    }

    pub(super) fn into_body(self) -> String {
        self.0
    }
}

fn kind_of(state: StateName) -> String {
    format!("job.{state}")
}

/// The body of a message: `data` stands in it as it was written.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: String,
    data: &'a RawValue,
}

/// A job from which something is left out.
#[derive(Serialize)]
struct Shortened<'a> {
    #[serde(flatten)]
    fields: &'a Members<'a>,
    left_out: &'a [&'static str],
}

/// The body; what is left out of it is null, and named in `left_out`.
fn bounded(kind: &str, at: Timestamp, data: &RawValue) -> serde_json::Result<String> {
    let body = |data: &RawValue| serde_json::to_string(&Body { kind, timestamp: at.to_string(), data });
    let mut text = body(data)?;
    if text.len() <= BODY_BYTES_MAX {
        return Ok(text);
    }
    let mut fields: Members = serde_json::from_str(data.get())?;
    let mut left_out = Vec::new();
    for name in LEFT_OUT_FIRST {
        if text.len() <= BODY_BYTES_MAX {
            break;
        }
        for (_, value) in fields.0.iter_mut().filter(|(field, value)| field == name && value.get() != "null")
        {
            *value = RawValue::NULL;
            left_out.push(name);
        }
        text = body(&to_raw_value(&Shortened { fields: &fields, left_out: &left_out })?)?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(data: &str) -> String {
        let data: Box<RawValue> = serde_json::from_str(data).unwrap();
        bounded("job.completed", Timestamp::from_millis(0), &data).unwrap()
    }

    fn message(data: &str) -> String {
        format!(r#"{{"type":"job.completed","timestamp":"1970-01-01T00:00:00.000Z","data":{data}}}"#)
    }

    #[test]
    fn what_was_written_by_callers_is_sent_digit_by_digit_and_in_its_order() {
        let data = r#"{"output":{"z":123456789012345678901234,"a":1.50,"a":1E2}}"#;
        assert_eq!(sent(data), message(data));
    }

    #[test]
    fn a_large_message_leaves_out_what_is_large_and_says_so() {
        let large = format!(r#"{{"id":1,"output":"{}","input":2.0}}"#, "x".repeat(BODY_BYTES_MAX));
        assert_eq!(sent(&large), message(r#"{"id":1,"output":null,"input":2.0,"left_out":["output"]}"#));
    }
}
