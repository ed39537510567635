//! What a receiver is told.

use serde_json::{Value, json};

use super::Shown;
use crate::domain::{JobDetails, Order, StateName, Timestamp};

/// The largest message: receivers bound what they read.
const BODY_BYTES_MAX: usize = 256 << 10;

/// What is left out of a message that is too large, in this order.
const LEFT_OUT_FIRST: [&str; 5] = ["output", "input", "errors", "after", "metadata"];

/// A message: its body is signed and sent as it is.
pub(super) struct Message(String);

impl Message {
    /// Says how a job ended, or the order that it worked for.
    pub(super) fn about(details: &JobDetails, order: Option<&Order>, shown: Shown, now: Timestamp) -> Self {
        let state = details.job.state_name(now);
        let (kind, data) = match order {
            Some(order) => (format!("order.{}", order.status.as_str()), (shown.order)(order)),
            None => (kind_of(state), (shown.job)(details, now)),
        };
        let ended = details.job.state.phase.finalized_at().unwrap_or(now);
        Self(bounded(&kind, ended, data))
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

/// The body; what is left out of it is null, and named in `left_out`.
fn bounded(kind: &str, at: Timestamp, mut data: Value) -> String {
    let body = |data: &Value| json!({ "type": kind, "timestamp": at.to_string(), "data": data }).to_string();
    let mut text = body(&data);
    let mut left_out = Vec::new();
    for name in LEFT_OUT_FIRST {
        if text.len() <= BODY_BYTES_MAX {
            break;
        }
        if !data[name].is_null() {
            left_out.push(name);
            data[name] = Value::Null;
            data["left_out"] = json!(left_out);
            text = body(&data);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_message_leaves_out_what_is_large_and_says_so() {
        let at = Timestamp::from_millis(0);
        let data = json!({ "id": 1, "output": "x".repeat(BODY_BYTES_MAX), "input": 2 });
        let body: Value = serde_json::from_str(&bounded("job.completed", at, data)).unwrap();
        let expected = json!({ "id": 1, "output": null, "input": 2, "left_out": ["output"] });
        assert_eq!(body, json!({ "type": "job.completed", "timestamp": at.to_string(), "data": expected }));
        let small = json!({ "id": 1, "output": "x" });
        let body: Value = serde_json::from_str(&bounded("job.completed", at, small.clone())).unwrap();
        assert_eq!(body["data"], small);
    }
}
