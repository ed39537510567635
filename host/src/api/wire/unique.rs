//! By what a job is the only one of its task, outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::JobStateName;
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
    states: Vec<&'static str>,
    #[schema(value_type = Option<OnConflictName>)]
    on_conflict: &'static str,
}

/// What becomes of the two: `existing`, the default, leaves the other as it is; `replace` gives a
/// waiting one everything that the new one says; `debounce` makes a waiting one due when the new one
/// would have been. One that runs or is final is left as it is.
#[derive(ToSchema)]
#[schema(as = OnConflict, rename_all = "lowercase")]
#[allow(dead_code, reason = "describes the names that the domain gives")]
pub(in crate::api) enum OnConflictName {
    Existing,
    Replace,
    Debounce,
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
            states: unique.states.iter().map(|state| state.as_str()).collect(),
            on_conflict: unique.on_conflict.as_str(),
        }
    }
}
