//! Changes of files and folders: of what is in them, and of what is there under their names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// Time without another event, after which files are complete.
const QUIET: Duration = Duration::from_millis(50);

/// Most files that are watched.
const FILES_MAX: usize = 10_000;

/// Folders of what is built and installed, beside those whose names begin with a dot.
const NOT_WRITTEN_BY_HAND: [&str; 3] = ["target", "node_modules", "__pycache__"];

/// The changes of a source, and of files beside it.
pub(super) struct Changes {
    source: PathBuf,
    beside: Vec<PathBuf>,
    seen: Snapshot,
    /// When the last change began.
    began: Instant,
    folders: BTreeSet<PathBuf>,
    events: mpsc::Receiver<()>,
    /// Sends events for as long as it lives.
    watcher: RecommendedWatcher,
}

/// The files there are.
type Snapshot = BTreeMap<PathBuf, Seen>;

/// What distinguishes a file from what it was.
type Seen = (u64, SystemTime);

impl Changes {
    /// All changes from now on: of a file or of all files in a folder, and of files beside it, which need not be there.
    pub(super) fn of(source: PathBuf, beside: Vec<PathBuf>) -> anyhow::Result<Self> {
        // One event that waits stands for all.
        let (send, events) = mpsc::channel(1);
        let heard = move |event: notify::Result<notify::Event>| {
            // Reading a file is an event, too, and no change.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = send.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(heard).context("cannot watch files")?;
        let (seen, folders) = (Snapshot::new(), BTreeSet::new());
        let mut changes = Self { source, beside, seen, began: Instant::now(), folders, events, watcher };
        changes.seen = changes.look()?;
        Ok(changes)
    }

    /// Waits until something has changed and is complete.
    pub(super) async fn next(&mut self) -> anyhow::Result<()> {
        loop {
            self.events.recv().await.context("the files can no longer be watched")?;
            let began = Instant::now();
            while tokio::time::timeout(QUIET, self.events.recv()).await.is_ok() {}
            let now = self.look()?;
            if now != self.seen {
                (self.seen, self.began) = (now, began);
                return Ok(());
            }
        }
    }

    /// The time since the last change began.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn look(&mut self) -> anyhow::Result<Snapshot> {
        self.folders.retain(|folder| folder.is_dir());
        let mut found = Snapshot::new();
        let source = self.source.clone();
        if source.is_dir() {
            self.look_into(&source, &mut found)?;
        } else {
            self.watch(parent(&source))?;
            // A file that is replaced is gone for a moment.
            let file = look_at(&source).or_else(|| self.seen.get(&source).copied());
            found.extend(file.map(|file| (source, file)));
        }
        for path in self.beside.clone() {
            self.watch(parent(&path))?;
            found.extend(look_at(&path).map(|file| (path, file)));
        }
        Ok(found)
    }

    fn look_into(&mut self, root: &Path, found: &mut Snapshot) -> anyhow::Result<()> {
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            self.watch(&folder)?;
            // It may be gone again.
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let (path, name) = (entry.path(), entry.file_name());
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.extend(is_written_by_hand(&name.to_string_lossy()).then_some(path));
                } else if let Some(file) = look_at(&path) {
                    found.insert(path, file);
                }
            }
            if found.len() > FILES_MAX {
                bail!("there are more than {FILES_MAX} files in {}; name one of them", root.display());
            }
        }
        Ok(())
    }

    /// Watches a folder, but not those in it. A compiler replaces its file by another, so files are watched by their folder.
    fn watch(&mut self, folder: &Path) -> anyhow::Result<()> {
        if self.folders.insert(folder.to_owned()) {
            let watching = self.watcher.watch(folder, RecursiveMode::NonRecursive);
            watching.with_context(|| format!("cannot watch {}", folder.display()))?;
        }
        Ok(())
    }
}

fn look_at(file: &Path) -> Option<Seen> {
    let found = fs::metadata(file).ok().filter(Metadata::is_file)?;
    Some((found.len(), found.modified().ok()?))
}

fn parent(file: &Path) -> &Path {
    file.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

fn is_written_by_hand(folder: &str) -> bool {
    !folder.starts_with('.') && !NOT_WRITTEN_BY_HAND.contains(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a change and waits until it is heard of.
    async fn hears(changes: &mut Changes, change: impl FnOnce()) -> bool {
        change();
        tokio::time::timeout(Duration::from_secs(30), changes.next()).await.is_ok_and(|change| change.is_ok())
    }

    #[tokio::test]
    async fn a_file_that_is_written_made_moved_or_removed_is_a_change_also_in_a_new_folder() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| place.path().join(name);
        fs::write(file("a.py"), "1").unwrap();
        let mut changes = Changes::of(place.path().to_owned(), Vec::new()).unwrap();
        assert!(hears(&mut changes, || fs::write(file("a.py"), "12").unwrap()).await);
        assert!(hears(&mut changes, || fs::rename(file("a.py"), file("b.py")).unwrap()).await);
        let in_new_folder = || {
            fs::create_dir(file("new")).unwrap();
            fs::write(file("new/c.py"), "1").unwrap();
        };
        assert!(hears(&mut changes, in_new_folder).await);
        assert!(hears(&mut changes, || fs::write(file("new/c.py"), "12").unwrap()).await);
        assert!(hears(&mut changes, || fs::remove_file(file("b.py")).unwrap()).await);
    }

    #[tokio::test]
    async fn what_is_built_is_no_change() {
        let place = tempfile::tempdir().unwrap();
        let target = place.path().join("target");
        fs::create_dir(&target).unwrap();
        let mut changes = Changes::of(place.path().to_owned(), Vec::new()).unwrap();
        fs::write(target.join("x.wasm"), "1").unwrap();
        let written = place.path().join("app.js");
        assert!(hears(&mut changes, || fs::write(&written, "1").unwrap()).await);
        assert_eq!(changes.seen.into_keys().collect::<Vec<_>>(), [written]);
    }

    #[tokio::test]
    async fn of_a_file_alone_its_own_changes_count_but_not_that_it_is_gone_for_a_moment() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("app.wasm");
        let mut changes = Changes::of(file.clone(), Vec::new()).unwrap();
        fs::write(place.path().join("other"), "1").unwrap();
        assert!(hears(&mut changes, || fs::write(&file, "1").unwrap()).await);
        assert_eq!(changes.seen.len(), 1);
        fs::remove_file(&file).unwrap();
        assert_eq!(changes.look().unwrap(), changes.seen);
        assert!(hears(&mut changes, || fs::write(&file, "12").unwrap()).await);
    }

    #[tokio::test]
    async fn a_file_beside_it_may_come_and_go() {
        let place = tempfile::tempdir().unwrap();
        let (source, mock) = (place.path().join("app.py"), place.path().join("mock.json"));
        let mut changes = Changes::of(source, vec![mock.clone()]).unwrap();
        assert!(hears(&mut changes, || fs::write(&mock, "[]").unwrap()).await);
        assert!(hears(&mut changes, || fs::remove_file(&mock).unwrap()).await);
    }
}
