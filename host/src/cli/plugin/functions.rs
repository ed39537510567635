//! Where the compiled functions of plugins are kept that are developed or tested on this machine.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::user_cache::user_cache;
use crate::domain::Digest;

/// Plugins whose functions are kept. Those of an interpreter are some 50 MiB.
const PLUGINS_MAX: usize = 8;

/// The file for the plugin of this source, the same each time. Those of plugins that were not developed for longest go.
pub(super) fn file(source: &Path) -> Option<PathBuf> {
    let dir = user_cache("functions")?;
    let file = dir.join(Digest::of(source.as_os_str().as_encoded_bytes()).to_hex());
    keep_newest(&dir);
    Some(file)
}

fn keep_newest(dir: &Path) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut written: Vec<_> =
        entries.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    written.sort_unstable_by_key(|(modified, _)| Reverse(*modified));
    // What cannot be removed is only a file too many.
    written.iter().skip(PLUGINS_MAX).for_each(|(_, path)| drop(fs::remove_file(path)));
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_functions_of_plugins_that_were_not_developed_for_longest_go() {
        let dir = tempfile::tempdir().unwrap();
        for age in 0..=PLUGINS_MAX as u64 {
            let file = fs::File::create(dir.path().join(age.to_string())).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(1_000 - age)).unwrap();
        }
        keep_newest(dir.path());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), PLUGINS_MAX);
        assert!(!dir.path().join(PLUGINS_MAX.to_string()).exists(), "the oldest");
    }
}
