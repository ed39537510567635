//! What commands print: a table for people, JSON for programs.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};
use serde_json::Value;

use super::out::say;

/// A column: its title, and where its value stands in a row, as a JSON pointer.
pub(super) type Column = (&'static str, &'static str);

/// Prints a list as the host answers lists: `{ "items": [...] }`.
pub(super) fn list(answer: &Value, as_json: bool, columns: &[Column]) {
    if as_json {
        return json(answer);
    }
    let rows = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut table = plain_table();
    table.set_header(columns.iter().map(|(title, _)| *title));
    for row in rows {
        table.add_row(columns.iter().map(|(_, pointer)| text(row.pointer(pointer))));
    }
    say!("{table}");
    if let Some(cursor) = answer["next_cursor"].as_str() {
        say!("\nThere are more: --cursor {cursor}");
    }
}

/// Prints one thing, a line for each of its fields that has a value.
pub(super) fn one(answer: &Value, as_json: bool) {
    if as_json {
        return json(answer);
    }
    let mut table = plain_table();
    for (name, value) in answer.as_object().into_iter().flatten() {
        let is_empty = value.is_null() || *value == serde_json::json!([]) || *value == serde_json::json!({});
        if !is_empty {
            table.add_row([name.clone(), text(Some(value))]);
        }
    }
    say!("{table}");
}

/// Prints JSON, indented.
pub(super) fn json(answer: &Value) {
    say!("{answer:#}");
}

/// A value in a cell: a text as it is, nothing as a dash, everything else as JSON.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(|item| name(item).is_some()) => {
            let names: Vec<_> = items.iter().filter_map(name).collect();
            names.join(", ")
        }
        Some(other) => other.to_string(),
    }
}

/// A text itself, or the name of a thing.
fn name(item: &Value) -> Option<&str> {
    item.as_str().or_else(|| item["name"].as_str())
}

/// A table without lines.
pub(super) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_shown_as_people_read_them() {
        assert_eq!(text(Some(&json!("a"))), "a");
        assert_eq!(text(Some(&Value::Null)), "-");
        assert_eq!(text(Some(&json!([{ "name": "a" }, { "name": "b" }]))), "a, b");
        assert_eq!(text(Some(&json!(["a", "b"]))), "a, b");
        assert_eq!(text(Some(&json!({ "a": 1 }))), "{\"a\":1}");
    }
}
