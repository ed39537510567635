//! A disk that remembers every write, sync and name, and can be cut off from power at any time.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::Call;
use crate::dice::Dice;

/// What becomes of that which was not synced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// All of it is lost.
    All,
    /// Some of it is lost, in any order, and writes may be torn.
    Some,
}

/// The smallest part of a write that a disk writes whole.
const SECTOR_BYTES: u64 = 512;

#[derive(Default)]
struct File {
    writes: Vec<Write>,
    syncs: Vec<(usize, usize)>,
}

enum Change {
    Data { at: usize, bytes: Vec<u8> },
    Length(usize),
}

struct Write {
    change: Change,
    begun: usize,
    ended: usize,
}

enum Naming {
    Create(PathBuf, usize),
    Rename(PathBuf, PathBuf),
    Remove(PathBuf),
    MakeDir(PathBuf),
}

struct Named {
    naming: Naming,
    begun: usize,
    ended: usize,
}

/// The recorded disk under one directory.
pub struct Disk {
    root: PathBuf,
    files: Vec<File>,
    /// Which file has which name now, while recording.
    names: HashMap<PathBuf, usize>,
    /// Where the next `write` goes, by file descriptor and name.
    positions: HashMap<String, usize>,
    namings: Vec<Named>,
    dir_syncs: Vec<(PathBuf, usize, usize)>,
}

impl Disk {
    /// What the calls did under `root`.
    pub fn record(root: &Path, calls: &[Call]) -> Self {
        let mut disk = Self {
            root: root.to_owned(),
            files: Vec::new(),
            names: HashMap::new(),
            positions: HashMap::new(),
            namings: Vec::new(),
            dir_syncs: Vec::new(),
        };
        calls.iter().for_each(|call| disk.play(call));
        disk
    }

    fn play(&mut self, call: &Call) {
        match call.name.as_str() {
            "openat" => self.open(call),
            "pwrite64" => {
                let at = call.number(3);
                self.write(call, at);
            }
            "write" => {
                let position = self.positions.entry(call.arguments[0].clone()).or_default();
                let at = *position;
                *position += call.number(2);
                self.write(call, at);
            }
            "ftruncate" => {
                let change = Change::Length(call.number(1));
                self.change(call, change);
            }
            "fsync" | "fdatasync" => self.sync(call),
            "rename" => self.rename(call),
            "unlink" => self.remove(call),
            "mkdir" => {
                if let Some(path) = self.under_root(call.text(0)) {
                    self.named(call, Naming::MakeDir(path));
                }
            }
            other => assert!(
                !call.arguments.iter().any(|text| text.contains(&self.root.display().to_string())),
                "{other} is not played"
            ),
        }
    }

    fn under_root(&self, path: String) -> Option<PathBuf> {
        let path = PathBuf::from(path);
        path.starts_with(&self.root).then_some(path)
    }

    fn open(&mut self, call: &Call) {
        let Some(path) = Call::path_of(&call.result).and_then(|path| self.under_root(path)) else { return };
        self.positions.insert(call.result.clone(), 0);
        let known = self.names.get(&path).copied();
        if known.is_none() && call.arguments[2].contains("O_CREAT") {
            self.files.push(File::default());
            self.names.insert(path.clone(), self.files.len() - 1);
            self.named(call, Naming::Create(path, self.files.len() - 1));
        } else if call.arguments[2].contains("O_TRUNC")
            && let Some(file) = known
        {
            let write = Write { change: Change::Length(0), begun: call.begun, ended: call.ended };
            self.files[file].writes.push(write);
        }
    }

    fn file_of(&mut self, call: &Call) -> Option<&mut File> {
        let path = PathBuf::from(Call::path_of(&call.arguments[0])?);
        self.names.get(&path).map(|file| &mut self.files[*file])
    }

    fn write(&mut self, call: &Call, at: usize) {
        if self.file_of(call).is_some() {
            self.change(call, Change::Data { at, bytes: call.bytes(1) });
        }
    }

    fn change(&mut self, call: &Call, change: Change) {
        let write = Write { change, begun: call.begun, ended: call.ended };
        if let Some(file) = self.file_of(call) {
            file.writes.push(write);
        }
    }

