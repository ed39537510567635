//! Tasks with JSON Schemas, which hold for them or not.

use serde_json::Value;
use taskbox_task::{Job, Task, TaskError};

const INPUT: &str = r#"{
  "type": "object",
  "properties": { "n": { "type": "integer", "minimum": 0 }, "give": true, "list": { "items": { "type": "integer" } } },
  "required": ["n"],
  "additionalProperties": false
}"#;

const OUTPUT: &str = r#"{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "type": ["integer", "object"],
  "properties": { "pair": { "items": [{ "type": "integer" }, { "type": "string" }] } }
}"#;

pub fn tasks() -> Vec<Task> {
    vec![
        Task::without_schemas("typed", typed)
            .description("Returns `give`, or `n` without it")
            .input_schema(INPUT)
            .output_schema(OUTPUT),
    ]
}

fn typed(_: &Job, mut input: Value) -> Result<Value, TaskError> {
    let given = input.get_mut("give").map(Value::take);
    Ok(given.unwrap_or_else(|| input["n"].take()))
}
