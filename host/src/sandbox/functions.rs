//! The compiled functions of a component, for the next version of it: a function that is the same is not compiled again.
//!
//! Whoever compiles reads what was compiled before and writes what there is now, so a file has the functions of the last
//! versions of one component, and grows with nothing else. It is trusted as compiled code is (see `own_files`): a compiler
//! that was broken into could leave functions there for another component. So each file is for the components of one author.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::CacheStore;

use super::own_files::{UNFINISHED, open_dir, open_own};
use crate::domain::{ByteSize, Digest};

/// The most bytes of all functions in a file.
const BYTES_MAX: ByteSize = ByteSize::mib(192);

/// Versions for which a function is kept that is in none of them. The compiler has several forms of some functions, and takes
/// one by chance: with the others they are found more often.
const AGE_MAX: u8 = 16;

/// Names a function by what it is compiled from.
type Key = [u8; 32];

/// The bytes of a function's head in the file: its key, its age, and the length of what was compiled.
const HEAD_BYTES: usize = size_of::<Key>() + size_of::<u8>() + size_of::<u32>();

/// The functions of one component.
#[derive(Debug)]
pub(super) struct FunctionCache {
    file: PathBuf,
    /// The functions of the last versions.
    last: Functions,
    /// Those of them that are in this version, too.
    kept: Mutex<HashSet<Key>>,
    /// The functions that were compiled for this version.
    made: Mutex<HashMap<Key, Vec<u8>>>,
}

/// Functions as they lie in the file.
#[derive(Debug, Default)]
struct Functions {
    bytes: Vec<u8>,
    places: HashMap<Key, Place>,
}

/// Where a function lies, and the number of versions since the last that had it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    age: u8,
    code: Range<usize>,
}

impl FunctionCache {
    /// The functions in this file; none if it is not there, or not as it was written.
    pub(super) fn open(file: &Path) -> Arc<Self> {
        let last = Functions::read(file).unwrap_or_default();
        Arc::new(Self { file: file.to_owned(), last, kept: Mutex::default(), made: Mutex::default() })
    }

    /// Writes the functions of this version, and those of earlier ones that are not too old.
    pub(super) fn store(&self) -> io::Result<()> {
        if lock(&self.made).is_empty() {
            return Ok(());
        }
        let bytes = self.bytes();
        let dir = self.file.parent().ok_or(io::ErrorKind::InvalidInput)?;
        open_dir(dir).map_err(io::Error::other)?;
        let mut file = tempfile::Builder::new().suffix(UNFINISHED).tempfile_in(dir)?;
        file.write_all(Digest::of(&bytes).as_bytes())?;
        file.write_all(&bytes)?;
        // Not synced: what is damaged when the machine stops is compiled again.
        file.persist(&self.file)?;
        Ok(())
    }

    /// The functions as they lie in a file, the youngest of them if not all have room.
    fn bytes(&self) -> Vec<u8> {
        let (kept, made) = (lock(&self.kept), lock(&self.made));
        let age = |key: &Key, place: &Place| if kept.contains(key) { 0 } else { place.age.saturating_add(1) };
        let known = self.last.places.iter().filter(|(key, _)| !made.contains_key(*key));
        let known = known.filter_map(|(key, place)| Some((age(key, place), key, self.last.get(key)?)));
        let mut all: Vec<_> = known.filter(|(age, ..)| *age <= AGE_MAX).collect();
        all.extend(made.iter().map(|(key, code)| (0, key, code.as_slice())));
        all.sort_unstable_by_key(|(age, ..)| *age);
        let mut bytes = Vec::new();
        for (age, key, code) in all {
            let Ok(length) = u32::try_from(code.len()) else { continue };
            if (bytes.len() + HEAD_BYTES + code.len()) as u64 > BYTES_MAX.0 {
                break;
            }
            bytes.extend_from_slice(key);
            bytes.push(age);
            bytes.extend_from_slice(&length.to_le_bytes());
            bytes.extend_from_slice(code);
        }
        bytes
    }
}

impl CacheStore for FunctionCache {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        let key = key.try_into().ok()?;
        let code = self.last.get(&key)?;
        lock(&self.kept).insert(key);
        Some(Cow::Borrowed(code))
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let Ok(key) = key.try_into() else { return false };
        lock(&self.made).insert(key, value);
        true
    }
}

