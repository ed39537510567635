//! What the host found in a component, for the person who pushed it.

use serde_json::Value;

use super::schema_text::{example, in_short};
use super::size_text::size_text;
use crate::cli::answer::{Answer, Part, text};
use crate::cli::client::USUAL_HOST;
use crate::cli::out::{printable_line, say};
use crate::domain::Grant;

/// The interfaces that every standard library imports, which say nothing about a plugin.
const STANDARD: [&str; 6] =
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// Says which version it is, what it is made of, and what it offers.
pub(super) fn say_version(uploaded: &Answer) {
    let part = |pointer: &str| text(uploaded.at(pointer));
    let (name, version) = (part("/name"), part("/version"));
    match uploaded.at("/active").map(|active| active.json().get()) {
        Some("true") => say!("{name} version {version} is active"),
        _ => say!(
            "{name} version {version} is stored; activate it with: taskbox plugin activate {name} {version}"
        ),
    }
    let size = uploaded.at("/size").and_then(Part::number).unwrap_or_default();
    say!("  digest   {}", part("/digest"));
    say!("  size     {}", size_text(size));
    say!("  imports  {}", imports(uploaded));
    for task in tasks(uploaded) {
        let part = |name: &str| text(task.get(name));
        say!("  task     {}: {}", part("name"), part("description"));
        if let Some(signature) = signature(task) {
            say!("           {signature}");
        }
    }
}

/// The names of the tasks.
pub(super) fn task_names(uploaded: &Answer) -> Vec<String> {
    tasks(uploaded).into_iter().filter_map(|task| task.get("name")?.str()).collect()
}

/// Says how to submit the first job, to the host at this URL if it is not the usual one.
pub(super) fn say_first_job(uploaded: &Answer, url: Option<&str>) {
    let Some(task) = tasks(uploaded).first().copied() else { return };
    let schema = task.get("input_schema").and_then(value).unwrap_or(Value::Null);
    let input = example(&schema).to_string().replace('\'', r"'\''");
    say!(
        "\nThe first job:\n  taskbox job submit {} '{}' --watch{}",
        text(task.get("name")),
        printable_line(&input),
        url.filter(|url| *url != USUAL_HOST).map(|url| format!(" --host {url}")).unwrap_or_default()
    );
}

/// A grant as it is written, a line for each of its lines.
pub(super) fn grant_lines(grant: &Grant) -> String {
    let Ok(Value::Object(fields)) = serde_json::to_value(grant) else { return String::new() };
    let mut lines = Vec::new();
    for (field, value) in fields {
        match value {
            Value::Array(items) => lines.extend(items.iter().map(|item| format!("  {field}: {item}"))),
            Value::Object(items) => {
                lines.extend(items.iter().map(|(key, item)| format!("  {field}: {{\"{key}\":{item}}}")));
            }
            other => lines.push(format!("  {field}: {other}")),
        }
    }
    lines.join("\n")
}

fn tasks(uploaded: &Answer) -> Vec<Part<'_>> {
    uploaded.at("/tasks").map(Part::items).unwrap_or_default()
}

fn value(part: Part<'_>) -> Option<Value> {
    serde_json::from_str(part.json().get()).ok()
}

/// What a task takes and gives, if it has a schema of one of them.
pub(super) fn signature(task: Part<'_>) -> Option<String> {
    let (input, output) = (schema(task, "input_schema"), schema(task, "output_schema"));
    let any = || "any".to_owned();
    (input.is_some() || output.is_some())
        .then(|| format!("{} -> {}", input.unwrap_or_else(any), output.unwrap_or_else(any)))
}

/// A schema of a task, if it has one.
fn schema(task: Part<'_>, field: &str) -> Option<String> {
    let schema = task.get(field).filter(|schema| schema.json().get() != "null").and_then(value)?;
    Some(printable_line(&in_short(&schema)))
}

/// The imports that say something, and the number of the others.
fn imports(uploaded: &Answer) -> String {
    uploaded.at("/imports").map(imports_in_short).unwrap_or_default()
}

/// The imports of a list that say something, and the number of the others.
pub(super) fn imports_in_short(imports: Part<'_>) -> String {
    let all: Vec<String> = imports.items().into_iter().filter_map(Part::str).collect();
    let is_standard = |import: &&String| STANDARD.iter().any(|standard| import.starts_with(standard));
    let count = all.iter().filter(is_standard).count();
    let named = all.iter().filter(|import| !is_standard(import));
    let mut named: Vec<String> =
        named.map(|import| printable_line(import.split('@').next().unwrap_or(import))).collect();
    match count {
        0 => {}
        1 => named.push("1 standard interface of WASI".to_owned()),
        count => named.push(format!("{count} standard interfaces of WASI")),
    }
    named.join(", ")
}
