//! Compiled code on disk: written whole or not at all, and loaded only as this host wrote it.
//!
//! Loading compiled code is to trust it (see `code`). So it lies in files of this process's own (see `own_files`), each
//! with its checksum beside it, and anything that is not exactly as it was written is compiled anew.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use wasmtime::Engine;

use super::code::{self, Compiled};
use super::compiler::MadeCode;
use super::config::SandboxError;
use super::engine;
use super::own_files::{UNFINISHED, open_dir, open_own};
use crate::domain::Digest;

/// What there is of each component: its code, and the checksum of that.
const KINDS: [&str; 2] = ["cwasm", "sum"];

/// The directory of compiled code: in it, one for each kind of engine.
///
/// There are two kinds, which map the initial data of memories or copy it. A host has one or both, by its settings; the
/// code of both stays, so that other settings find it again.
pub(super) struct CodeDir {
    /// The directory for engines that copy the data, and for those that map it.
    kinds: [PathBuf; 2],
}

impl CodeDir {
    /// Opens the directory, and makes it if there is none. Removes the code of engines that are of neither kind.
    pub(super) fn open(root: &Path) -> Result<Self, SandboxError> {
        let names =
            [compatibility(&engine::for_compiling(false)?), compatibility(&engine::for_compiling(true)?)];
        open_dir(root)?;
        remove_older(root, &names);
        Ok(Self { kinds: names.map(|name| root.join(name)) })
    }

    /// The code of this engine, which maps images of memories or copies them. Its directory is made if there is none.
    pub(super) fn cache(&self, engine: &Engine, images: bool) -> Result<CodeCache, SandboxError> {
        let dir = &self.kinds[usize::from(images)];
        open_dir(dir)?;
        remove_unfinished(dir);
        Ok(CodeCache { engine: engine.clone(), dir: dir.clone() })
    }

    /// Removes the compiled code of a component that turned out not to fit or was taken out.
    pub(super) fn remove(&self, digest: &Digest) {
        for dir in &self.kinds {
            for kind in KINDS {
                // What cannot be removed is only a file too many.
                let _ = fs::remove_file(path(dir, digest, kind));
            }
        }
    }

