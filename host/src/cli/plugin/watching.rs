//! Changes of a file: of what is in it, and of what is there under its name.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

/// Time without another event, after which a file is complete.
const QUIET: Duration = Duration::from_millis(200);

/// The changes of one file.
pub(super) struct Changes {
    file: PathBuf,
    seen: Option<Seen>,
    events: mpsc::Receiver<()>,
    /// Sends events for as long as it lives.
    _watcher: RecommendedWatcher,
}

/// What distinguishes a file from what it was.
type Seen = (u64, SystemTime);

impl Changes {
    /// All changes from now on. The folder is watched: a compiler replaces its file by another.
    pub(super) fn of(file: &Path) -> anyhow::Result<Self> {
        // One event that waits stands for all.
        let (send, events) = mpsc::channel(1);
        let heard = move |event: notify::Result<notify::Event>| {
            // Reading the file is an event, too, and no change.
            if event.is_ok_and(|event| !event.kind.is_access()) {
                let _ = send.try_send(());
            }
        };
        let folder = match file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let cannot = || format!("cannot watch {}", folder.display());
        let mut watcher = notify::recommended_watcher(heard).with_context(cannot)?;
        watcher.watch(folder, RecursiveMode::NonRecursive).with_context(cannot)?;
        Ok(Self { file: file.to_owned(), seen: look(file), events, _watcher: watcher })
    }

    /// Waits until the file is another one, and complete.
    pub(super) async fn next(&mut self) -> anyhow::Result<()> {
        loop {
            self.events.recv().await.context("the folder can no longer be watched")?;
            while tokio::time::timeout(QUIET, self.events.recv()).await.is_ok() {}
            let now = look(&self.file);
            if now.is_some() && now != self.seen {
                self.seen = now;
                return Ok(());
            }
        }
    }
}

fn look(file: &Path) -> Option<Seen> {
    let found = std::fs::metadata(file).ok()?;
    Some((found.len(), found.modified().ok()?))
}