    fn sync(&mut self, call: &Call) {
        let Some(path) = Call::path_of(&call.arguments[0]).and_then(|path| self.under_root(path)) else {
            return;
        };
        match self.file_of(call) {
            Some(file) => file.syncs.push((call.begun, call.ended)),
            None => self.dir_syncs.push((path, call.begun, call.ended)),
        }
    }

    fn rename(&mut self, call: &Call) {
        let (Some(from), Some(to)) = (self.under_root(call.text(0)), self.under_root(call.text(1))) else {
            return;
        };
        if let Some(file) = self.names.remove(&from) {
            self.names.insert(to.clone(), file);
        }
        self.named(call, Naming::Rename(from, to));
    }

    fn remove(&mut self, call: &Call) {
        if let Some(path) = self.under_root(call.text(0)) {
            self.names.remove(&path);
            self.named(call, Naming::Remove(path));
        }
    }

    fn named(&mut self, call: &Call, naming: Naming) {
        self.namings.push(Named { naming, begun: call.begun, ended: call.ended });
    }

    /// Makes `target` what the disk holds after the power went at this line.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn cut(&self, line: usize, loss: Loss, dice: &mut Dice, target: &Path) -> std::io::Result<()> {
        fs::create_dir_all(target)?;
        for (path, file) in self.names_after(line, loss, dice, target)? {
            fs::write(path, self.files[file].after(line, loss, dice))?;
        }
        Ok(())
    }

    fn names_after(
        &self,
        line: usize,
        loss: Loss,
        dice: &mut Dice,
        target: &Path,
    ) -> std::io::Result<BTreeMap<PathBuf, usize>> {
        let begun: Vec<&Named> = self.namings.iter().filter(|named| named.begun < line).collect();
        // A journal keeps its order: of what was not synced, a beginning stays.
        let mut kept = if loss == Loss::All { 0 } else { dice.below(begun.len() as u64 + 1) };
        let mut names = BTreeMap::new();
        for named in begun {
            if !self.is_durable(named, line) {
                if kept == 0 {
                    continue;
                }
                kept -= 1;
            }
            let place = |path: &Path| target.join(path.strip_prefix(&self.root).unwrap_or(path));
            match &named.naming {
                Naming::Create(path, file) => drop(names.insert(place(path), *file)),
                Naming::Rename(from, to) => {
                    if let Some(file) = names.remove(&place(from)) {
                        names.insert(place(to), file);
                    }
                }
                Naming::Remove(path) => drop(names.remove(&place(path))),
                Naming::MakeDir(path) => fs::create_dir_all(place(path))?,
            }
        }
        // A file in a directory that was lost is lost.
        names.retain(|path, _| path.parent().is_some_and(Path::is_dir));
        Ok(names)
    }

    fn is_durable(&self, named: &Named, line: usize) -> bool {
        let path = match &named.naming {
            Naming::Create(path, _)
            | Naming::Rename(_, path)
            | Naming::Remove(path)
            | Naming::MakeDir(path) => path,
        };
        let synced = |(dir, begun, ended): &(PathBuf, usize, usize)| {
            Some(dir.as_path()) == path.parent() && *begun > named.ended && *ended < line
        };
        self.dir_syncs.iter().any(synced)
    }
}

impl File {
    fn after(&self, line: usize, loss: Loss, dice: &mut Dice) -> Vec<u8> {
        let mut content = Vec::new();
        for write in self.writes.iter().filter(|write| write.begun < line) {
            let synced = self.syncs.iter().any(|(begun, ended)| *begun > write.ended && *ended < line);
            if synced {
                write.change.apply(&mut content, usize::MAX);
            } else if loss == Loss::Some && dice.chance(50) {
                let torn = dice.chance(30);
                let sectors = if torn { dice.below(64) * SECTOR_BYTES } else { u64::MAX };
                write.change.apply(&mut content, sectors as usize);
            }
        }
        content
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>, bytes_max: usize) {
        match self {
            Change::Length(length) => content.resize(*length, 0),
            Change::Data { at, bytes } => {
                let bytes = &bytes[..bytes.len().min(bytes_max)];
                if content.len() < at + bytes.len() {
                    content.resize(at + bytes.len(), 0);
                }
                content[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}
