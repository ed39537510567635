//! With which other jobs a job shares its limit, its order and its turns, outside.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::read::{Fields, Value};
use crate::domain::Lane;

/// With which other jobs a job shares its limit, its order and its turns.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Lane)]
pub(in crate::api) struct LaneBody {
    /// Only so many jobs of the same queue and key run at the same time as the queue's `key_concurrency`
    /// says, one when it says nothing: 1 to 255 bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "customer-7")]
    concurrency_key: Option<String>,
    /// Whether it starts only when every such job of its queue and key that was submitted before it is
    /// final; left out, it does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    strict_order: Option<bool>,
    /// Among due jobs of the same priority these keys take turns: 1 to 255 bytes. Jobs without one share
    /// one of weight 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "tenant-7")]
    fairness_key: Option<String>,
    /// How often its key has a turn, compared to others; 1 when left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000)]
    fairness_weight: Option<u16>,
}

/// Reads with whom a job shares.
pub(super) fn read_lane(fields: &mut Fields<'_>) -> Lane {
    let concurrency_key = fields.optional("concurrency_key", Value::text);
    let strict_order = fields.optional("strict_order", Value::flag).unwrap_or_default();
    let fairness_key = fields.optional("fairness_key", Value::text);
    let fairness_weight = fields.optional("fairness_weight", Value::integer);
    if fairness_key.is_none() && fairness_weight.is_some() {
        fields.refuse("fairness_weight", "goes with `fairness_key`, whose turns it weighs");
    }
    let fairness_weight = fairness_weight.unwrap_or(Lane::default().fairness_weight);
    Lane { concurrency_key, strict_order, fairness_key, fairness_weight }
}

impl From<&Lane> for LaneBody {
    fn from(lane: &Lane) -> Self {
        Self {
            concurrency_key: lane.concurrency_key.clone(),
            strict_order: lane.strict_order.then_some(true),
            fairness_key: lane.fairness_key.clone(),
            fairness_weight: lane.fairness_key.as_ref().map(|_| lane.fairness_weight),
        }
    }
}