    /// Removes the compiled code of all components but these.
    pub(super) fn keep_only(&self, digests: &HashSet<Digest>) {
        for entry in self.entries() {
            let name = entry.file_name();
            if digest_in(name.to_str()).is_some_and(|digest| !digests.contains(&digest)) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Removes the compiled code of all components but so many, those that were compiled last.
    pub(super) fn keep_newest(&self, count: usize) {
        let mut written: Vec<_> = self.entries().filter_map(written).collect();
        written.sort_unstable_by_key(|(modified, _)| Reverse(*modified));
        written.iter().skip(count).for_each(|(_, digest)| self.remove(digest));
    }

    fn entries(&self) -> impl Iterator<Item = fs::DirEntry> {
        self.kinds.iter().flat_map(fs::read_dir).flatten().flatten()
    }
}

/// The component that a file is the code of, and when it was written.
fn written(entry: fs::DirEntry) -> Option<(SystemTime, Digest)> {
    let name = entry.file_name();
    let digest = digest_in(name.to_str().filter(|name| name.ends_with(KINDS[0])))?;
    Some((entry.metadata().ok()?.modified().ok()?, digest))
}

/// The compiled code for one engine.
pub(super) struct CodeCache {
    engine: Engine,
    dir: PathBuf,
}

impl CodeCache {
    /// The compiled code of these bytes, if it is there and sound.
    pub(super) fn load(&self, digest: &Digest) -> Option<Compiled> {
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

    fn load_file(&self, path: &Path, sum: &Path) -> io::Result<Compiled> {
        let file = open_own(path)?;
        let written = io::read_to_string(open_own(sum)?)?.trim().parse().map_err(io::Error::other)?;
        code::load(&self.engine, &file, &written)
    }

    /// Takes over what a compiler made: keeps it for the next time, and loads it.
    pub(super) fn adopt(&self, digest: &Digest, made: &MadeCode) -> io::Result<Compiled> {
        if let Err(error) = self.store(digest, made) {
            tracing::warn!(%digest, %error, "compiled code could not be kept; the next start compiles it again");
        } else if let Some(component) = self.load(digest) {
            return Ok(component);
        }
        code::load(&self.engine, &made.file, &made.digest)
    }

    /// Keeps compiled code. The checksum goes first: code without its checksum is never loaded.
    fn store(&self, digest: &Digest, made: &MadeCode) -> io::Result<()> {
        let mut code = &made.file;
        code.rewind()?;
        self.replace(&self.path(digest, "sum"), made.digest.to_string().as_bytes())?;
        self.replace(&self.path(digest, "cwasm"), code)?;
        File::open(&self.dir)?.sync_all()
    }

    /// Writes a file that is whole or not there, whenever the machine stops.
    fn replace(&self, path: &Path, mut bytes: impl Read) -> io::Result<()> {
        // A new file for each writer, never one that is there and perhaps mapped. An error removes it.
        let mut file = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(&self.dir)?;
        io::copy(&mut bytes, file.as_file_mut())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    }

    fn path(&self, digest: &Digest, kind: &str) -> PathBuf {
        path(&self.dir, digest, kind)
    }
}

fn path(dir: &Path, digest: &Digest, kind: &str) -> PathBuf {
    dir.join(format!("{}.{kind}", digest.to_hex()))
}

/// The component whose code has this name, if it is the name of code or of its checksum.
fn digest_in(name: Option<&str>) -> Option<Digest> {
    let (hex, kind) = name?.split_once('.')?;
    KINDS.contains(&kind).then(|| format!("sha256:{hex}").parse().ok())?
}

/// Names an engine's settings: wasmtime's version, the target and its features, the tunables. Should the
/// hash of the standard library ever change, code is merely compiled again.
fn compatibility(engine: &Engine) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// Removes what a process left that was killed while it wrote. Should another one write just now, it finds its
/// file gone, and does without until its next start.
fn remove_unfinished(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.ends_with(UNFINISHED)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes the code of other engines than these, which no later version of this host reads again. Should another
/// version run beside this one, it compiles once more.
fn remove_older(root: &Path, names: &[String]) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let older = entry.file_name();
        let is_older = |older: &str| is_compatibility(older) && names.iter().all(|name| name != older);
        if !older.to_str().is_some_and(is_older) {
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
    use std::io::Write;
    use std::os::unix::fs::MetadataExt;

    use super::*;

    /// A component with nothing in it.
    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn cache(root: &Path) -> (CodeCache, Digest, Vec<u8>) {
        cache_of(false, root)
    }

    /// The code for an engine that maps images or copies.
    fn cache_of(images: bool, root: &Path) -> (CodeCache, Digest, Vec<u8>) {
        let engine = engine::for_compiling(images).unwrap();
        let code = engine.precompile_component(EMPTY_COMPONENT).unwrap();
        (CodeDir::open(root).unwrap().cache(&engine, images).unwrap(), Digest::of(EMPTY_COMPONENT), code)
    }

    /// This code as a compiler leaves it.
    fn made(code: &[u8]) -> MadeCode {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(code).unwrap();
        MadeCode { file, digest: Digest::of(code) }
    }

    #[test]
    fn what_was_stored_is_loaded_until_it_is_removed() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        assert!(cache.load(&digest).is_none());
        cache.store(&digest, &made(&code)).unwrap();
        assert!(cache.load(&digest).is_some());
        let mode = fs::metadata(cache.path(&digest, "cwasm")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
        CodeDir::open(root.path()).unwrap().remove(&digest);
        assert!(cache.load(&digest).is_none());
    }

    #[test]
    fn code_for_both_kinds_of_engines_stays_and_goes_together() {
        let root = tempfile::tempdir().unwrap();
        let kinds = [false, true].map(|images| {
            let (cache, digest, code) = cache_of(images, root.path());
            assert!(cache.load(&digest).is_none(), "it is not that of the other engine");
            cache.store(&digest, &made(&code)).unwrap();
            (cache, digest)
        });
        let dir = CodeDir::open(root.path()).unwrap();
        assert!(kinds.iter().all(|(cache, digest)| cache.load(digest).is_some()));
        dir.remove(&kinds[0].1);
        assert!(kinds.iter().all(|(cache, digest)| cache.load(digest).is_none()));
    }

    #[test]
    fn only_the_code_of_named_components_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        let other = Digest::of(b"another component");
        for digest in [digest, other] {
            cache.store(&digest, &made(&code)).unwrap();
        }
        fs::write(cache.dir.join("README"), "not of this host").unwrap();
        CodeDir::open(root.path()).unwrap().keep_only(&HashSet::from([digest]));
        assert!(cache.load(&digest).is_some());
        assert!(KINDS.iter().all(|kind| !cache.path(&other, kind).exists()));
        assert!(cache.dir.join("README").exists());
    }

    #[test]
    fn the_code_that_was_compiled_last_is_kept() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        let others = [Digest::of(b"one"), Digest::of(b"two")];
        for (age, digest) in [(2, others[0]), (0, digest), (1, others[1])] {
            cache.store(&digest, &made(&code)).unwrap();
            let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000 - age);
            File::options()
                .write(true)
                .open(cache.path(&digest, "cwasm"))
                .unwrap()
                .set_modified(time)
                .unwrap();
        }
        CodeDir::open(root.path()).unwrap().keep_newest(2);
        let left = [others[0], others[1], digest].map(|digest| cache.path(&digest, "cwasm").exists());
        assert_eq!(left, [false, true, true]);
        assert!(!cache.path(&others[0], "sum").exists());
    }

    #[test]
    fn what_a_compiler_made_is_adopted_only_as_it_says_and_also_where_it_cannot_be_kept() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        let damaged = MadeCode { digest: Digest::of(b"other"), ..made(&code) };
        assert!(cache.adopt(&digest, &damaged).is_err());
        assert!(cache.adopt(&digest, &made(b"no code")).is_err());
        assert!(cache.adopt(&digest, &made(&code)).is_ok());
        fs::remove_dir_all(&cache.dir).unwrap();
        assert!(cache.adopt(&digest, &made(&code)).is_ok());
    }

