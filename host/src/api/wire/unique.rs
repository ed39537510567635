//! By what a job is the only one of its task, outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::one_of::{JobStateName, OnConflictName, OneOf};
use crate::api::read::{Read, Value};
use crate::domain::{OnConflict, StateName, Unique, format_duration};

/// By what a job is the only one of its task. While another job of the task and key counts, no second
/// one is stored: the answer is then 200 and that job, with `"duplicate": true`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unique)]
pub(in crate::api) struct UniqueBody {
    /// Your name for what the job is about: 1 to 255 bytes.
    #[schema(example = "invoice-4711")]
    key: String,
    /// Only jobs submitted so short a time ago count; without it, all.
    #[schema(example = "1h")]
    within: Option<String>,
    /// Only jobs in these states count; those that are not final when left out.
    #[schema(value_type = Option<Vec<JobStateName>>)]
    states: Vec<JobStateName>,
    /// `existing` when left out.
    #[schema(value_type = Option<OnConflictName>)]
    on_conflict: OnConflictName,
}

/// Reads by what a job is unique.
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
