//! The view of one thing: its title and state, and its fields in sections, below each other by their labels.

use super::answer::{Answer, Part};
use super::out::{self, printable_line};
use super::paint::{Line, Style, width_of};
use super::pretty::pretty;
use super::relative_time::relative;
use super::screen::Screen;
use super::wrapped::wrapped;
use crate::domain::{Timestamp, printable_json};

/// The columns before a label, and between a label and its value.
const INDENT: usize = 2;

/// The beginning of a digest, and the digits of it that are shown.
const DIGEST: &str = "sha256:";
const DIGEST_DIGITS: usize = 16;

/// The least room for a value; with less it is not wrapped.
const ROOM_MIN: usize = 20;

/// The order of the fields of a kind of thing. Those that it does not name follow in a section of their own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// The fields of the title, of which those with a value are shown.
    pub(super) title: &'static [&'static str],
    /// The field whose value is a state.
    pub(super) state: &'static str,
    pub(super) sections: &'static [Section],
    /// Fields that are not shown, or by the caller.
    pub(super) hidden: &'static [&'static str],
}

/// Fields that belong together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    /// Its title; none above the first.
    pub(super) title: &'static str,
    pub(super) fields: &'static [Field],
}

/// A field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    label: &'static str,
    name: &'static str,
    form: Form,
}

/// The form of a value.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// As every value: a time with how long ago it was, a flag as yes or no.
    Text,
    /// JSON below the title of its section.
    Json,
    /// The result of this function; nothing if it gives none.
    Of(fn(Part<'_>) -> Option<String>),
    /// The lines of this function's result.
    Lines(fn(Part<'_>) -> Vec<String>),
}

/// A layout of which nothing is known but the usual names.
pub(super) const ANY: Layout = Layout { title: &["name", "id"], state: "state", sections: &[], hidden: &[] };

/// A field with a label.
pub(super) const fn field(label: &'static str, name: &'static str) -> Field {
    Field { label, name, form: Form::Text }
}

/// A field that is JSON.
pub(super) const fn json(name: &'static str) -> Field {
    Field { label: "", name, form: Form::Json }
}

/// A field in the form of a function.
pub(super) const fn shown_by(
    label: &'static str,
    name: &'static str,
    shown: fn(Part<'_>) -> Option<String>,
) -> Field {
    Field { label, name, form: Form::Of(shown) }
}

/// A field in lines without a label.
pub(super) const fn in_lines(name: &'static str, lines: fn(Part<'_>) -> Vec<String>) -> Field {
    Field { label: "", name, form: Form::Lines(lines) }
}

/// A row: its label, and the rows of its value.
struct Row {
    label: String,
    value: Vec<String>,
    style: Style,
}

/// Prints a thing.
pub(super) fn print(answer: &Answer, layout: &Layout, screen: Screen) {
    for line in (View { answer, layout, screen }).lines() {
        out::painted(&line);
    }
}

struct View<'a> {
    answer: &'a Answer,
    layout: &'a Layout,
    screen: Screen,
}

impl View<'_> {
    fn lines(&self) -> Vec<Line> {
        let sections: Vec<(&str, Vec<Row>)> =
            self.layout.sections.iter().map(|section| (section.title, self.rows(section.fields))).collect();
        let rest = self.rest();
        let all = || sections.iter().chain([&rest]);
        let label_width =
            all().flat_map(|(_, rows)| rows).map(|row| width_of(&row.label)).max().unwrap_or_default();
        let mut lines: Vec<Line> = self.title().into_iter().collect();
        for (title, rows) in all().filter(|(_, rows)| !rows.is_empty()) {
            if !lines.is_empty() {
                lines.push(Line::default());
            }
            if !title.is_empty() {
                lines.push(self.line(Style::Strong, title));
            }
            lines.extend(rows.iter().flat_map(|row| self.row(row, label_width)));
        }
        lines
    }

    fn line(&self, style: Style, text: &str) -> Line {
        let mut line = Line::new(self.screen.has_colours);
        line.push(style, text);
        line
    }

    /// The title, and the state behind it.
    fn title(&self) -> Option<Line> {
        let names = self.layout.title.iter().filter_map(|name| self.value(name));
        let names: Vec<_> = names.map(Part::text).collect();
        let state = self.value(self.layout.state).map(Part::text);
        if names.is_empty() && state.is_none() {
            return None;
        }
        let mut line = self.line(Style::Strong, &names.join("  "));
        if let Some(state) = state {
            line.push(Style::Plain, "  ");
            line.push(Style::of_state(&state), &state);
        }
        Some(line)
    }

    fn value(&self, name: &str) -> Option<Part<'_>> {
        self.answer.root().get(name).filter(|value| !value.is_empty())
    }

    fn rows(&self, fields: &[Field]) -> Vec<Row> {
        let row = |field: &Field| {
            let part = self.value(field.name)?;
            let value = match field.form {
                Form::Text => self.text(part),
                Form::Json => self.json(part),
                Form::Of(shown) => self.wrapped(&shown(part)?),
                Form::Lines(lines) => lines(part).iter().flat_map(|line| self.hanging(line)).collect(),
            };
            Some(Row { label: field.label.to_owned(), value, style: Style::Plain })
        };
        fields.iter().filter_map(row).collect()
    }

    /// The fields that the layout does not name.
    fn rest(&self) -> (&'static str, Vec<Row>) {
        let fields = || self.layout.sections.iter().flat_map(|section| section.fields);
        let is_known = |name: &str| {
            let mut shown = self.layout.title.iter().chain([&self.layout.state]).chain(self.layout.hidden);
            shown.any(|known| *known == name) || fields().any(|field| field.name == name)
        };
        let fields = self.answer.root().fields().into_iter();
        let rows =
            fields.filter(|(name, value)| !is_known(name) && !value.is_empty()).map(|(name, value)| Row {
                label: label_of(&name),
                value: self.text(value),
                style: Style::Plain,
            });
        (if self.layout.sections.is_empty() { "" } else { "Further fields" }, rows.collect())
    }

    fn text(&self, part: Part<'_>) -> Vec<String> {
        let text = match part.json().get() {
            "true" => "yes".to_owned(),
            "false" => "no".to_owned(),
            _ => match part.time() {
                Some(time) => self.time(time),
                None => self.short_digest(part.text()),
            },
        };
        self.wrapped(&text)
    }

    /// A digest on a terminal in short: it is compared there, and copied from JSON.
    fn short_digest(&self, text: String) -> String {
        match text.starts_with(DIGEST) && self.screen.is_terminal() {
            true => text.chars().take(DIGEST.len() + DIGEST_DIGITS).chain(['…']).collect(),
            false => text,
        }
    }

    /// A time; on a terminal to the second, with how long ago it was.
    fn time(&self, time: Timestamp) -> String {
        let exact = time.to_string();
        match self.answer.time().filter(|_| self.screen.is_terminal()) {
            Some(now) => format!("{}  {}", to_the_second(&exact), relative(time, now)),
            None => exact,
        }
    }

    /// JSON; on a terminal in lines of its values, if it is too long for one.
    fn json(&self, part: Part<'_>) -> Vec<String> {
        let json = printable_json(part.json().get()).replace(['\r', '\n', '\t'], " ");
        match self.screen.width {
            Some(width) if width_of(&json) + INDENT > width => {
                pretty(&json).lines().flat_map(|line| wrapped(line, Some(width - INDENT))).collect()
            }
            _ => vec![json],
        }
    }

    fn wrapped(&self, text: &str) -> Vec<String> {
        let labels =
            self.layout.sections.iter().flat_map(|section| section.fields).map(|field| field.label.len());
        let before = 2 * INDENT + labels.max().unwrap_or(16);
        let room = self.screen.width.map(|width| width.saturating_sub(before).max(ROOM_MIN));
        wrapped(&printable_line(text), room)
    }

    /// A line without a label; what does not fit stands further to the right below it.
    fn hanging(&self, line: &str) -> Vec<String> {
        const FURTHER: usize = 4;
        let room = self.screen.width.map(|width| width - INDENT - FURTHER);
        let rows = wrapped(&printable_line(line), room).into_iter().enumerate();
        rows.map(|(nth, row)| if nth == 0 { row } else { format!("{:FURTHER$}{row}", "") }).collect()
    }

    /// A row; further lines of its value stand below its first.
    fn row(&self, row: &Row, label_width: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for (nth, value) in row.value.iter().enumerate() {
            let mut line = Line::new(self.screen.has_colours);
            line.push(Style::Plain, &" ".repeat(INDENT));
            if !row.label.is_empty() {
                let label = if nth == 0 { row.label.as_str() } else { "" };
                line.push_padded(Style::Quiet, label, label_width + INDENT, false);
            }
            line.push(row.style, value);
            lines.push(line);
        }
        lines
    }
}

