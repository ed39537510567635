//! The uniqueness of a job within its task, outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::one_of::{JobStateName, OnConflictName, OneOf};
use crate::api::read::{Read, Value};
use crate::domain::{OnConflict, StateName, Unique, format_duration};

/// The uniqueness of a job within its task. While another job of the task and key counts, no second one is stored:
/// the response is then 200 with that job and `"duplicate": true`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unique)]
pub(in crate::api) struct UniqueBody {
    /// Key that only one job of the task may have at a time: 1 to 255 bytes.
    #[schema(example = "invoice-4711")]
    key: String,
    /// Only jobs submitted within this time count; all when left out.
    #[schema(example = "1h")]
    within: Option<String>,
    /// Only jobs in these states count; all states that are not final when left out.
    #[schema(value_type = Option<Vec<JobStateName>>)]
    states: Vec<JobStateName>,
    /// `existing` when left out.
    #[schema(value_type = Option<OnConflictName>)]
    on_conflict: OnConflictName,
}

/// Reads the uniqueness of a job.
pub(super) fn read_unique(value: Value<'_>) -> Read<Unique> {
    let mut fields = value.object()?;
    let key = fields.required("key", Value::text);
    let within = fields.optional("within", Value::duration);
    let states = fields.optional("states", |states| states.list(Value::parsed::<StateName>));
    let on_conflict = fields.optional("on_conflict", Value::parsed::<OnConflict>).unwrap_or_default();
    fields.finish(|| {
        let usual = Unique::new(key?);
        let states = states.unwrap_or_else(|| usual.states.clone());
        Some(Unique { within, states, on_conflict, ..usual })
    })
}

impl From<&Unique> for UniqueBody {
    fn from(unique: &Unique) -> Self {
        Self {
            key: unique.key.clone(),
            within: unique.within.map(format_duration),
            states: unique.states.iter().copied().map(OneOf).collect(),
            on_conflict: OneOf(unique.on_conflict),
        }
    }
}
