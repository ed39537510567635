//! The output of commands: for people a table of many things and a view of one, for programs JSON.

use comfy_table::presets::NOTHING;
use comfy_table::{ContentArrangement, Table};

use super::answer::{Answer, Part, text};
use super::out::{self, note};
use super::paint::Style;
use super::relative_time::relative;
use super::screen::Screen;
use super::table::{self, Cell, Heading};
use super::view::{self, Layout};
use crate::domain::Timestamp;

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    heading: Heading,
    value: Value,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Value {
    /// The value at this JSON pointer.
    At(&'static str),
    /// The result of this function of a row.
    Of(fn(Part<'_>) -> String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    /// A time; on a terminal how long ago it was.
    Time,
    /// The name of a state, in its colour.
    State,
}

/// A column with the value at a JSON pointer of a row.
pub(super) const fn column(title: &'static str, pointer: &'static str) -> Column {
    Column { heading: Heading::of(title), value: Value::At(pointer), form: Form::Text }
}

/// A column with the result of a function of a row.
pub(super) const fn computed(title: &'static str, of: fn(Part<'_>) -> String) -> Column {
    Column { heading: Heading::of(title), value: Value::Of(of), form: Form::Text }
}

impl Column {
    /// A column whose cells are never shortened.
    pub(super) const fn whole(mut self) -> Self {
        self.heading.shrinks = false;
        self
    }

    /// A column of numbers.
    pub(super) const fn number(mut self) -> Self {
        self.heading.is_number = true;
        self.whole()
    }

    /// A column that is left out on a terminal where the others need its room.
    pub(super) const fn rare(mut self) -> Self {
        self.heading.is_rare = true;
        self
    }

    /// A column of times.
    pub(super) const fn time(mut self) -> Self {
        self.form = Form::Time;
        self.whole()
    }

    /// A column of states.
    pub(super) const fn state(mut self) -> Self {
        self.form = Form::State;
        self.whole()
    }

    /// The cell of a row; times are relative to `now`, if there is one.
    fn cell(&self, row: Part<'_>, now: Option<Timestamp>) -> Cell {
        let time = || match self.value {
            Value::At(pointer) if self.form == Form::Time => Some(relative(row.at(pointer)?.time()?, now?)),
            _ => None,
        };
        let text = match (time(), self.value) {
            (Some(time), _) => time,
            (None, Value::At(pointer)) => text(row.at(pointer)),
            (None, Value::Of(of)) => of(row),
        };
        let style = match self.form {
            Form::State => Style::of_state(&text),
            _ if text == "-" => Style::Quiet,
            _ => Style::Plain,
        };
        Cell { text, style }
    }
}

/// Prints a list in the form of the host's answers: `{ "items": [...] }`.
pub(super) fn list(answer: &Answer, as_json: bool, columns: &[Column]) {
    if as_json {
        return json(answer);
    }
    let screen = Screen::of_stdout();
    let now = answer.time().filter(|_| screen.is_terminal());
    let headings: Vec<_> = columns.iter().map(|column| column.heading).collect();
    let cells = |row: Part<'_>| columns.iter().map(|column| column.cell(row, now)).collect();
    let rows: Vec<_> = answer.items().into_iter().map(cells).collect();
    table::print(&headings, &rows, screen);
    if let Some(cursor) = answer.str("next_cursor") {
        note!("\nMore rows follow: --cursor {cursor}");
    }
}

/// Prints rows of texts below their headings.
pub(super) fn rows(headings: &[Heading], rows: impl IntoIterator<Item = Vec<String>>) {
    let rows: Vec<_> = rows.into_iter().map(|row| row.into_iter().map(Cell::plain).collect()).collect();
    table::print(headings, &rows, Screen::of_stdout());
}

/// Prints an object of which no layout is known.
pub(super) fn one(answer: &Answer, as_json: bool) {
    one_as(answer, as_json, &view::ANY);
}

/// Prints an object in a layout.
pub(super) fn one_as(answer: &Answer, as_json: bool, layout: &Layout) {
    match as_json {
        true => json(answer),
        false => view::print(answer, layout, Screen::of_stdout()),
    }
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