impl Functions {
    fn read(file: &Path) -> io::Result<Self> {
        let file = open_own(file)?;
        let (mut written, mut bytes) = ([0; 32], Vec::new());
        (&file).read_exact(&mut written)?;
        file.take(BYTES_MAX.0).read_to_end(&mut bytes)?;
        if Digest::of(&bytes) != Digest::from_bytes(written) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let places = places(&bytes).ok_or(io::ErrorKind::InvalidData)?;
        Ok(Self { bytes, places })
    }

    fn get(&self, key: &Key) -> Option<&[u8]> {
        self.bytes.get(self.places.get(key)?.code.clone())
    }
}

/// Where each function lies.
fn places(bytes: &[u8]) -> Option<HashMap<Key, Place>> {
    let mut places = HashMap::new();
    let mut begin = 0;
    while begin < bytes.len() {
        let (key, rest) = bytes.get(begin..begin + HEAD_BYTES)?.split_first_chunk()?;
        let (age, length) = rest.split_first()?;
        let length = usize::try_from(u32::from_le_bytes(length.try_into().ok()?)).ok()?;
        let code = begin + HEAD_BYTES..begin + HEAD_BYTES + length;
        bytes.get(code.clone())?;
        begin = code.end;
        places.insert(*key, Place { age: *age, code });
    }
    Some(places)
}

/// What is kept is good also after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::engine::{self, MODULE_OF_ONE_FUNCTION};

    fn dir() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn get(cache: &FunctionCache, key: u8) -> Option<Vec<u8>> {
        cache.get(&[key; 32]).map(Cow::into_owned)
    }

    /// A file of two functions.
    fn file_of_two(dir: &Path) -> PathBuf {
        let file = dir.join("hello");
        let first = FunctionCache::open(&file);
        assert_eq!(get(&first, 1), None);
        assert!(first.insert(&[1; 32], b"one".to_vec()) && first.insert(&[2; 32], Vec::new()));
        first.store().unwrap();
        file
    }

    #[test]
    fn the_functions_of_one_version_are_there_for_the_next() {
        let dir = dir();
        let file = file_of_two(dir.path());
        let second = FunctionCache::open(&file);
        assert_eq!((get(&second, 1), get(&second, 2)), (Some(b"one".to_vec()), Some(Vec::new())));
        assert_eq!(get(&second, 3), None);
    }

    #[test]
    fn a_function_goes_some_versions_after_the_last_that_had_it() {
        let dir = dir();
        let file = file_of_two(dir.path());
        for version in 0..=AGE_MAX {
            let cache = FunctionCache::open(&file);
            assert!(cache.last.get(&[2; 32]).is_some(), "version {version}");
            assert!(get(&cache, 1).is_some());
            cache.insert(&[100 + version; 32], b"new".to_vec());
            cache.store().unwrap();
        }
        let last = FunctionCache::open(&file);
        assert_eq!([1, 2, 100, 101].map(|key| get(&last, key).is_some()), [true, false, true, true]);
    }

    #[test]
    fn what_is_the_same_is_not_compiled_again() {
        let dir = dir();
        let file = dir.path().join("module");
        let compile = || {
            let cache = FunctionCache::open(&file);
            let engine = engine::for_compiling_again(false, Arc::clone(&cache)).unwrap();
            let code = engine.precompile_module(MODULE_OF_ONE_FUNCTION).unwrap();
            cache.store().unwrap();
            (code, lock(&cache.kept).len(), lock(&cache.made).len())
        };
        let (first, kept, made) = compile();
        assert!(kept == 0 && made > 0, "{kept} kept, {made} made");
        assert_eq!(compile(), (first, made, 0));
    }

    #[test]
    fn a_file_that_is_not_as_it_was_written_has_no_functions() {
        let dir = dir();
        let file = file_of_two(dir.path());
        let mut bytes = std::fs::read(&file).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&file, &bytes).unwrap();
        assert_eq!(get(&FunctionCache::open(&file), 1), None);
        for end in 0..bytes.len() {
            std::fs::write(&file, &bytes[..end]).unwrap();
            assert_eq!(get(&FunctionCache::open(&file), 1), None, "{end} bytes of it");
        }
        let cut = bytes.len() - 32 - HEAD_BYTES - 1;
        assert!(places(&bytes[32..][..cut]).is_none(), "it ends in the middle of a function");
    }
}
