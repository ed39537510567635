//! The output of commands: a table for people, JSON for programs.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::answer::{Answer, Part, text};
use super::out::{self, printable_line, say};

/// A column of a list.
pub(super) struct Column {
    title: &'static str,
    cell: Cell,
}

enum Cell {
    /// The value at this JSON pointer.
    At(&'static str),
    /// The result of this function of a row.
    Of(fn(Part<'_>) -> String),
}

/// A column with the value at a JSON pointer of a row.
pub(super) const fn column(title: &'static str, pointer: &'static str) -> Column {
    Column { title, cell: Cell::At(pointer) }
}

/// A column with the result of a function of a row.
pub(super) const fn computed(title: &'static str, of: fn(Part<'_>) -> String) -> Column {
    Column { title, cell: Cell::Of(of) }
}

impl Column {
    fn cell(&self, row: Part<'_>) -> String {
        match self.cell {
            Cell::At(pointer) => text(row.at(pointer)),
            Cell::Of(of) => of(row),
        }
    }
}

/// Prints a list in the form of the host's answers: `{ "items": [...] }`.
pub(super) fn list(answer: &Answer, as_json: bool, columns: &[Column]) {
    if as_json {
        return json(answer);
    }
    let titles = columns.iter().map(|column| column.title);
    let cells = |row: Part<'_>| columns.iter().map(|column| column.cell(row)).collect();
    rows(titles, answer.items().into_iter().map(cells));
    if let Some(cursor) = answer.str("next_cursor") {
        say!("\nMore rows follow: --cursor {cursor}");
    }
}

/// Prints rows below their titles.
pub(super) fn rows<'a>(
    titles: impl IntoIterator<Item = &'a str>,
    rows: impl IntoIterator<Item = Vec<String>>,
) {
    let mut table = plain_table();
    table.set_header(titles);
    table.add_rows(rows);
    say!("{table}");
}

/// Prints an object, a line for each field that has a value.
pub(super) fn one(answer: &Answer, as_json: bool) {
    one_by(answer, as_json, |_, value| value.text());
}

/// Prints an object, its fields formatted by this function.
pub(super) fn one_by(answer: &Answer, as_json: bool, shown: impl Fn(&str, Part<'_>) -> String) {
    if as_json {
        return json(answer);
    }
    table(answer, |name, value| Some(shown(name, value)));
}

/// Prints the fields that have a value and are shown.
fn table(answer: &Answer, shown: impl Fn(&str, Part<'_>) -> Option<String>) {
    let mut table = plain_table();
    for (name, value) in answer.root().fields() {
        if let Some(text) = shown(&name, value).filter(|_| !value.is_empty()) {
            table.add_row([printable_line(&name), text]);
        }
    }
    say!("{table}");
}

/// Prints an object without one of its fields, for people.
pub(super) fn one_without(answer: &Answer, left_out: &str) {
    table(answer, |name, value| (name != left_out).then(|| value.text()));
}

/// Prints JSON, indented.
pub(super) fn json(answer: &Answer) {
    out::json(answer.root().json().get());
}

/// A table without lines.
pub(super) fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table
}
