//! From the debug information in the modules of a component (DWARF) to the rows of a table.

use std::collections::{HashMap, HashSet};

use gimli::{Dwarf, EndianSlice, LineProgramHeader, LineRow, LittleEndian, Unit};
use wasmparser::{Encoding, Parser, Payload};

use super::{FILES_BYTES_MAX, NO_FILE, ROWS_MAX, Row, table};

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// Where linkers place the code of a function that they left out. No function begins there.
const LEFT_OUT: u64 = 0;

/// The table of a component; empty if it has no debug information, or more than a table holds.
///
/// Debug information that is wrong is no reason to refuse a component: what cannot be read is left out.
pub(in crate::sandbox) fn collect(component: &[u8]) -> Vec<u8> {
    let mut found = Found::default();
    let mut around = Vec::new();
    for payload in Parser::new(0).parse_all(component) {
        match payload {
            Ok(Payload::Version { encoding, .. }) => around.push((encoding, Module::default())),
            Ok(Payload::CodeSectionStart { range, .. }) => {
                if let Some((Encoding::Module, module)) = around.last_mut() {
                    module.code_start = range.start as u64;
                }
            }
            Ok(Payload::CustomSection(section)) if section.name().starts_with(".debug_") => {
                if let Some((Encoding::Module, module)) = around.last_mut() {
                    module.sections.insert(section.name(), section.data());
                }
            }
            Ok(Payload::End(_)) => {
                if let Some((_, module)) = around.pop() {
                    // Up to the first thing that is wrong.
                    let _ = found.take(&module);
                }
            }
            Ok(_) => {}
            Err(_) => return Vec::new(),
        }
    }
    found.table()
}

/// A module of the component.
#[derive(Default)]
struct Module<'a> {
    /// Place of its code in the component, from which debug information counts.
    code_start: u64,
    sections: HashMap<&'a str, &'a [u8]>,
}

/// All that was found.
#[derive(Default)]
struct Found {
    rows: Vec<Row>,
    /// The names of files, each with a zero behind it, and the place of each.
    files: Vec<u8>,
    places: HashMap<Vec<u8>, u32>,
    is_too_much: bool,
}

impl Found {
    fn take(&mut self, module: &Module<'_>) -> gimli::Result<()> {
        let section = |id: gimli::SectionId| module.sections.get(id.name()).copied().unwrap_or_default();
        let dwarf = Dwarf::load(|id| gimli::Result::Ok(EndianSlice::new(section(id), LittleEndian)))?;
        let mut seen = HashSet::new();
        let mut units = dwarf.units();
        while let Some(header) = units.next()? {
            let unit = dwarf.unit(header)?;
            let Some(program) = unit.line_program.clone() else { continue };
            // Many units may name one program, each for all of its rows.
            if seen.insert(program.header().offset().0) {
                self.take_program(&dwarf, &unit, program, module.code_start)?;
            }
        }
        Ok(())
    }

    fn take_program<'a>(
        &mut self,
        dwarf: &Dwarf<Bytes<'a>>,
        unit: &Unit<Bytes<'a>>,
        program: gimli::IncompleteLineProgram<Bytes<'a>>,
        code_start: u64,
    ) -> gimli::Result<()> {
        let mut files = HashMap::new();
        let mut rows = program.rows();
        // Rows up to the end of a sequence are those of one function.
        let (mut begun, mut is_left_out) = (false, false);
        while let Some((header, row)) = rows.next_row()? {
            if self.is_too_much {
                return Ok(());
            }
            if !begun {
                is_left_out = row.address() == LEFT_OUT;
            }
            begun = !row.end_sequence();
            let start = row.address().checked_add(code_start).and_then(|start| u32::try_from(start).ok());
            let Some(start) = start.filter(|_| !is_left_out) else { continue };
            let (file, line) = if row.end_sequence() {
                (NO_FILE, 0)
            } else {
                // What a compiler adds belongs to the line before it.
                let Some(line) = row.line().and_then(|line| u32::try_from(line.get()).ok()) else { continue };
                let file = files.entry(row.file_index());
                let file = file.or_insert_with(|| self.file(dwarf, unit, header, row).unwrap_or(NO_FILE));
                (*file, line)
            };
            self.push(Row { start, file, line });
        }
        Ok(())
    }

    /// Adds a row, unless it says what the one before it says.
    fn push(&mut self, row: Row) {
        let said = self
            .rows
            .last()
            .is_some_and(|last| (last.file, last.line) == (row.file, row.line) && last.start <= row.start);
        if !said {
            self.rows.push(row);
        }
        self.is_too_much = self.rows.len() > ROWS_MAX || self.files.len() > FILES_BYTES_MAX;
    }

    /// The place of the name of a row's file, relative to where it was compiled if it was named so.
    fn file<'a>(
        &mut self,
        dwarf: &Dwarf<Bytes<'a>>,
        unit: &Unit<Bytes<'a>>,
        header: &LineProgramHeader<Bytes<'a>>,
        row: &LineRow,
    ) -> Option<u32> {
        let file = row.file(header)?;
        let name = dwarf.attr_string(unit, file.path_name()).ok()?;
        // The first is the folder of the compiler.
        let folder = file.directory(header).filter(|_| file.directory_index() != 0);
        let folder = folder.and_then(|folder| dwarf.attr_string(unit, folder).ok());
        let path = match folder {
            Some(folder) if !name.starts_with(b"/") => [folder.slice(), b"/", name.slice()].concat(),
            _ => name.slice().to_vec(),
        };
        if path.contains(&0) {
            return None;
        }
        if let Some(place) = self.places.get(&path) {
            return Some(*place);
        }
        let place = u32::try_from(self.files.len()).ok()?;
        self.files.extend(&path);
        self.files.push(0);
        self.places.insert(path, place);
        Some(place)
    }

    fn table(self) -> Vec<u8> {
        if self.is_too_much || self.rows.is_empty() { Vec::new() } else { table(self.rows, &self.files) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn debug_information_that_is_wrong_is_no_error(
            sections in prop::collection::vec((0..5_usize, prop::collection::vec(any::<u8>(), 0..60)), 1..5),
        ) {
            let names = [".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str"];
            let mut module = b"\0asm\x01\0\0\0".to_vec();
            for (name, content) in &sections {
                let body = [&[names[*name].len() as u8], names[*name].as_bytes(), content].concat();
                module.extend([0, body.len() as u8]);
                module.extend(body);
            }
            let length = u16::try_from(module.len()).unwrap();
            let length = [(length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
            collect(&[&b"\0asm\x0d\0\x01\0"[..], &[1], &length, &module].concat());
        }
    }

    #[test]
    fn a_component_without_debug_information_has_no_table() {
        assert_eq!(collect(b"\0asm\x0d\0\x01\0"), b"");
        assert_eq!(collect(b"not even a component"), b"");
    }
}
