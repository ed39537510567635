//! What the program keeps for its next runs, in the cache directory of the user.

use std::path::PathBuf;

/// The directory of this name there, by the XDG Base Directory Specification; none where the user has no home.
pub(super) fn user_cache(name: &str) -> Option<PathBuf> {
    let of_user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let of_home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache"));
    Some(of_user.or_else(of_home)?.join("taskbox").join(name))
}