    #[test]
    fn code_of_another_engine_and_what_was_left_unfinished_are_removed_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        for dir in ["0123456789abcdef", "not-of-this-host"] {
            fs::create_dir(root.path().join(dir)).unwrap();
            fs::write(root.path().join(dir).join("file"), "x").unwrap();
        }
        let (cache, digest, code) = cache(root.path());
        cache.store(&digest, &made(&code)).unwrap();
        assert!(!root.path().join("0123456789abcdef").exists());
        assert!(root.path().join("not-of-this-host/file").exists());
        fs::write(cache.dir.join("left.tmp"), "x").unwrap();
        let again = CodeDir::open(root.path()).unwrap().cache(&cache.engine, false).unwrap();
        assert!(!cache.dir.join("left.tmp").exists());
        assert!(again.load(&digest).is_some());
    }

    #[test]
    fn code_that_is_not_as_it_was_written_is_not_loaded() {
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, mut code) = cache(root.path());
        cache.store(&digest, &made(&code)).unwrap();
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
        cache.store(&digest, &made(&code)).unwrap();
        let (path, moved) = (cache.path(&digest, "cwasm"), root.path().join("moved"));
        fs::rename(&path, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &path).unwrap();
        assert!(cache.load(&digest).is_none());

        let link = root.path().join("link");
        std::os::unix::fs::symlink(root.path(), &link).unwrap();
        let refused = CodeDir::open(&link).err().unwrap().to_string();
        assert!(refused.contains("is a symbolic link"), "{refused}");
    }

    #[test]
    fn a_directory_that_others_may_write_is_no_cache() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o770)).unwrap();
        let refused = CodeDir::open(root.path()).err().unwrap().to_string();
        assert!(refused.contains("chmod -R go-rwx"), "{refused}");
    }

    #[test]
    fn code_that_others_may_write_is_not_loaded() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let (cache, digest, code) = cache(root.path());
        cache.store(&digest, &made(&code)).unwrap();
        let path = cache.path(&digest, "cwasm");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        assert!(cache.load(&digest).is_none());
    }
}
