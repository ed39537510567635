//! Flow control of a job, outside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::read::{Fields, Value};
use crate::domain::FlowControl;

/// The jobs with which a job shares a limit, an order and turns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lane)]
pub(in crate::api) struct FlowControlBody {
    /// Key of 1 to 255 bytes. At most `key_concurrency` jobs of the same queue and key run at the same time, a setting
    /// of the queue whose default is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "customer-7")]
    concurrency_key: Option<String>,
    /// Whether the job starts only when every job of its queue and key that has `strict_order` and was submitted before
    /// it is final; false when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    strict_order: Option<bool>,
    /// Key of 1 to 255 bytes. Among due jobs of the same priority the keys take turns; jobs without a key share one of
    /// weight 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "tenant-7")]
    fairness_key: Option<String>,
    /// Turns of its key for each turn of a key with weight 1; 1 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    fairness_weight: Option<u16>,
}

/// Reads the flow control of a job.
pub(super) fn read_flow_control(fields: &mut Fields<'_>) -> FlowControl {
    let concurrency_key = fields.optional("concurrency_key", Value::text);
    let strict_order = fields.optional("strict_order", Value::flag).unwrap_or_default();
    let fairness_key = fields.optional("fairness_key", Value::text);
    let fairness_weight = fields.optional("fairness_weight", Value::integer);
    if fairness_key.is_none() && fairness_weight.is_some() {
        fields.refuse("fairness_weight", "requires `fairness_key`");
    }
    let fairness_weight = fairness_weight.unwrap_or(FlowControl::default().fairness_weight);
    FlowControl { concurrency_key, strict_order, fairness_key, fairness_weight }
}

impl From<&FlowControl> for FlowControlBody {
    fn from(flow: &FlowControl) -> Self {
        Self {
            concurrency_key: flow.concurrency_key.clone(),
            strict_order: flow.strict_order.then_some(true),
            fairness_key: flow.fairness_key.clone(),
            fairness_weight: flow.fairness_key.as_ref().map(|_| flow.fairness_weight),
        }
    }
}
