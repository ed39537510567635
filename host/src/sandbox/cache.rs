//! Compiled code on disk: written whole or not at all, and loaded only as this host wrote it.
//!
//! Loading compiled code is to trust it, as one trusts a program that one starts. So the directories and
//! the files belong to this process's user alone (see [`FileStatus::distrust`]), none of them is a link,
//! each file has its checksum beside it, and anything that is not exactly as it was written is compiled anew.

#![allow(unsafe_code, reason = "loading compiled code is unsafe by nature; this is the one place")]

use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::config::SandboxError;
use crate::domain::{Digest, Distrust, FileStatus};

/// Rights of the owner alone.
const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Opens what is there itself, and fails on a symbolic link.
const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// How much of a file is read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// The compiled code of one engine.
pub(super) struct CodeCache {
    engine: Engine,
    dir: PathBuf,
}

impl CodeCache {
    /// Opens the cache, and makes its directory if there is none.
    ///
    /// Code of another engine, be it another version or other settings, is in another directory.
    pub(super) fn open(engine: &Engine, root: &Path) -> Result<Self, SandboxError> {
        let wrong = |path: &Path, error: io::Error| SandboxError::Cache {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let name = compatibility(engine);
        let dir = root.join(&name);
        let mut builder = fs::DirBuilder::new();
        let made = builder.recursive(true).mode(DIR_MODE).create(&dir);
        made.map_err(|error| wrong(&dir, error))?;
        for dir in [root, &dir] {
            let found = fs::symlink_metadata(dir).map_err(|error| wrong(dir, error))?;
            if let Some(distrust) = distrust(&found) {
                return Err(SandboxError::Untrusted { path: dir.to_owned(), distrust });
            }
        }
        remove_older(root, &name);
        Ok(Self { engine: engine.clone(), dir })
    }

    /// The compiled code of these bytes, if it is there and sound.
    pub(super) fn load(&self, digest: &Digest) -> Option<Component> {
        let path = self.path(digest, "cwasm");
        match self.load_file(&path, &self.path(digest, "sum")) {
            Ok(component) => Some(component),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "compiled code is not as it was written; compiling again");
                None
            }
        }
    }

    fn load_file(&self, path: &Path, sum: &Path) -> io::Result<Component> {
        let code = open_own(path)?;
        let written: Digest = io::read_to_string(open_own(sum)?)?.trim().parse().map_err(io::Error::other)?;
        if Digest::of_chunks(chunks(&code))? != written {
            return Err(io::Error::other("its checksum differs"));
        }
        // By the open file, not by its name, which may stand for another file by now.
        let opened = format!("/proc/self/fd/{}", code.as_raw_fd());
        // SAFETY: the file is one that `store` wrote: it lies in a directory that only this user may
        // write to, belongs to that user, and has the checksum that `store` put beside it. `store`
        // replaces files by renaming and never writes into one, so the mapping does not change either.
        unsafe { Component::deserialize_file(&self.engine, opened) }
            .map_err(|error| io::Error::other(format!("{error:#}")))
    }

    /// Keeps compiled code. The checksum goes first: code without its checksum is never loaded.
    pub(super) fn store(&self, digest: &Digest, code: &[u8]) -> io::Result<()> {
        self.replace(&self.path(digest, "sum"), Digest::of(code).to_string().as_bytes())?;
        self.replace(&self.path(digest, "cwasm"), code)?;
        File::open(&self.dir)?.sync_all()
    }

    /// Removes compiled code, for a component that turned out not to fit or was taken out.
    pub(super) fn remove(&self, digest: &Digest) {
        for kind in ["cwasm", "sum"] {
            // What cannot be removed is only a file too many.
            let _ = fs::remove_file(self.path(digest, kind));
        }
    }

    /// Writes a file that is whole or not there, whenever the machine stops.
    fn replace(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // Two hosts may share a directory; each writes a file of its own.
        let temporary = path.with_added_extension(format!("{}.tmp", std::process::id()));
        let written = write_synced(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn path(&self, digest: &Digest, kind: &str) -> PathBuf {
        self.dir.join(format!("{}.{kind}", digest.to_hex()))
    }
}

/// Opens a file that only this process's user can have written.
fn open_own(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(NO_LINK).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    match distrust(&found) {
        Some(distrust) => Err(io::Error::other(format!("it {distrust}"))),
        None => Ok(file),
    }
}

/// The bytes of a file, which may be too many to hold at once.
fn chunks(file: &File) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    std::iter::from_fn(move || {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        match file.take(CHUNK_BYTES as u64).read_to_end(&mut chunk) {
            Ok(0) => None,
            Ok(_) => Some(Ok(chunk)),
            Err(error) => Some(Err(error)),
        }
    })
}

