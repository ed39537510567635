//! The table.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::super::out::{self, say};
use super::super::show;
use super::BenchArgs;
use super::load::Spent;
use super::rows::RowName;

/// One figure of a row.
pub(super) struct Figure {
    /// Its name for programs, with its unit.
    key: &'static str,
    value: f64,
    /// The figure for people.
    text: String,
}

impl Figure {
    /// A rate per second.
    pub(super) fn per_second(key: &'static str, what: &str, value: f64) -> Self {
        Self { key, value, text: format!("{} {what}/s", grouped(value)) }
    }

    /// A time.
    pub(super) fn millis(key: &'static str, what: &str, value: f64) -> Self {
        let text = if value < 1_000.0 {
            format!("{what} {value:.1} ms")
        } else {
            format!("{what} {:.1} s", value / 1e3)
        };
        Self { key, value, text }
    }

    /// A share of another row's figure.
    pub(super) fn ratio(key: &'static str, what: &str, value: f64) -> Self {
        Self { key, value, text: format!("{value:.2} of {what}") }
    }

    /// A size.
    pub(super) fn bytes(key: &'static str, what: &str, value: f64) -> Self {
        let text = match value.abs() {
            size if size < 10_240.0 => format!("{} B {what}", grouped(value)),
            size if size < 10_485_760.0 => format!("{} KiB {what}", grouped(value / 1024.0)),
            _ => format!("{} MiB {what}", grouped(value / 1_048_576.0)),
        };
        Self { key, value, text }
    }
}

/// A number with separated thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value <= -0.5 { format!("-{text}") } else { text }
}

/// One row.
pub(super) struct Row {
    name: RowName,
    what: String,
    figures: Vec<Figure>,
    /// Time of a sync of the disk, right before.
    sync: Duration,
    /// CPU time of each, in microseconds, of the host and of the load generator.
    cpu_micros: Option<(f64, f64)>,
}

impl Row {
    /// A row.
    pub(super) fn new(name: RowName, what: String, sync: Duration, figures: Vec<Figure>) -> Self {
        Self { name, what, figures, sync, cpu_micros: None }
    }

    /// The same row, with the CPU time of each of `count`.
    pub(super) fn spending(self, spent: &Spent, count: usize) -> Self {
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
        let cpu_micros =
            spent.host_cpu.zip(spent.client_cpu).map(|(host, client)| (each(host), each(client)));
        Self { cpu_micros, ..self }
    }

    fn to_json(&self, args: &BenchArgs) -> Value {
        let figures = self.figures.iter().map(|figure| (figure.key.to_owned(), json!(figure.value)));
        json!({
            "row": self.name.as_str(),
            "what": self.what,
            "figures": figures.collect::<Map<_, _>>(),
            "host_cpu_micros_each": self.cpu_micros.map(|(host, _)| host),
            "client_cpu_micros_each": self.cpu_micros.map(|(_, client)| client),
            "fdatasync_micros": self.sync.as_secs_f64() * 1e6,
            "command": self.command(args),
        })
    }

    fn cells(&self, args: &BenchArgs) -> [String; 5] {
        let figures: Vec<_> = self.figures.iter().map(|figure| figure.text.as_str()).collect();
        let cpu = self.cpu_micros.map(|(host, client)| format!("{host:.0} + {client:.0} µs"));
        [
            self.what.clone(),
            figures.join(", "),
            cpu.unwrap_or_else(|| "-".to_owned()),
            format!("{:.0} µs", self.sync.as_secs_f64() * 1e6),
            self.command(args),
        ]
    }

    /// The command that measures this row alone.
    fn command(&self, args: &BenchArgs) -> String {
        let quick = if args.quick { " --quick" } else { "" };
        format!("taskbox bench --only {}{quick}", self.name.as_str())
    }
}

/// Prints the rows.
pub(super) fn print(rows: &[Row], args: &BenchArgs) {
    if args.json {
        let rows = rows.iter().map(|row| row.to_json(args)).collect::<Vec<_>>();
        return out::json(&json!({ "rows": rows }).to_string());
    }
    let mut table = show::plain_table();
    table.set_header(["MEASURED", "FIGURES", "CPU EACH, HOST + CLIENT", "FDATASYNC", "COMMAND"]);
    table.add_rows(rows.iter().map(|row| row.cells(args)));
    say!("{table}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_told_as_people_read_them() {
        let text = |figure: Figure| figure.text;
        assert_eq!(text(Figure::per_second("a", "jobs", 1_234_567.8)), "1,234,568 jobs/s");
        assert_eq!(text(Figure::millis("a", "p50", 0.84)), "p50 0.8 ms");
        assert_eq!(text(Figure::millis("a", "ready after", 2_345.0)), "ready after 2.3 s");
        assert_eq!(text(Figure::bytes("a", "each", 130.0 * 1024.0)), "130 KiB each");
        assert_eq!(text(Figure::bytes("a", "each", 1_234.0)), "1,234 B each");
        assert_eq!(text(Figure::bytes("a", "more", -3.2)), "-3 B more");
        assert_eq!(text(Figure::bytes("a", "more", -0.2)), "0 B more");
    }
}
