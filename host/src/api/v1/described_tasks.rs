//! The tasks of this moment in the OpenAPI document: the schemas of each as components, and the body of a submission as
//! one of them, told apart by its task.

use serde_json::{Map, Value, json};

use crate::domain::{Json, TaskSpec};

/// Tasks that are described, the first by name, and the bytes of all their schemas.
const TASKS_MAX: usize = 100;
const SCHEMA_BYTES_MAX: usize = 256 * 1024;

/// Where the body of a submission is described, and where components are.
const SUBMISSION: &str = "/paths/~1v1~1jobs/post/requestBody";
const SCHEMAS: &str = "/components/schemas";
const ANY_JOB: &str = "#/components/schemas/JobRequest";

/// Members of a schema that hold data and no schemas.
const DATA: [&str; 4] = ["const", "default", "enum", "examples"];

/// Adds the tasks, in the order of their names.
pub(super) fn describe(document: &mut Value, tasks: &[TaskSpec]) {
    let mut schemas = Map::new();
    let (mut jobs, mut mapping) = (Vec::new(), Map::new());
    let mut bytes = 0;
    for task in tasks.iter().take(TASKS_MAX) {
        bytes += size(&task.input_schema) + size(&task.output_schema);
        if bytes > SCHEMA_BYTES_MAX {
            break;
        }
        let place = add(&mut schemas, task);
        jobs.push(json!({ "$ref": place }));
        mapping.insert(task.name.to_string(), place.into());
    }
    if jobs.is_empty() {
        return;
    }
    let names: Vec<&String> = mapping.keys().collect();
    schemas.insert("task.other.job".to_owned(), other_job(&names));
    jobs.push(json!({ "$ref": "#/components/schemas/task.other.job" }));
    if let Some(Value::Object(components)) = document.pointer_mut(SCHEMAS) {
        components.extend(schemas);
    }
    if let Some(Value::Object(submission)) = document.pointer_mut(SUBMISSION) {
        submission.insert("description".to_owned(), left_out(tasks.len() - mapping.len()).into());
        let schema =
            json!({ "oneOf": jobs, "discriminator": { "propertyName": "task", "mapping": mapping } });
        submission["content"]["application/json"]["schema"] = schema;
    }
}

fn size(schema: &Option<Json>) -> usize {
    schema.as_ref().map_or(0, |schema| schema.as_str().len())
}

/// What the document does not say.
fn left_out(count: usize) -> String {
    let bound = format!(
        "A job of one of the tasks that plugins offer now, by name up to {TASKS_MAX} of them and {} KiB of schemas, \
         or of another task.",
        SCHEMA_BYTES_MAX / 1024
    );
    match count {
        0 => bound,
        count => format!("{bound} {count} tasks are left out here; `GET /v1/tasks/{{name}}` shows each."),
    }
}

/// Adds the components of a task, and says where that of its jobs is.
fn add(schemas: &mut Map<String, Value>, task: &TaskSpec) -> String {
    let mut properties = json!({ "task": { "const": task.name.as_str() } });
    let mut description = task.description.clone();
    for (side, schema) in [("input", &task.input_schema), ("output", &task.output_schema)] {
        let Some(schema) = schema.as_ref().and_then(|schema| serde_json::from_str(schema.as_str()).ok())
        else {
            continue;
        };
        let name = format!("task.{}.{side}", task.name);
        let place = format!("#{SCHEMAS}/{name}");
        schemas.insert(name, moved(schema, &place));
        match side {
            "input" => properties[side] = json!({ "$ref": place }),
            _ => description.push_str(&format!("\n\nIts output is `task.{}.output`.", task.name)),
        }
    }
    let job = json!({
        "description": description,
        "allOf": [{ "$ref": ANY_JOB }, { "type": "object", "properties": properties }],
    });
    let name = format!("task.{}.job", task.name);
    let place = format!("#{SCHEMAS}/{name}");
    schemas.insert(name, job);
    place
}

/// A job of none of these tasks.
fn other_job(names: &[&String]) -> Value {
    let properties = json!({ "task": { "not": { "enum": names } } });
    json!({
        "description": "A job of a task that is not described here.",
        "allOf": [{ "$ref": ANY_JOB }, { "type": "object", "properties": properties }],
    })
}

