//! Tables: fitted to a terminal; elsewhere rows of cells with a tab between them, which `cut` and `awk` take apart.

use super::out;
use super::paint::{Line, Style, shortened, width_of};
use super::screen::Screen;
use super::wrapped::wrapped;

/// The columns between two cells.
const GAP: usize = 2;

/// The width below which a column is not narrowed while a rare one can be left out, and below which never.
const COMFORTABLE: usize = 16;
const NARROWEST: usize = 8;

/// The head of a column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Heading {
    pub(super) title: &'static str,
    /// Whether its cells may be shortened. Those of an id may not.
    pub(super) shrinks: bool,
    /// Whether its cells are numbers, below each other by their last digits.
    pub(super) is_number: bool,
    /// Whether it is left out where the others need its room.
    pub(super) is_rare: bool,
}

impl Heading {
    /// A column of texts.
    pub(super) const fn of(title: &'static str) -> Self {
        Self { title, shrinks: true, is_number: false, is_rare: false }
    }
}

/// A cell.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) style: Style,
}

impl Cell {
    /// A cell without a style.
    pub(super) fn plain(text: String) -> Self {
        Self { text, style: Style::Plain }
    }
}

/// Prints a table.
pub(super) fn print(headings: &[Heading], rows: &[Vec<Cell>], screen: Screen) {
    for line in lines(headings, rows, screen) {
        out::painted(&line);
    }
}

fn lines(headings: &[Heading], rows: &[Vec<Cell>], screen: Screen) -> Vec<Line> {
    let head: Vec<Cell> =
        headings.iter().map(|heading| Cell { text: heading.title.to_owned(), style: Style::Quiet }).collect();
    let all = || std::iter::once(&head).chain(rows);
    let Some(width) = screen.width else { return all().map(|row| tabbed(row)).collect() };
    let fitted = Fitted::of(headings, all(), width);
    let mut lines: Vec<_> = all().map(|row| fitted.line(headings, row, screen)).collect();
    let mut note = |text: &str| {
        for row in wrapped(text, Some(width)) {
            let mut line = Line::new(screen.has_colours);
            line.push(Style::Quiet, &row);
            lines.push(line);
        }
    };
    if rows.is_empty() {
        note("(none)");
    }
    if !fitted.left_out.is_empty() && !rows.is_empty() {
        note("");
        note(&format!("Not shown for lack of room: {} (all in a pipe: | cat)", fitted.left_out.join(", ")));
    }
    lines
}

/// A row for another program.
fn tabbed(row: &[Cell]) -> Line {
    let mut line = Line::new(false);
    for (place, cell) in row.iter().enumerate() {
        if place > 0 {
            line.push_tab();
        }
        line.push(Style::Plain, &cell.text);
    }
    line
}

/// The columns that have room, and their widths.
struct Fitted {
    /// The place of each column, and its width.
    columns: Vec<(usize, usize)>,
    left_out: Vec<&'static str>,
}

impl Fitted {
    fn of<'a>(headings: &[Heading], rows: impl Iterator<Item = &'a Vec<Cell>>, width: usize) -> Self {
        let mut natural = vec![0; headings.len()];
        for row in rows {
            for (width, cell) in natural.iter_mut().zip(row) {
                *width = width_of(&cell.text).max(*width);
            }
        }
        let mut fitted = Self { columns: natural.into_iter().enumerate().collect(), left_out: Vec::new() };
        let least = |(place, width): &(usize, usize), narrow: usize| match headings[*place].shrinks {
            true => (*width).min(narrow.max(width_of(headings[*place].title))),
            false => *width,
        };
        while fitted.taken(|column| least(column, COMFORTABLE)) > width {
            let Some(at) = fitted.columns.iter().rposition(|(place, _)| headings[*place].is_rare) else {
                break;
            };
            let (place, _) = fitted.columns.remove(at);
            fitted.left_out.insert(0, headings[place].title);
        }
        while fitted.taken(|column| column.1) > width {
            let narrowed = fitted.columns.iter_mut().filter(|column| column.1 > least(column, NARROWEST));
            let Some(widest) = narrowed.max_by_key(|column| column.1) else { break };
            widest.1 -= 1;
        }
        fitted
    }

    fn taken(&self, width: impl Fn(&(usize, usize)) -> usize) -> usize {
        self.columns.iter().map(width).sum::<usize>() + GAP * self.columns.len().saturating_sub(1)
    }

    fn line(&self, headings: &[Heading], row: &[Cell], screen: Screen) -> Line {
        let mut line = Line::new(screen.has_colours);
        for (nth, (place, width)) in self.columns.iter().enumerate() {
            if nth > 0 {
                line.push(Style::Plain, &" ".repeat(GAP));
            }
            let Some(cell) = row.get(*place) else { continue };
            let text = match headings[*place].shrinks {
                true => shortened(&cell.text, *width),
                false => cell.text.clone(),
            };
            line.push_padded(cell.style, &text, *width, headings[*place].is_number);
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: [Heading; 4] = [
        Heading { title: "ID", shrinks: false, is_number: false, is_rare: false },
        Heading::of("TASK"),
        Heading { title: "COUNT", shrinks: false, is_number: true, is_rare: false },
        Heading { title: "QUEUE", shrinks: true, is_number: false, is_rare: true },
    ];

    fn shown(width: Option<usize>, rows: &[[&str; 4]]) -> String {
        let cells = |row: &[&str; 4]| row.iter().map(|text| Cell::plain((*text).to_owned())).collect();
        let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        let lines = lines(&HEADINGS, &rows, Screen { width, has_colours: false });
        lines.iter().map(|line| format!("{}\n", line.as_str())).collect()
    }

    #[test]
    fn a_table_with_room_is_aligned() {
        let shown = shown(Some(80), &[["01a2", "mail", "7", "default"], ["01a3", "report", "12", "slow"]]);
        let expected =
            ["ID    TASK    COUNT  QUEUE", "01a2  mail        7  default", "01a3  report     12  slow", ""];
        assert_eq!(shown, expected.join("\n"));
    }

    #[test]
    fn texts_shrink_and_rare_columns_go_but_ids_stay_whole() {
        let id = "01a21dc1-4b63-763a-a451-d5cc9973f4d6";
        let shown = shown(Some(60), &[[id, "a-task-with-a-long-name", "7", "default"]]);
        let expected = [
            "ID                                    TASK             COUNT",
            &format!("{id}  a-task-…ng-name      7"),
            "",
            "Not shown for lack of room: QUEUE (all in a pipe: | cat)",
            "",
        ];
        assert_eq!(shown, expected.join("\n"));
    }

    #[test]
    fn another_program_gets_every_cell_whole_and_no_space_between_them() {
        let long = "x".repeat(500);
        let shown = shown(None, &[["01a2", &long, "7", "a\tb"]]);
        assert_eq!(shown, format!("ID\tTASK\tCOUNT\tQUEUE\n01a2\t{long}\t7\ta\\tb\n"));
    }

    #[test]
    fn an_empty_table_says_so_on_a_terminal_only() {
        assert_eq!(shown(Some(80), &[]), "ID  TASK  COUNT  QUEUE\n(none)\n");
        assert_eq!(shown(None, &[]), "ID\tTASK\tCOUNT\tQUEUE\n");
    }
}
