//! Opening sled, and saying clearly why it cannot be opened.
//!
//! sled answers damage with a panic as readily as with an error. Neither leaves this module: the
//! host must end with a text that helps, not in a crash loop.

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::durable::sync_dir;
use super::open_error::OpenError;

/// sled's page cache. Its default of 1 GiB is more than the whole rest of the host needs.
const CACHE_BYTES: u64 = 256 << 20;

/// sled writes pages above a quarter of this as files that it never syncs; with rows of 4 KiB no
/// page comes near 2 MiB. Fixed on disk when the directory is made.
const SEGMENT_BYTES: usize = 8 << 20;

/// Number of times that an open is tried that meets the lock of the handle before it, which sled's own threads
/// give up a moment after it was dropped.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Opens sled in a directory that this process holds, with all its files durably named.
pub fn open_sled(dir: &Path) -> Result<sled::Db, OpenError> {
    let opened = unpanicked(|| open_patiently(dir)).map_err(|reason| damaged(dir, reason))?;
    let db: sled::Db = opened.map_err(|error| match error {
        sled::Error::Io(error) => OpenError::Io { dir: dir.to_owned(), error },
        error => damaged(dir, error.to_string()),
    })?;
    settle(&db, dir).map_err(|error| OpenError::Io { dir: dir.to_owned(), error })?;
    Ok(db)
}

fn open_patiently(dir: &Path) -> sled::Result<sled::Db> {
    // No flush by itself: nothing counts before the committer's own sync.
    let config = || {
        sled::Config::new()
            .path(dir)
            .segment_size(SEGMENT_BYTES)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
    };
    for _ in 1..LOCK_TRIES {
        match config().open() {
            // This is the kind under which sled reports a lock that it did not get.
            Err(sled::Error::Io(error)) if error.kind() == io::ErrorKind::Other => thread::sleep(LOCK_PAUSE),
            opened => return opened,
        }
    }
    config().open()
}

/// Makes durable what sled wrote to open: it creates files and syncs none of their names.
fn settle(db: &sled::Db, dir: &Path) -> io::Result<()> {
    db.flush().map_err(|error| match error {
        sled::Error::Io(error) => error,
        error => io::Error::other(error),
    })?;
    std::fs::File::open(dir.join("conf"))?.sync_all()?;
    std::fs::File::open(dir.join("db"))?.sync_all()?;
    sync_dir(&dir.join("blobs"))?;
    sync_dir(dir)
}

fn damaged(dir: &Path, reason: String) -> OpenError {
    OpenError::Damaged { dir: dir.to_owned(), reason }
}

/// Runs what may panic inside sled; a panic becomes its text.
pub fn unpanicked<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    // What the work leaves half done is dropped by the caller, not used again.
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| format!("panic: {}", text_of(&*panic)))
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("of unknown cause")
}
