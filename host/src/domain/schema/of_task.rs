//! The schemas of a task.

use std::sync::Arc;

use super::{Schema, SchemaError};
use crate::domain::{Json, TaskName, TaskSpec};

/// The compiled schemas of a task.
#[derive(Default)]
pub struct TaskSchemas {
    /// That of its input.
    pub input: Option<Arc<Schema>>,
    /// That of its output.
    pub output: Option<Arc<Schema>>,
}

/// The schema of a task is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the `{side}` of the task {task} is wrong {error}")]
pub struct TaskSchemaError {
    /// The task.
    pub task: TaskName,
    /// Which of its schemas, such as `input-schema`.
    pub side: &'static str,
    /// The reason.
    pub error: SchemaError,
}

impl TaskSchemas {
    /// Compiles the schemas of a task, or returns the first reason why one is refused.
    pub fn compile(task: &TaskSpec) -> Result<Self, TaskSchemaError> {
        let compiled = |side: &'static str, schema: &Option<Json>| {
            let compiled = schema.as_ref().map(Schema::compile).transpose();
            let refused = |error| TaskSchemaError { task: task.name.clone(), side, error };
            compiled.map(|schema| schema.map(Arc::new)).map_err(refused)
        };
        Ok(Self {
            input: compiled("input-schema", &task.input_schema)?,
            output: compiled("output-schema", &task.output_schema)?,
        })
    }
}
