//! The picture of a host on a terminal, at least 80 by 24.

use std::iter;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Borders, Cell, Paragraph, Row, Table};

use super::Seen;
use super::snapshot::Snapshot;
use crate::cli::answer::{Part, text};
use crate::cli::holding::limits;
use crate::cli::layouts::progress;
use crate::cli::out::printable_line;
use crate::cli::paint::{shortened, width_of};
use crate::cli::relative_time::relative;
use crate::domain::Timestamp;

/// The most rows of queues and of tasks; running jobs have the rest.
const QUEUES_MAX: u16 = 6;
const TASKS_MAX: u16 = 5;

/// The rows of a table beside its items: its border with the title, and its headings.
const HEAD: u16 = 2;

/// The columns beside the names of queues and of tasks, with the spaces between them.
const QUEUE_COLUMNS: u16 = 3 * 9 + 2 * 7 + 8 + 6 * 2;
const TASK_COLUMNS: u16 = 2 * 9 + 19 + 8 + 4 * 2;

/// The least width of a name.
const NAME_MIN: u16 = 8;

/// Draws all of it.
pub(super) fn draw(frame: &mut Frame<'_>, seen: &Seen) {
    let Some(snapshot) = &seen.snapshot else { return };
    let rows = |count: usize, most: u16| HEAD + u16::try_from(count).unwrap_or(most).clamp(1, most);
    let (queues, tasks) = (snapshot.queues.items(), snapshot.tasks.items());
    let [head, counts, queue_area, task_area, job_area, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(rows(queues.len(), QUEUES_MAX)),
        Constraint::Length(rows(tasks.len(), TASKS_MAX)),
        Constraint::Min(HEAD + 1),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(title(seen), head);
    frame.render_widget(Paragraph::new(numbers(seen, snapshot)), counts);
    frame.render_widget(queue_table(&queues, queue_area), queue_area);
    frame.render_widget(task_table(&tasks, task_area), task_area);
    frame.render_widget(job_table(snapshot, job_area), job_area);
    frame.render_widget(footer(seen), foot);
}

fn quiet() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn title(seen: &Seen) -> Line<'static> {
    let time = seen.snapshot.as_ref().and_then(Snapshot::time).map(|time| time.to_string());
    // The time of day of `2026-01-02T03:04:05.000Z`.
    let time = time.and_then(|time| time.get(11..19).map(|time| format!("  {time} UTC"))).unwrap_or_default();
    Line::from(vec![
        Span::styled("taskbox", strong()),
        Span::raw(format!("  {}", printable_line(&seen.host))),
        Span::styled(time, quiet()),
    ])
}

/// The numbers of jobs by state, and how many become final.
fn numbers(seen: &Seen, snapshot: &Snapshot) -> Line<'static> {
    let states = [
        ("available", Style::new()),
        ("scheduled", Style::new()),
        ("running", Style::new().fg(Color::Cyan)),
        ("retryable", Style::new().fg(Color::Magenta)),
        ("completed", Style::new().fg(Color::Green)),
        ("discarded", Style::new().fg(Color::Red)),
    ];
    let mut spans = Vec::new();
    for (state, style) in states {
        let count = snapshot.jobs(state);
        let style = if count == 0 { quiet() } else { style.add_modifier(Modifier::BOLD) };
        spans.push(Span::styled(count.to_string(), style));
        spans.push(Span::styled(format!(" {state}  "), quiet()));
    }
    if let Some(rate) = seen.final_per_second {
        spans.push(Span::raw(format!("{rate:.0}/s")));
    }
    Line::from(spans)
}

fn footer(seen: &Seen) -> Line<'static> {
    match &seen.lost {
        Some(why) => Line::styled(
            format!("connection lost, these numbers are old: {}", printable_line(why)),
            Style::new().fg(Color::Red),
        ),
        None => Line::styled("q to quit", quiet()),
    }
}

/// A table below its title; of more rows than fit, how many are not shown.
fn table<'a, const N: usize>(
    title: &str,
    headings: [&'static str; N],
    rows: impl ExactSizeIterator<Item = [Cell<'a>; N]>,
    widths: [Constraint; N],
    area: Rect,
) -> Table<'a> {
    let room = usize::from(area.height.saturating_sub(HEAD));
    let count = rows.len();
    let title = match count > room {
        true => format!(" {title} ({room} of {count}) "),
        false => format!(" {title} "),
    };
    let rows: Vec<_> = match count {
        0 => iter::once(Row::new([Cell::from(Span::styled("(none)", quiet()))])).collect(),
        _ => rows.take(room).map(Row::new).collect(),
    };
    Table::new(rows, widths)
        .header(Row::new(headings).style(quiet()))
        .column_spacing(2)
        .block(Block::new().borders(Borders::TOP).border_style(quiet()).title(Span::styled(title, strong())))
}

