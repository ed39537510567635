//! JSON Schemas of tasks.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

use crate::Json;

/// The schema of an input or an output. It is made when the host asks for it, not at every attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Schema {
    /// As it was written.
    Text(&'static str),
    /// From a type.
    Of(fn() -> Json),
}

impl Schema {
    /// Of what is read as this type.
    pub(crate) fn of_input<T: JsonSchema>() -> Self {
        Self::Of(|| json::<T>(SchemaSettings::draft2020_12()))
    }

    /// Of what this type is written as.
    pub(crate) fn of_output<T: JsonSchema>() -> Self {
        Self::Of(|| json::<T>(SchemaSettings::draft2020_12().for_serialize()))
    }

    pub(crate) fn text(self) -> Json {
        match self {
            Self::Text(text) => text.to_owned(),
            Self::Of(make) => make(),
        }
    }
}

fn json<T: JsonSchema>(settings: SchemaSettings) -> Json {
    settings.into_generator().into_root_schema_for::<T>().as_value().to_string()
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[schemars(crate = "schemars")]
    #[serde(rename_all = "camelCase")]
    struct Order {
        user_id: String,
        #[serde(default)]
        items: Vec<u32>,
    }

    #[test]
    fn what_has_a_default_may_be_left_out_of_an_input_and_is_there_in_an_output() {
        let required = |schema: Schema| {
            let schema: Value = serde_json::from_str(&schema.text()).expect("JSON");
            assert_eq!(schema["properties"]["items"]["type"], "array");
            schema["required"].clone()
        };
        assert_eq!(required(Schema::of_input::<Order>()), serde_json::json!(["userId"]));
        assert_eq!(required(Schema::of_output::<Order>()), serde_json::json!(["userId", "items"]));
    }
}