/// A schema that is a document of its own as a part of another: its references lead to the new place of their target.
/// One with an `$id` keeps them, since they are relative to that.
fn moved(mut schema: Value, place: &str) -> Value {
    if schema.get("$id").is_none() {
        move_references(&mut schema, place);
    }
    schema
}

fn move_references(schema: &mut Value, place: &str) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members.iter_mut().filter(|(name, _)| !DATA.contains(&name.as_str())) {
                match member {
                    Value::String(target)
                        if name == "$ref" && (target == "#" || target.starts_with("#/")) =>
                    {
                        target.replace_range(..1, place);
                    }
                    other => move_references(other, place),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_references(item, place)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::v1::{description, routes};

    fn task(name: &str, input: Option<Value>) -> TaskSpec {
        TaskSpec {
            name: name.parse().unwrap(),
            description: format!("Does {name}"),
            input_schema: input.as_ref().map(Json::from_value),
            output_schema: None,
            max_attempts: None,
            timeout: None,
            queue: None,
        }
    }

    fn described(tasks: &[TaskSpec]) -> Value {
        let document = routes().described(description());
        let mut document = serde_json::to_value(document).unwrap();
        describe(&mut document, tasks);
        document
    }

    fn tree() -> Value {
        json!({
            "$defs": { "node": { "type": "object", "properties": { "n": { "type": "integer" }, "next": { "$ref": "#/$defs/node" } } } },
            "$ref": "#/$defs/node",
            "default": { "$ref": "#/no/reference" },
        })
    }

    /// Whether the document lets this be submitted.
    fn accepts(document: &Value, body: Value) -> bool {
        let mut root = document.clone();
        root["$ref"] = format!("#{SUBMISSION}/content/application~1json/schema").into();
        jsonschema::draft202012::new(&root).unwrap().is_valid(&body)
    }

    #[test]
    fn a_submission_is_one_of_the_tasks_and_fits_its_schema() {
        let document = described(&[task("plain", None), task("tree", Some(tree()))]);
        for (fits, body) in [
            (true, json!({ "task": "tree", "input": { "n": 1, "next": { "n": 2 } } })),
            (false, json!({ "task": "tree", "input": { "n": 1, "next": { "n": "2" } } })),
            (true, json!({ "task": "plain", "input": { "n": "2" } })),
            (true, json!({ "task": "unknown", "input": 3, "allow_unknown_task": true })),
            (false, json!({ "input": 3 })),
        ] {
            assert_eq!(accepts(&document, body.clone()), fits, "{body}");
        }
        let schemas = &document["components"]["schemas"];
        assert_eq!(schemas["task.tree.input"]["default"], tree()["default"], "data stays");
        assert_eq!(schemas["task.tree.job"]["description"], "Does tree");
        let schema = &document.pointer(SUBMISSION).unwrap()["content"]["application/json"]["schema"];
        assert_eq!(schema["discriminator"]["mapping"]["tree"], "#/components/schemas/task.tree.job");
    }

    #[test]
    fn a_host_without_tasks_has_the_description_alone() {
        let document = routes().described(description());
        assert_eq!(described(&[]), serde_json::to_value(document).unwrap());
    }

    #[test]
    fn many_tasks_and_large_schemas_are_left_out_and_it_is_said() {
        let many: Vec<_> = (0..150).map(|number| task(&format!("t{number:03}"), Some(json!(true)))).collect();
        let large = json!({ "description": "x".repeat(100_000) });
        let few: Vec<_> = ["a", "b", "c", "d"].map(|name| task(name, Some(large.clone()))).into();
        for (tasks, shown, words) in
            [(many, 100, " 50 tasks are left out"), (few, 2, " 2 tasks are left out")]
        {
            let document = described(&tasks);
            let submission = document.pointer(SUBMISSION).unwrap();
            let jobs = submission["content"]["application/json"]["schema"]["oneOf"].as_array().unwrap();
            assert_eq!(jobs.len(), shown + 1);
            assert!(submission["description"].as_str().unwrap().contains(words), "{submission}");
        }
    }

    #[test]
    fn a_schema_with_a_name_of_its_own_keeps_its_references() {
        let named = json!({ "$id": "https://a.example/s", "$ref": "#/$defs/x", "$defs": { "x": true } });
        assert_eq!(moved(named.clone(), "#/elsewhere"), named);
    }
}