/// A number, to the right of its column.
fn number(part: Option<Part<'_>>, style: Style) -> Cell<'static> {
    let text = text(part);
    let style = if matches!(text.as_str(), "0" | "-") { quiet() } else { style };
    Cell::from(Line::styled(text, style).right_aligned())
}

/// The width of names, which have what the other columns leave.
fn name_width(rows: &[Part<'_>], area: Rect, others: u16) -> u16 {
    let longest = rows.iter().map(|row| width_of(&text(row.get("name")))).max().unwrap_or_default();
    let most = area.width.saturating_sub(others).max(NAME_MIN);
    u16::try_from(longest).unwrap_or(most).clamp(NAME_MIN, most)
}

/// A name, without its middle if it is too long.
fn name(row: Part<'_>, width: u16) -> Cell<'static> {
    Cell::from(shortened(&text(row.get("name")), usize::from(width)))
}

fn queue_table(queues: &[Part<'_>], area: Rect) -> Table<'static> {
    let name_width = name_width(queues, area, QUEUE_COLUMNS);
    let row = |queue: &Part<'_>| {
        let count = |state: &str| queue.get("counts").and_then(|counts| counts.get(state));
        [
            name(*queue, name_width),
            number(count("available"), Style::new()),
            number(count("scheduled"), Style::new()),
            number(count("running"), Style::new().fg(Color::Cyan)),
            number(count("retryable"), Style::new().fg(Color::Magenta)),
            number(queue.get("latency"), Style::new()),
            Cell::from(limits(*queue)),
        ]
    };
    let headings = ["QUEUE", "AVAILABLE", "SCHEDULED", "RUNNING", "RETRYABLE", "LATENCY", "LIMITS"];
    let [long, short] = [Constraint::Length(9), Constraint::Length(7)];
    let widths = [Constraint::Length(name_width), long, long, short, long, short, Constraint::Min(8)];
    table("Queues", headings, queues.iter().map(row), widths, area)
}

fn task_table(tasks: &[Part<'_>], area: Rect) -> Table<'static> {
    let name_width = name_width(tasks, area, TASK_COLUMNS);
    let row = |task: &Part<'_>| {
        let is_offered = task.get("offered").is_some_and(|offered| offered.json().get() == "true");
        [
            name(*task, name_width),
            number(task.get("jobs"), Style::new()),
            number(task.get("running"), Style::new().fg(Color::Cyan)),
            Cell::from(if is_offered { "" } else { "no plugin offers it" }),
            Cell::from(limits(*task)),
        ]
    };
    let number = Constraint::Length(9);
    let widths = [Constraint::Length(name_width), number, number, Constraint::Length(19), Constraint::Min(8)];
    table("Tasks", ["TASK", "     JOBS", "  RUNNING", "", "LIMITS"], tasks.iter().map(row), widths, area)
}

fn job_table(snapshot: &Snapshot, area: Rect) -> Table<'static> {
    let now = snapshot.time();
    let jobs = snapshot.running.items();
    let row = |job: &Part<'_>| {
        [
            Cell::from(text(job.get("id"))),
            Cell::from(text(job.get("task"))),
            Cell::from(started(*job, now)),
            Cell::from(job.get("progress").and_then(progress).unwrap_or_default()),
        ]
    };
    let widths = [Constraint::Length(36), Constraint::Min(12), Constraint::Length(10), Constraint::Min(14)];
    table("Running", ["JOB", "TASK", "STARTED", "PROGRESS"], jobs.iter().map(row), widths, area)
}

fn started(job: Part<'_>, now: Option<Timestamp>) -> String {
    let relative = || Some(relative(job.get("attempted_at")?.time()?, now?));
    relative().unwrap_or_else(|| "-".to_owned())
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::cli::answer::Answer;

    fn answer(items: &str) -> Answer {
        let at = "2026-11-27T16:05:40Z".parse().unwrap();
        Answer::parse(format!(r#"{{"items":[{items}]}}"#)).unwrap().given_at(Some(at))
    }

    fn snapshot() -> Snapshot {
        let queue = |name: &str| {
            format!(
                r#"{{"name":"{name}","counts":{{"available":120,"scheduled":3,"running":2,"retryable":0,
                "completed":1000,"discarded":1,"cancelled":0}},"latency":"1m30s","paused":true,"concurrency":20}}"#
            )
        };
        let queues = ["default", "slow", "a", "b", "c", "d", "e", "f"].map(queue).join(",");
        let job = r#"{"id":"01a21dc1-4b63-763a-a451-d5cc9973f4d6","task":"create-order",
            "attempted_at":"2026-11-27T16:05:30Z","progress":{"done":1,"total":3,"message":"paid"}}"#;
        Snapshot {
            queues: answer(&queues),
            tasks: answer(r#"{"name":"create-order","offered":false,"jobs":7,"running":1}"#),
            running: answer(job),
        }
    }

    fn drawn(seen: &Seen) -> String {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| draw(frame, seen)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn queues_tasks_and_running_jobs_fit_80_by_24() {
        let seen = Seen { host: "http://a".to_owned(), snapshot: Some(snapshot()), ..Seen::default() };
        let drawn = drawn(&seen);
        for shown in [
            "16:05:40 UTC",
            "960 available",
            "Queues (6 of 8)",
            "1m30s",
            "no plugin offers it",
            "01a21dc1-4b63-763a-a451-d5cc9973f4d6",
            "10 s ago",
            "1 of 3",
            "q to quit",
        ] {
            assert!(drawn.contains(shown), "{shown}:\n{drawn}");
        }
    }

    #[test]
    fn a_lost_connection_is_said_and_the_old_numbers_stay() {
        let lost = Some("cannot reach it".to_owned());
        let seen = Seen { snapshot: Some(snapshot()), lost, ..Seen::default() };
        let drawn = drawn(&seen);
        assert!(drawn.contains("connection lost") && drawn.contains("960 available"), "{drawn}");
    }
}