/// `2026-01-02 03:04:05 UTC` of a time in RFC 3339.
fn to_the_second(exact: &str) -> String {
    let second: String = exact.chars().take("2026-01-02T03:04:05".len()).collect();
    format!("{} UTC", second.replace('T', " "))
}

/// The name of a field as a label: `max_attempts` as `Max attempts`.
fn label_of(name: &str) -> String {
    let name = printable_line(name).replace('_', " ");
    let mut chars = name.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        title: &["task"],
        state: "state",
        sections: &[
            Section { title: "", fields: &[field("Queue", "queue"), field("Submitted", "created_at")] },
            Section { title: "Input", fields: &[json("input")] },
        ],
        hidden: &["errors"],
    };

    const JOB: &str = r#"{"state":"running","task":"mail","queue":"default","created_at":"2023-11-14T22:13:20.000Z",
        "input":{"z":1.50,"to":"ada.lovelace@example.com"},"errors":[1],"tags":[],"new_field":true}"#;

    fn shown(width: Option<usize>) -> String {
        let at = Timestamp::from_millis(1_700_000_180_000);
        let answer = Answer::parse(JOB.to_owned()).unwrap().given_at(Some(at));
        let screen = Screen { width, has_colours: false };
        let view = View { answer: &answer, layout: &LAYOUT, screen };
        view.lines().iter().map(|line| format!("{}\n", line.as_str())).collect()
    }

    #[test]
    fn a_thing_has_a_title_sections_and_aligned_labels() {
        let expected = [
            "mail  running",
            "",
            "  Queue      default",
            "  Submitted  2023-11-14 22:13:20 UTC  3 min ago",
            "",
            "Input",
            "  {\"z\":1.50,\"to\":\"ada.lovelace@example.com\"}",
            "",
            "Further fields",
            "  New field  yes",
            "",
        ];
        assert_eq!(shown(Some(80)), expected.join("\n"));
        let piped = shown(None);
        assert!(piped.contains("  Submitted  2023-11-14T22:13:20.000Z\n"), "{piped}");
    }

    #[test]
    fn long_json_is_indented_where_lines_have_an_end() {
        let narrow = shown(Some(40));
        assert!(narrow.contains("Input\n  {\n    \"z\": 1.50,\n"), "{narrow}");
        assert!(narrow.lines().all(|line| line.chars().count() <= 40), "{narrow}");
    }
}