fn distrust(found: &Metadata) -> Option<Distrust> {
    let status = FileStatus { is_link: found.is_symlink(), owner: found.uid(), mode: found.mode() };
    status.distrust(geteuid().as_raw())
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(FILE_MODE).custom_flags(NO_LINK);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Names an engine's settings: wasmtime's version, the target and its features, the tunables. Should the
/// hash of the standard library ever change, code is merely compiled again.
fn compatibility(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Removes the code of other engines, which no later version of this host reads again. Should another
/// version run beside this one, it compiles once more.
fn remove_older(root: &Path, name: &str) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let older = entry.file_name();
        if older == name || !older.to_str().is_some_and(is_compatibility) {
            continue;
        }
        match fs::remove_dir_all(entry.path()) {
            Ok(()) => {
                tracing::info!(path = %entry.path().display(), "compiled code of another engine removed")
            }
            Err(error) => {
                tracing::warn!(path = %entry.path().display(), %error, "compiled code of another engine stays")
            }
        }
    }
}

/// Whether a directory may be one of ours: nothing else is to be removed.
fn is_compatibility(name: &str) -> bool {
    name.len() == 16 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with nothing in it.
    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn cache(root: &Path) -> (CodeCache, Digest, Vec<u8>) {
        let engine = Engine::default();
        let code = engine.precompile_component(EMPTY_COMPONENT).unwrap();
        (CodeCache::open(&engine, root).unwrap(), Digest::of(EMPTY_COMPONENT), code)
    }

    #[test]
    fn what_was_stored_is_loaded_until_it_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        assert!(cache.load(&digest).is_none());
        cache.store(&digest, &code).unwrap();
        assert!(cache.load(&digest).is_some());
        let mode = fs::metadata(cache.path(&digest, "cwasm")).unwrap().mode();
        assert_eq!(mode & 0o777, FILE_MODE);
        cache.remove(&digest);
        assert!(cache.load(&digest).is_none());
    }

    #[test]
    fn code_of_another_engine_is_removed_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        for dir in ["0123456789abcdef", "not-of-this-host"] {
            fs::create_dir(root.path().join(dir)).unwrap();
            fs::write(root.path().join(dir).join("file"), "x").unwrap();
        }
        let (cache, digest, code) = cache(root.path());
        cache.store(&digest, &code).unwrap();
        assert!(!root.path().join("0123456789abcdef").exists());
        assert!(root.path().join("not-of-this-host/file").exists());
        let again = CodeCache::open(&cache.engine, root.path()).unwrap();
        assert!(again.load(&digest).is_some());
    }

    #[test]
    fn code_that_is_not_as_it_was_written_is_not_loaded() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, mut code) = cache(root.path());
        cache.store(&digest, &code).unwrap();
        let middle = code.len() / 2;
        code[middle] ^= 1;
        fs::write(cache.path(&digest, "cwasm"), &code).unwrap();
        assert!(cache.load(&digest).is_none(), "one bit differs");
        fs::write(cache.path(&digest, "cwasm"), &code[..middle]).unwrap();
        assert!(cache.load(&digest).is_none(), "the end is missing");
        fs::remove_file(cache.path(&digest, "sum")).unwrap();
        assert!(cache.load(&digest).is_none(), "the checksum is missing");
    }

    #[test]
    fn a_link_to_code_is_not_loaded_and_a_link_is_no_cache() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        cache.store(&digest, &code).unwrap();
        let (path, moved) = (cache.path(&digest, "cwasm"), root.path().join("moved"));
        fs::rename(&path, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &path).unwrap();
        assert!(cache.load(&digest).is_none());

        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).unwrap();
        let refused = CodeCache::open(&cache.engine, &link).err().unwrap().to_string();
        assert!(refused.contains("is a symbolic link"), "{refused}");
    }

    #[test]
    fn a_directory_that_others_may_write_is_no_cache() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o770)).unwrap();
        let refused = CodeCache::open(&Engine::default(), root.path()).err().unwrap().to_string();
        assert!(refused.contains("chmod -R go-rwx"), "{refused}");
    }

    #[test]
    fn code_that_others_may_write_is_not_loaded() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        cache.store(&digest, &code).unwrap();
        let path = cache.path(&digest, "cwasm");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(cache.load(&digest).is_none());
    }
}
