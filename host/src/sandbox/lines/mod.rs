//! The lines of source code that the instructions of a component come from, as far as its debug information says it.
//!
//! Debug information can describe more than any machine holds. So it is read where a compilation is bounded anyway, by
//! the process that compiles, into a table that is kept behind the machine code.

mod dwarf;

use std::sync::Arc;

pub(super) use dwarf::collect;

/// Rows of a table, and bytes of the names of its files. A component that needs more has no table.
const ROWS_MAX: usize = 400_000;
const FILES_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of a row: three little-endian numbers.
const ROW_BYTES: usize = 12;

/// The file of instructions that come from no line.
const NO_FILE: u32 = u32::MAX;

/// What a file with a table ends with, behind the length of the table.
const MAGIC: &[u8; 8] = b"tb-lines";

/// Bytes behind the table.
pub(super) const TRAILER_BYTES: usize = 16;

/// Instructions from this one on come from one line.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Place of the first instruction in the component.
    start: u32,
    /// Place of the name of the file, or [`NO_FILE`].
    file: u32,
    line: u32,
}

/// The table of a component; empty if there is none.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines(Arc<[u8]>);

impl Lines {
    /// The table in these bytes.
    pub(super) fn of(table: Vec<u8>) -> Self {
        Self(table.into())
    }

    /// The line of the instruction at this place of the component, such as `src/lib.rs:7`.
    pub(super) fn at(&self, place: usize) -> Option<String> {
        let (rows, files) = self.parts()?;
        let place = u32::try_from(place).ok()?;
        let (mut low, mut high) = (0, rows.len() / ROW_BYTES);
        while low < high {
            let middle = low + (high - low) / 2;
            if row(rows, middle)?.start <= place { low = middle + 1 } else { high = middle }
        }
        let Row { file, line, .. } = row(rows, low.checked_sub(1)?)?;
        let name = files.get(file as usize..)?;
        let name = &name[..name.iter().position(|byte| *byte == 0)?];
        Some(format!("{}:{line}", String::from_utf8_lossy(name)))
    }

    fn parts(&self) -> Option<(&[u8], &[u8])> {
        let (count, rest) = self.0.split_at_checked(4)?;
        rest.split_at_checked(number(count)? as usize * ROW_BYTES)
    }
}

fn row(rows: &[u8], index: usize) -> Option<Row> {
    let bytes = rows.get(index * ROW_BYTES..)?;
    let field = |at: usize| number(bytes.get(at..at + 4)?);
    Some(Row { start: field(0)?, file: field(4)?, line: field(8)? })
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

/// A table of these rows, in any order, and the names of their files.
fn table(mut rows: Vec<Row>, files: &[u8]) -> Vec<u8> {
    // What begins where another ends is behind that end.
    rows.sort_by_key(|row| (row.start, row.file != NO_FILE));
    rows.dedup_by(|next, row| (next.file, next.line) == (row.file, row.line));
    let mut table = u32::try_from(rows.len()).unwrap_or(0).to_le_bytes().to_vec();
    for Row { start, file, line } in rows {
        table.extend([start, file, line].map(u32::to_le_bytes).concat());
    }
    table.extend(files);
    table
}

/// What ends a file with a table of so many bytes.
pub(super) fn trailer(table: &[u8]) -> [u8; TRAILER_BYTES] {
    let mut trailer = [0; TRAILER_BYTES];
    trailer[..8].copy_from_slice(&(table.len() as u64).to_le_bytes());
    trailer[8..].copy_from_slice(MAGIC);
    trailer
}

/// Bytes of the table before this end of a file, if it is one of a file with a table.
pub(super) fn table_bytes(trailer: [u8; TRAILER_BYTES]) -> Option<u64> {
    let (bytes, magic) = trailer.split_at(8);
    (magic == MAGIC).then(|| u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_by_any_of_its_instructions() {
        let rows = [(30, 0, 7), (30, NO_FILE, 0), (10, 5, 1), (20, 5, 2), (25, 5, 2), (40, NO_FILE, 0)];
        let rows = rows.map(|(start, file, line)| Row { start, file, line }).to_vec();
        let table = table(rows, b"a.rs\0src/b.rs\0");
        assert_eq!(table.len(), 4 + 5 * ROW_BYTES + 14, "a row that says nothing new is left out");
        let lines = Lines::of(table);
        for (place, line) in [
            (9, None),
            (10, Some("src/b.rs:1")),
            (19, Some("src/b.rs:1")),
            (29, Some("src/b.rs:2")),
            (30, Some("a.rs:7")),
            (39, Some("a.rs:7")),
            (40, None),
            (usize::MAX, None),
        ] {
            assert_eq!(lines.at(place).as_deref(), line, "{place}");
        }
        assert_eq!(Lines::default().at(1), None);
    }

    #[test]
    fn a_file_ends_with_the_length_of_its_table() {
        assert_eq!(table_bytes(trailer(&[1, 2, 3])), Some(3));
        assert_eq!(table_bytes(*b"the end of a fil"), None);
    }
}
