//! The limits of a grant, outside: read and described by the rows of their table.

use std::borrow::Cow;
use std::time::Duration;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::api::read::{Fields, Read, Value};
use crate::domain::{ByteSize, Limit, LimitReader, Limits, LimitsSpec};

/// Reads the limits that a grant names.
pub(super) fn read_limits(value: Value<'_>) -> Read<LimitsSpec> {
    let mut fields = value.object()?;
    let limits = LimitsSpec::read(&mut fields);
    fields.finish(|| Some(limits))
}

impl LimitReader for Fields<'_> {
    fn size(&mut self, name: &'static str) -> Option<ByteSize> {
        self.optional(name, Value::parsed)
    }

    fn duration(&mut self, name: &'static str) -> Option<Duration> {
        self.optional(name, Value::duration)
    }

    fn count(&mut self, name: &'static str) -> Option<u32> {
        self.optional(name, Value::integer)
    }
}

/// Describes [`LimitsSpec`].
pub(super) struct LimitsSchema;

impl PartialSchema for LimitsSchema {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().description(Some("The limits that a grant names."));
        let with = |object: ObjectBuilder, limit: Limit| object.property(limit.name, described(limit));
        Limits::TABLE.into_iter().fold(object, with).into()
    }
}

impl ToSchema for LimitsSchema {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Limits")
    }
}

fn described(limit: Limit) -> Object {
    let default = (limit.json)(&Limits::DEFAULT);
    let [min, max] = [&Limits::MIN, &Limits::MAX].map(limit.text);
    let kind = if default.is_string() { Type::String } else { Type::Integer };
    let bound = |limits: &Limits| (limit.json)(limits).as_u64().and_then(|bound| usize::try_from(bound).ok());
    ObjectBuilder::new()
        .schema_type(SchemaType::Type(kind))
        .description(Some(format!("{} From {min} to {max}.", limit.docs.trim())))
        .minimum(bound(&Limits::MIN))
        .maximum(bound(&Limits::MAX))
        .default(Some(default))
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_schema_describes_every_limit_by_its_row() {
        let schema = serde_json::to_value(LimitsSchema::schema()).unwrap();
        let properties = schema["properties"].as_object().unwrap();
        assert_eq!(properties.len(), Limits::TABLE.len());
        assert_eq!(
            properties["wall"],
            json!({
                "type": "string", "default": "5m", "description": "Wall time of an attempt. From 1ms to 7d.",
            })
        );
        let requests = &properties["requests"];
        assert_eq!((&requests["type"], &requests["default"]), (&json!("integer"), &json!(100)));
        assert_eq!((&requests["minimum"], &requests["maximum"]), (&json!(0), &json!(u32::MAX)));
    }
}
